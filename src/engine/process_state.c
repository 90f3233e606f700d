#include "engine/process_state.h"

#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

/* The clock tick that start times are counted in, and as much again for rounding. */
#define START_SLACK_MS 20

int process_states_init(struct process_states *states)
{
    *states = (struct process_states){.by_key = map_create()};
    return states->by_key ? 0 : -ENOMEM;
}

static void destroy(struct process_state *state)
{
    for (struct rate *r = state->rates, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    free(state->matches);
    free(state);
}

void process_states_destroy(struct process_states *states)
{
    size_t cursor = 0;
    for (struct process_state *s;
         states->by_key && (s = map_next(states->by_key, &cursor, NULL));)
        destroy(s);
    map_destroy(states->by_key);
    states->by_key = NULL;
}

static struct process_state *create(struct process_states *states,
                                    const struct process *process)
{
    struct process_state *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->key = process_key(process);
    /* A process that started before the last cycle and was not seen in it became visible
     * some other way: it is not known when its counters began. */
    s->started_since = states->last_scan_ms &&
                       process->start_ms >= states->last_scan_ms - START_SLACK_MS;
    s->old_cpu_ms = s->old_read = s->old_write = s->started_since ? 0 : -1;
    if (map_put(states->by_key, s->key, s) == 0)
        return s;
    free(s);
    return NULL;
}

int process_states_update(struct process_states *states, const struct process *process,
                          struct process_state **ret_state)
{
    struct process_state *s = map_get(states->by_key, process_key(process));
    if (s)
        s->started_since = false;
    else
        s = create(states, process);
    if (!s)
        return -ENOMEM;
    s->before_ms = s->last_ms;
    s->before_cpu_ms = s->last_cpu_ms;
    s->last_ms = process->sampled_ms;
    s->last_cpu_ms = (double)process->cpu_ms;
    s->cpu_percent = -1;
    s->cycle = states->cycle;
    s->wants = s->follow = 0;
    s->gone = false;
    s->dead = process_is_dead(process->state);
    *ret_state = s;
    return 0;
}

void process_states_drop_missing(struct process_states *states)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct process_state *s; (s = map_next(states->by_key, &cursor, &key));) {
        if (s->cycle == states->cycle)
            continue;
        map_remove(states->by_key, key);
        destroy(s);
    }
}

void process_states_drop(struct process_states *states, uint64_t key)
{
    struct process_state *state = map_remove(states->by_key, key);
    if (state)
        destroy(state);
}

void process_states_drop_group(struct process_states *states,
                               const struct group_state *group)
{
    size_t cursor = 0;
    for (struct process_state *s; (s = map_next(states->by_key, &cursor, NULL));)
        for (uint32_t i = 0; i < s->n_matches + s->n_volatile; i++)
            if (s->matches[i].group == group)
                s->matches[i].group = NULL;
}

struct rate *process_state_rate(struct process_state *state, enum metric metric,
                                int64_t window_ms)
{
    struct rate *rate;
    for (rate = state->rates; rate; rate = rate->next)
        if (rate->metric == metric && rate->window_ms == window_ms)
            return rate;
    rate = calloc(1, sizeof(*rate));
    if (!rate)
        return NULL;
    rate->metric = metric;
    rate->window_ms = window_ms;
    rate->next = state->rates;
    state->rates = rate;
    return rate;
}
