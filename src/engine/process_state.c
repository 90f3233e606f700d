#include "engine/process_state.h"

#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

/* The clock tick that start times are counted in, and as much again for rounding. */
#define START_SLACK_MS 20

/* malloc(3) makes it 48. */
_Static_assert(sizeof(struct process_entry) == 40, "an entry of every process is small");

int process_states_init(struct process_states *states)
{
    *states = (struct process_states){.by_key = map_create()};
    return states->by_key ? 0 : -ENOMEM;
}

static void destroy(struct process_entry *entry)
{
    struct process_state *state = entry->state;
    for (struct rate *r = state ? state->rates : NULL, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    if (state)
        free(state->matches);
    free(state);
    free(entry);
}

void process_states_destroy(struct process_states *states)
{
    size_t cursor = 0;
    for (struct process_entry *e;
         states->by_key && (e = map_next(states->by_key, &cursor, NULL));)
        destroy(e);
    map_destroy(states->by_key);
    states->by_key = NULL;
}

struct process_entry *process_states_enter(struct process_states *states,
                                           const struct process *process)
{
    uint64_t key = process_key(process);
    struct process_entry *entry = map_get(states->by_key, key);
    if (entry)
        return entry;
    entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    entry->key = key;
    if (map_put(states->by_key, key, entry) == 0)
        return entry;
    free(entry);
    return NULL;
}

struct process_state *process_states_keep(struct process_states *states,
                                          struct process_entry *entry,
                                          const struct process *process)
{
    if (entry->state)
        return entry->state;
    struct process_state *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->key = entry->key;
    /* A process that started before the last cycle and was not seen in it became visible
     * some other way: it is not known when its counters began. */
    s->started_since = !entry->cycle && states->last_scan_ms &&
                       process->start_ms >= states->last_scan_ms - START_SLACK_MS;
    s->old_cpu_ms = s->old_read = s->old_write = s->started_since ? 0 : -1;
    return entry->state = s;
}

/* The sample before this one, for rates. */
static void note_sample(struct process_entry *entry, const struct process *process)
{
    struct process_state *s = entry->state;
    if (s) {
        s->before_ms = process->sampled_ms -
                       (uint32_t)((uint32_t)process->sampled_ms - entry->last_ms);
        if (!entry->cycle)
            s->before_ms = 0;
        s->before_cpu_ms = (double)entry->last_cpu_ms;
        s->cpu_percent = -1;
    }
    entry->last_ms = (uint32_t)process->sampled_ms;
    entry->last_cpu_ms = process->cpu_ms;
}

void process_states_note(struct process_states *states, struct process_entry *entry,
                         const struct process *process)
{
    struct process_state *s = entry->state;
    if (s) {
        s->started_since = s->started_since && !entry->cycle;
        s->wants = s->follow = 0;
        s->gone = false;
        s->dead = process_is_dead(process->state);
    }
    /* One that was not read again keeps its values. */
    if (!entry->cycle || entry->last_ms != (uint32_t)process->sampled_ms)
        note_sample(entry, process);
    states->n_noted = states->noted == states->cycle ? states->n_noted : 0;
    states->n_noted += entry->cycle != (uint32_t)states->cycle;
    states->noted = states->cycle;
    entry->cycle = (uint32_t)states->cycle;
}

struct process_state *process_states_find(const struct process_states *states,
                                          uint64_t key)
{
    const struct process_entry *entry = map_get(states->by_key, key);
    return entry ? entry->state : NULL;
}

void process_states_drop_missing(struct process_states *states)
{
    size_t cursor = 0;
    uint64_t key;
    if (states->noted == states->cycle && states->n_noted == map_count(states->by_key))
        return;
    for (struct process_entry *e; (e = map_next(states->by_key, &cursor, &key));) {
        if (e->cycle == (uint32_t)states->cycle)
            continue;
        map_remove(states->by_key, key);
        destroy(e);
    }
}

void process_states_drop(struct process_states *states, uint64_t key)
{
    struct process_entry *entry = map_remove(states->by_key, key);
    if (entry)
        destroy(entry);
}

void process_states_drop_group(struct process_states *states,
                               const struct group_state *group)
{
    size_t cursor = 0;
    for (struct process_entry *e; (e = map_next(states->by_key, &cursor, NULL));) {
        struct process_state *s = e->state;
        for (uint32_t i = 0; s && i < s->n_matches + s->n_volatile; i++)
            if (s->matches[i].group == group)
                s->matches[i].group = NULL;
    }
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
