#include "model/snapshot.h"

struct process *snapshot_find(const struct snapshot *snapshot, pid_t pid)
{
    size_t low = 0;
    size_t high = snapshot->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        struct process *p = snapshot->list[mid];
        if (p->pid == pid)
            return p;
        if (p->pid < pid)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}
