/* A process may execute another program between the sample of it and the read of its
 * path. A mark that is the same before and after says that it has not: marks do not come
 * back. */
#include "proc/internal.h"

void recall_note(struct procfs *c, const struct record *record)
{
    bool is_last =
        c->n_unconfirmed > 0 && c->unconfirmed[c->n_unconfirmed - 1] == record->p.pid;
    if (c->pass && record->task_mark != 0 && !is_last && c->n_unconfirmed < TASKS_ASKED)
        c->unconfirmed[c->n_unconfirmed++] = record->p.pid;
}

static void keep(struct procfs *c, const struct process_list *list,
                 const struct task_record *task)
{
    size_t i = process_list_find(list, 0, task->pid);
    const struct record *record =
        i < list->count && list->pids[i] == task->pid && list->list[i]
            ? record_of(list->list[i])
            : NULL;
    if (!record || record->task_mark != task->mark)
        return;
    recall_keep(&c->recall, c->pool, PROCESS_EXE, task->exe_mark, record, c->sample_ms);
    recall_keep(&c->recall, c->pool, PROCESS_CGROUP, task->cgroup_mark, record,
                c->sample_ms);
}

void recall_confirm(struct procfs *c, const struct process_list *list)
{
    size_t n = c->n_unconfirmed;
    const struct task_record *tasks;
    c->n_unconfirmed = 0;
    if (n == 0 || task_sample_read(c, c->unconfirmed, n, &tasks) < 0)
        return;
    for (size_t i = 0; i < n; i++)
        if (tasks[i].pid == c->unconfirmed[i])
            keep(c, list, &tasks[i]);
}
