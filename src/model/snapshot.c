#include "model/snapshot.h"

#include <stdlib.h>

struct process *snapshot_find(const struct snapshot *snapshot, pid_t pid)
{
    size_t low = 0;
    size_t high = snapshot->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        pid_t at = snapshot->pids ? snapshot->pids[mid] : snapshot->list[mid]->pid;
        if (at == pid)
            return snapshot->list[mid];
        if (at < pid)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

bool snapshot_is_hidden(const struct snapshot *snapshot, pid_t pid)
{
    return snapshot->hidden_pids && bsearch(&pid, snapshot->hidden_pids, snapshot->hidden,
                                            sizeof(pid), process_compare_pids);
}
