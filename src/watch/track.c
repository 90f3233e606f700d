#include "base/map.h"
#include "watch/parts.h"

#include <errno.h>
#include <stdlib.h>

static void destroy(struct track *track)
{
    for (struct rate *r = track->rates, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    free(track->answers);
    free(track);
}

static struct track *create(struct watch *watch, const struct process *process)
{
    struct track *track = calloc(1, sizeof(*track));
    if (!track)
        return NULL;
    track->key = process_key(process);
    track->epoch = watch->epoch - 1; /* nothing is remembered yet */
    /* Who began before the last look and was not in it then came by a way that tells
     * nothing of when its counters began. */
    track->newborn = watch->last_look_ms && process->start_ms >= watch->last_look_ms - 20;
    track->old_cpu_ms = track->old_read = track->old_write = track->newborn ? 0 : -1;
    if (map_put(watch->tracks, track->key, track) < 0) {
        free(track);
        return NULL;
    }
    return track;
}

struct track *track_of(struct watch *watch, const struct process *process)
{
    struct track *track = map_get(watch->tracks, process_key(process));
    if (track)
        track->newborn = false;
    else
        track = create(watch, process);
    if (!track) {
        watch->error = -ENOMEM;
        return NULL;
    }
    track->before_ms = track->last_ms;
    track->before_cpu_ms = track->last_cpu_ms;
    track->last_ms = process->sampled_ms;
    track->last_cpu_ms = (double)process->cpu_ms;
    track->look = watch->look;
    track->wants = 0;
    track->gone = false;
    track->dead = process->state == 'Z' || process->state == 'X';
    return track;
}

void track_forget_missing(struct watch *watch)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct track *t; (t = map_next(watch->tracks, &cursor, &key));) {
        if (t->look == watch->look)
            continue;
        map_remove(watch->tracks, key);
        destroy(t);
    }
}

void track_forget_instance(struct watch *watch, const struct instance *instance)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct track *t; (t = map_next(watch->tracks, &cursor, &key));)
        for (uint32_t i = 0; i < t->n_answers; i++)
            if (t->answers[i].instance == instance)
                t->answers[i].instance = NULL;
}

void track_destroy_all(struct watch *watch)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct track *t; (t = map_next(watch->tracks, &cursor, &key));)
        destroy(t);
    map_destroy(watch->tracks);
}

struct rate *track_rate(struct track *track, enum metric metric, int64_t window_ms)
{
    struct rate *rate;
    for (rate = track->rates; rate; rate = rate->next)
        if (rate->metric == metric && rate->window_ms == window_ms)
            return rate;
    rate = calloc(1, sizeof(*rate));
    if (!rate)
        return NULL;
    rate->metric = metric;
    rate->window_ms = window_ms;
    rate->next = track->rates;
    track->rates = rate;
    return rate;
}
