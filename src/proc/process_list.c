#include "proc/process_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void process_list_free(struct process_list *list)
{
    free(list->list);
    free(list->pids);
    free(list->ppids);
    *list = (struct process_list){0};
}

int process_list_reserve(struct process_list *list, size_t n)
{
    if (n <= list->cap)
        return 0;
    size_t cap = n + n / 2;
    struct process **more = reallocarray(list->list, cap, sizeof(struct process *));
    if (!more)
        return -ENOMEM;
    list->list = more;
    pid_t *pids = reallocarray(list->pids, cap, sizeof(*pids));
    if (!pids)
        return -ENOMEM;
    list->pids = pids;
    pid_t *ppids = reallocarray(list->ppids, cap, sizeof(*ppids));
    if (!ppids)
        return -ENOMEM;
    list->ppids = ppids;
    list->cap = cap;
    return 0;
}

size_t process_list_add(struct process_list *list, pid_t pid, struct process *process)
{
    list->pids[list->count] = pid;
    list->ppids[list->count] = process ? process->ppid : 0;
    list->list[list->count] = process;
    return list->count++;
}

void process_list_set(struct process_list *list, size_t number, struct process *process)
{
    list->ppids[number] = process->ppid;
    list->list[number] = process;
}

void process_list_copy(struct process_list *list, const struct process_list *from,
                       size_t begin, size_t end)
{
    size_t n = end - begin;
    if (n == 0)
        return;
    memcpy(list->list + list->count, from->list + begin, n * sizeof(struct process *));
    memcpy(list->pids + list->count, from->pids + begin, n * sizeof(*list->pids));
    memcpy(list->ppids + list->count, from->ppids + begin, n * sizeof(*list->ppids));
    list->count += n;
}

/* In steps that double, then by halves. */
size_t process_list_find(const struct process_list *list, size_t begin, pid_t pid)
{
    size_t low = begin, high, step = 1;
    for (; low + step < list->count && list->pids[low + step] < pid; step *= 2)
        low += step;
    high = low + step < list->count ? low + step : list->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (list->pids[mid] < pid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void process_list_close_gaps(struct process_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!list->list[i])
            continue;
        list->pids[kept] = list->pids[i];
        list->ppids[kept] = list->ppids[i];
        list->list[kept++] = list->list[i];
    }
    list->count = kept;
}
