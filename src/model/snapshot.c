#include "model/snapshot.h"

#include <stdlib.h>

static pid_t pid_at(const struct snapshot *snapshot, size_t i)
{
    return snapshot->pids ? snapshot->pids[i] : snapshot->list[i]->pid;
}

size_t snapshot_place(const struct snapshot *snapshot, pid_t pid)
{
    size_t low = 0;
    size_t high = snapshot->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (pid_at(snapshot, mid) < pid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct process *snapshot_find(const struct snapshot *snapshot, pid_t pid)
{
    size_t i = snapshot_place(snapshot, pid);
    return i < snapshot->count && pid_at(snapshot, i) == pid ? snapshot->list[i] : NULL;
}

bool snapshot_is_hidden(const struct snapshot *snapshot, pid_t pid)
{
    return snapshot->hidden_pids && bsearch(&pid, snapshot->hidden_pids, snapshot->hidden,
                                            sizeof(pid), process_compare_pids);
}
