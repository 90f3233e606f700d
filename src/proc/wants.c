/* Whose expensive attributes are read first. */
#include "proc/internal.h"

#include "model/process_source.h"

#include <stdlib.h>

static uint32_t expensive_of(const struct procfs *c, const struct source_want *want)
{
    uint32_t expensive = c->counts_fds ? PROCESS_PSS : PROCESS_PSS | PROCESS_FDS;
    return want->attributes & expensive;
}

/* False without memory: they are not read. */
static bool ask(struct record *record, uint32_t attributes, int64_t now_ms)
{
    if (record_add_usage(record, attributes) < 0)
        return false;
    struct record_usage *usage = record_usage(record);
    usage->in_turn = true;
    usage->values.kept_ms = 0;
    if ((attributes & PROCESS_PSS) != 0)
        turn_ask(&usage->pss, record->exec_ms, now_ms);
    if ((attributes & PROCESS_FDS) != 0)
        turn_ask(&usage->fds, record->exec_ms, now_ms);
    return true;
}

/* NULL: nothing of it is read in turn. */
static const struct turn *oldest_of(const struct source_want *want)
{
    const struct record_usage *usage = record_usage(record_of(want->process));
    bool pss = usage && (want->attributes & PROCESS_PSS) != 0;
    bool fds = usage && (want->attributes & PROCESS_FDS) != 0 && usage->fds.since_ms != 0;
    if (pss && fds)
        return turn_compare(&usage->fds, &usage->pss) < 0 ? &usage->fds : &usage->pss;
    return pss ? &usage->pss : fds ? &usage->fds : NULL;
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
        struct record *record = record_of(wants[i].process);
        uint32_t expensive = expensive_of(c, &wants[i]);
        if (expensive == 0)
            continue;
        in_turn |= ask(record, expensive, now_ms);
    }
    if (in_turn)
        qsort(wants, n, sizeof(*wants), compare_turns);
}
