#include "proc/internal.h"

#include "proc/hidepid.h"
#include "proc/task_pass.h"

#include <errno.h>
#include <stdlib.h>

static int read_proc(struct procfs *c)
{
    int r = pid_list_read(&c->pid_list, c->root_fd);
    return r == 0 && !c->pid_list.is_proc ? -ENODEV : r;
}

/* Some kernels hide processes from BPF: what is in /proc and not in the pass is read from
 * /proc. A process that started between the two is in this list as well, which does no
 * harm. */
static int find_unlisted(struct procfs *c, const struct task_record *const *list,
                         size_t n)
{
    if (c->now.boot_ms - c->compared_ms < c->verify_ms)
        return 0;
    int r = read_proc(c);
    if (r < 0)
        return r;
    buf_clear(&c->unlisted);
    for (size_t i = 0, k = 0; i < c->pid_list.count; i++) {
        pid_t pid = c->pid_list.pids[i];
        while (k < n && list[k]->pid < pid)
            k++;
        if (k == n || list[k]->pid != pid)
            buf_append(&c->unlisted, &pid, sizeof(pid));
    }
    if (c->unlisted.error)
        return -ENOMEM;
    c->compared_ms = c->now.boot_ms;
    return 0;
}

static int add(struct procfs *c, pid_t pid, const struct task_record *task)
{
    if (pid_list_add(&c->pid_list, pid) < 0)
        return -ENOMEM;
    return buf_append(&c->tasks, &task, sizeof(const struct task_record *));
}

/* Both lists are ascending. A pass may have a process twice: an exec in another thread
 * than the first one makes that the first one, at another place. */
static int merge_lists(struct procfs *c, const struct task_record *const *list, size_t n)
{
    const pid_t *unlisted = (const pid_t *)(const void *)c->unlisted.data;
    size_t n_unlisted = c->unlisted.len / sizeof(*unlisted), k = 0;
    int r = 0;
    c->pid_list.count = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        for (; k < n_unlisted && unlisted[k] < list[i]->pid && r == 0; k++)
            r = add(c, unlisted[k], NULL);
        if (k < n_unlisted && unlisted[k] == list[i]->pid)
            k++;
        if (r == 0 && (i == 0 || list[i - 1]->pid < list[i]->pid))
            r = add(c, list[i]->pid, list[i]);
    }
    for (; k < n_unlisted && r == 0; k++)
        r = add(c, unlisted[k], NULL);
    return r;
}

int listing_make(struct procfs *c)
{
    const struct task_record *const *list;
    size_t n;
    buf_clear(&c->tasks);
    if (!c->pass)
        return read_proc(c);
    c->pass_result = task_pass_run(c->pass, &list, &n);
    if (c->pass_result < 0)
        return read_proc(c);
    int r = find_unlisted(c, list, n);
    return r == 0 ? merge_lists(c, list, n) : r;
}

bool listing_is_incomplete(struct procfs *c)
{
    if (!c->is_procfs)
        return false;
    if (c->now.boot_ms - c->hides_checked_ms >= c->verify_ms) {
        c->hides = hidepid_hides(c->root_fd);
        c->hides_checked_ms = c->now.boot_ms;
    }
    return c->hides || c->pid_list.count == 0 || c->pid_list.pids[0] != 1;
}

int listing_find_unknown(struct procfs *c)
{
    const struct process_list *known = &c->known;
    int r = read_proc(c);
    if (r == 0 && listing_is_incomplete(c))
        r = -EAGAIN;
    buf_clear(&c->unknown);
    for (size_t i = 0, k = 0; i < c->pid_list.count && r == 0; i++) {
        const pid_t *pid = &c->pid_list.pids[i];
        k = process_list_find(known, k, *pid);
        if (k == known->count || known->pids[k] != *pid)
            r = buf_append(&c->unknown, pid, sizeof(*pid));
    }
    return r;
}
