/* After a fork, and before an exec, a process runs the program of its parent. Addresses
 * of stack and arguments, which are random, are then the same in both; so is the path,
 * which takes the most time of all to read. Cgroup, arguments, namespace and context are
 * read: a fork may change them (CLONE_INTO_CGROUP, CLONE_NEWPID), or the process itself,
 * and no event reports it. */
#include "proc/internal.h"

static const struct record *find_parent(const struct procfs *c, pid_t ppid)
{
    const struct process_list *list = c->is_merging ? &c->next : &c->known;
    size_t i = process_list_find(list, 0, ppid);
    bool is_found = i < list->count && list->pids[i] == ppid && list->list[i];
    return is_found ? record_of(list->list[i]) : NULL;
}

/* The path is one of a file of the host: what is known of another file may change without
 * an exec. It was read while this was the mark: there was a sample later, or the child
 * was made later. Otherwise the parent may have executed something between its last
 * sample and the read. */
static bool knows_path(const struct record *parent, uint64_t mark, int64_t start_ms)
{
    const struct process *p = &parent->p;
    bool is_confirmed = p->sampled_ms > parent->exe_ms || start_ms >= parent->exe_ms;
    return parent->exec_mark == mark && parent->thread == 0 && parent->exe_settled &&
           is_confirmed && (p->have & PROCESS_EXE) != 0 && !p->path_deleted &&
           p->path_origin == PATH_HOST;
}

bool inherit_path(struct procfs *c, struct record *record,
                  const struct stat_sample *sample)
{
    struct process *p = &record->p;
    if (sample->exec_mark == MARK_UNKNOWN || !stat_shows_addresses(sample->line) ||
        sample->thread != 0 || record_is_dead(record) || record->exiting)
        return false;
    const struct record *parent = find_parent(c, p->ppid);
    if (!parent || !knows_path(parent, sample->exec_mark, p->start_ms))
        return false;
    const struct process *q = &parent->p;
    record_use_text(record, c->pool, &p->path, q->path);
    record_set_host_file(record, q->path_device, q->path_inode);
    record_note_recalled(record, PROCESS_EXE);
    return true;
}
