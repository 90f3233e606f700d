#include "base/map.h"
#include "engine/internal.h"

#include <errno.h>
#include <stdlib.h>

static void destroy(struct process_state *pstate)
{
    for (struct rate *r = pstate->rates, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    free(pstate->matches);
    free(pstate);
}

static struct process_state *create(struct engine *engine, const struct process *process)
{
    struct process_state *pstate = calloc(1, sizeof(*pstate));
    if (!pstate)
        return NULL;
    pstate->key = process_key(process);
    pstate->epoch = engine->epoch - 1; /* nothing is remembered yet */
    /* Who began before the last look and was not in it then came by a way that tells
     * nothing of when its counters began. */
    pstate->started_since =
        engine->last_scan_ms && process->start_ms >= engine->last_scan_ms - 20;
    pstate->old_cpu_ms = pstate->old_read = pstate->old_write =
        pstate->started_since ? 0 : -1;
    if (map_put(engine->pstates, pstate->key, pstate) < 0) {
        free(pstate);
        return NULL;
    }
    return pstate;
}

struct process_state *process_state_of(struct engine *engine,
                                       const struct process *process)
{
    struct process_state *pstate = map_get(engine->pstates, process_key(process));
    if (pstate)
        pstate->started_since = false;
    else
        pstate = create(engine, process);
    if (!pstate) {
        engine->error = -ENOMEM;
        return NULL;
    }
    pstate->before_ms = pstate->last_ms;
    pstate->before_cpu_ms = pstate->last_cpu_ms;
    pstate->last_ms = process->sampled_ms;
    pstate->last_cpu_ms = (double)process->cpu_ms;
    pstate->cycle = engine->cycle;
    pstate->wants = 0;
    pstate->gone = false;
    pstate->dead = process->state == 'Z' || process->state == 'X';
    return pstate;
}

void process_state_forget_missing(struct engine *engine)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct process_state *t; (t = map_next(engine->pstates, &cursor, &key));) {
        if (t->cycle == engine->cycle)
            continue;
        map_remove(engine->pstates, key);
        destroy(t);
    }
}

void process_state_forget_group(struct engine *engine, const struct group_state *gstate)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct process_state *t; (t = map_next(engine->pstates, &cursor, &key));)
        for (uint32_t i = 0; i < t->n_matches; i++)
            if (t->matches[i].gstate == gstate)
                t->matches[i].gstate = NULL;
}

void process_state_destroy_all(struct engine *engine)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct process_state *t; (t = map_next(engine->pstates, &cursor, &key));)
        destroy(t);
    map_destroy(engine->pstates);
}

struct rate *process_state_rate(struct process_state *pstate, enum metric metric,
                                int64_t window_ms)
{
    struct rate *rate;
    for (rate = pstate->rates; rate; rate = rate->next)
        if (rate->metric == metric && rate->window_ms == window_ms)
            return rate;
    rate = calloc(1, sizeof(*rate));
    if (!rate)
        return NULL;
    rate->metric = metric;
    rate->window_ms = window_ms;
    rate->next = pstate->rates;
    pstate->rates = rate;
    return rate;
}
