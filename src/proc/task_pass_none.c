/* In place of task_pass.c, without BPF=1. */
#include "config.h"

#if !CONFIG_BPF
#include "proc/task_pass.h"

#include <errno.h>

int task_pass_create(enum task_pass_kind best, size_t expected,
                     struct task_pass **ret_pass)
{
    (void)best;
    (void)expected;
    (void)ret_pass;
    return -ENOTSUP;
}

void task_pass_destroy(struct task_pass *pass)
{
    (void)pass;
}

int task_pass_run(struct task_pass *pass, const struct task_record *const **ret_list,
                  size_t *ret_n)
{
    (void)pass;
    (void)ret_list;
    (void)ret_n;
    return -ENOTSUP;
}

void task_pass_forget(struct task_pass *pass)
{
    (void)pass;
}

bool task_pass_reads_some(const struct task_pass *pass)
{
    (void)pass;
    return false;
}

int task_pass_read(struct task_pass *pass, const pid_t *pids, size_t n,
                   const struct task_record **ret_records)
{
    (void)pass;
    (void)pids;
    (void)n;
    (void)ret_records;
    return -ENOTSUP;
}

#endif
