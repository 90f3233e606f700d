/* Samples made of what a BPF program reads of a task. */
#include "proc/internal.h"

#include "proc/task_pass.h"

#include <errno.h>
#include <string.h>

int task_sample_read(struct procfs *c, const pid_t *pids, size_t n,
                     const struct task_record **ret_records)
{
    int r = c->pass ? c->pass_result : -ENOTSUP;
    return r == 0 ? task_pass_read(c->pass, pids, n, ret_records) : r;
}

static void set_line(const struct procfs *c, const struct task_record *t,
                     struct stat_line *line)
{
    uint64_t *f = line->field;
    line->pid = t->pid;
    line->state = (char)t->state;
    f[STAT_PPID] = (uint64_t)t->ppid;
    f[STAT_TTY] = t->tty;
    f[STAT_FLAGS] = t->flags;
    f[STAT_MINFLT] = t->faults;
    f[STAT_MAJFLT] = 0;
    f[STAT_THREADS] = t->threads;
    f[STAT_START] = t->start_ns / (1000000000 / c->ticks);
    f[STAT_VSIZE] = t->vsz_pages * c->page_kib * 1024;
    f[STAT_RSS] = t->rss_pages;
    line->comm = t->comm;
    line->comm_len = strnlen(t->comm, sizeof(t->comm));
}

void task_sample_fill(const struct procfs *c, const struct task_record *task,
                      struct stat_line *ret_line, struct stat_sample *ret_sample)
{
    set_line(c, task, ret_line);
    *ret_sample = (struct stat_sample){
        .line = ret_line,
        .euid = task->euid,
        .egid = task->egid,
        .exec_mark = MARK_UNKNOWN,
        .task_mark = task->mark,
        .exe_mark = task->exe_mark,
        .cgroup_mark = task->cgroup_mark,
        .cpu_ms = task->cpu_ns / 1000000,
    };
}

bool task_sample_is_enough(const struct task_record *task)
{
    return (task->flags & KERNEL_THREAD) == 0 && !process_is_dead((char)task->state);
}
