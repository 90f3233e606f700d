#include "engine/round.h"

#include "base/cleanup.h"
#include "engine/internal.h"
#include "engine/pid_set.h"

struct round_process {
    pid_t pid;
    uint64_t gen; /* before it was read */
};

size_t round_size(const struct engine *engine, struct moment now)
{
    int64_t passed = now.boot_ms - engine->round_ms;
    if (!engine->finds_unknown || passed <= 0)
        return 0;
    size_t ms = passed < ROUND_MS ? (size_t)passed : ROUND_MS;
    return (engine->snapshot->count * ms + ROUND_MS - 1) / ROUND_MS;
}

int round_take(struct engine *engine, struct moment now, struct buf *round)
{
    const struct snapshot *s = engine->snapshot;
    size_t n = round_size(engine, now);
    size_t first = snapshot_place(s, engine->round_pid + 1);
    for (size_t i = 0; i < n; i++) {
        const struct process *p = s->list[(first + i) % s->count];
        const struct round_process t = {p->pid, p->gen};
        buf_append(round, &t, sizeof(t));
        engine->round_pid = p->pid;
    }
    engine->round_ms = now.boot_ms;
    return round->error;
}

int round_add(const struct buf *round, struct buf *set)
{
    CLEANUP_BUF struct buf pids = {0};
    const struct round_process *list = (const void *)round->data;
    for (size_t i = 0; i < round->len / sizeof(*list); i++)
        buf_append(&pids, &list[i].pid, sizeof(pid_t));
    return pids.error ? pids.error
                      : pid_set_add(set, (const pid_t *)(const void *)pids.data,
                                    pids.len / sizeof(pid_t));
}

bool round_finds(const struct engine *engine, const struct buf *round,
                 const struct buf *reported)
{
    const struct round_process *list = (const void *)round->data;
    for (size_t i = 0; i < round->len / sizeof(*list); i++) {
        const struct process *p = snapshot_find(engine->snapshot, list[i].pid);
        if ((!p || p->gen != list[i].gen) && !pid_set_has(reported, list[i].pid))
            return true;
    }
    return false;
}
