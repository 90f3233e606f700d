/* Reads all processes with one BPF program, without opening a file of /proc: about 0.3
 * microseconds for each process instead of 12. Built with BPF=1; the kernel must have
 * been built with BTF (CONFIG_DEBUG_INFO_BTF). */
#ifndef PROC_TASK_PASS_H
#define PROC_TASK_PASS_H

#include "proc/task_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct task_pass;

/* Older kernels get less. */
enum task_pass_kind {
    TASK_PASS_BEST,         /* all that this kernel has */
    TASK_PASS_WITHOUT_SOME, /* 6.7 to about 6.11: task_pass_read() gives -ENOTSUP */
    TASK_PASS_DUMP,         /* 5.8 to 6.6: the tasks are read like a file */
};

/* Loads the program, which takes about 0.15 s of CPU time, CAP_BPF and CAP_PERFMON; runs
 * need neither. `best`: the best one to try. `expected`: processes to have room for;
 * there may be more. Returns 0, -EPERM, -ENOTSUP (built without BPF, or the kernel has no
 * BTF or no such iterator), -EXDEV (another pid or user namespace than the host's: its
 * ids would be wrong) or another -errno. */
int task_pass_create(enum task_pass_kind best, size_t expected,
                     struct task_pass **ret_pass);
/* NULL is fine. */
void task_pass_destroy(struct task_pass *pass);
/* All processes, ascending by pid; zombies too. The list and the records are valid until
 * the next call, or task_pass_forget(). Returns 0, -ENOSPC (more processes than there is
 * room for: create another one), -ENOMEM, or another -errno. */
int task_pass_run(struct task_pass *pass, const struct task_record *const **ret_list,
                  size_t *ret_n);
/* Gives back the memory of the list and the records, which are not valid any more: most
 * of the time no pass is needed. NULL is fine. */
void task_pass_forget(struct task_pass *pass);
/* Whether task_pass_read() works: from about Linux 6.12 on. */
bool task_pass_reads_some(const struct task_pass *pass);
/* Some of them, at most TASKS_ASKED: ret_records[i] is the process with pids[i], or has
 * the pid 0: there is none. Valid until the next call of this function. Returns 0,
 * -ENOTSUP or another -errno. */
int task_pass_read(struct task_pass *pass, const pid_t *pids, size_t n,
                   const struct task_record **ret_records);

#endif
