/* Whose expensive attributes are read first. */
#include "proc/internal.h"

#include "model/process_source.h"

#include <stdlib.h>

static uint32_t expensive_of(const struct procfs *c, const struct source_want *want)
{
    uint32_t expensive = c->counts_fds ? PROCESS_PSS : PROCESS_PSS | PROCESS_FDS;
    return want->attributes & expensive;
}

/* False without memory: they are read without a limit then. */
static bool ask(struct record *record, uint32_t attributes, int64_t now_ms)
{
    if (!record->turns)
        record->turns = calloc(1, sizeof(*record->turns));
    if (!record->turns)
        return false;
    if ((attributes & PROCESS_PSS) != 0)
        turn_ask(&record->turns->pss, record->exec_ms, now_ms);
    if ((attributes & PROCESS_FDS) != 0)
        turn_ask(&record->turns->fds, record->exec_ms, now_ms);
    return true;
}

/* NULL: nothing of it is read in turn. */
static const struct turn *oldest_of(const struct source_want *want)
{
    const struct record *record = want->process->owner;
    const struct turn *pss = NULL, *fds = NULL;
    if (record->turns && (want->attributes & PROCESS_PSS) != 0)
        pss = &record->turns->pss;
    if (record->turns && (want->attributes & PROCESS_FDS) != 0)
        fds = &record->turns->fds;
    if (!pss || (fds && fds->since_ms != 0 && turn_compare(fds, pss) < 0))
        return fds;
    return pss;
}

static int compare_turns(const void *a, const void *b)
{
    const struct source_want *x = a, *y = b;
    const struct turn *of_x = oldest_of(x), *of_y = oldest_of(y);
    int order = of_x && of_y ? turn_compare(of_x, of_y) : !of_x - !of_y;
    return order != 0 ? order : process_compare_pids(&x->process->pid, &y->process->pid);
}

void wants_order(struct procfs *c, struct source_want *wants, size_t n)
{
    int64_t now_ms = clock_run_of(c->now);
    bool in_turn = false;
    turns_begin(&c->turns, now_ms);
    for (size_t i = 0; i < n && c->turns.most_us > 0; i++) {
        struct record *record = wants[i].process->owner;
        uint32_t expensive = expensive_of(c, &wants[i]);
        if (expensive == 0)
            continue;
        record->p.kept_ms = 0;
        in_turn |= ask(record, expensive, now_ms);
    }
    if (in_turn)
        qsort(wants, n, sizeof(*wants), compare_turns);
}
