#include "engine/pid_set.h"

#include "base/cleanup.h"
#include "model/process.h"

#include <stdlib.h>

bool pid_set_has(const struct buf *set, pid_t pid)
{
    const pid_t *pids = (const pid_t *)(const void *)set->data;
    size_t n = set->len / sizeof(*pids);
    return n > 0 && pid >= pids[0] && pid <= pids[n - 1] &&
           bsearch(&pid, pids, n, sizeof(pid), process_compare_pids);
}

int pid_set_add(struct buf *set, const pid_t *pids, size_t n)
{
    CLEANUP_BUF struct buf missing = {0};
    for (size_t i = 0; i < n; i++)
        if (!pid_set_has(set, pids[i]))
            buf_append(&missing, &pids[i], sizeof(*pids));
    if (missing.error)
        return missing.error;
    buf_append(set, missing.data, missing.len);
    if (missing.len > 0)
        qsort(set->data, set->len / sizeof(*pids), sizeof(*pids), process_compare_pids);
    return set->error;
}
