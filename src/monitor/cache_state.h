/* What cache.c and cache_text.c share. */
#ifndef MONITOR_CACHE_STATE_H
#define MONITOR_CACHE_STATE_H

#include "monitor/cache.h"

struct cache_host {
    char *peer;
    int64_t used_s; /* wall time of the last run that polled it, rounded to a day */
    struct engine_id engine;
    struct known_rows known; /* owns their names */
    bool changed;
};

struct cache {
    struct cache_host **hosts;
    size_t n;
    struct strmap *by_peer;
};

/* Removes all hosts. */
void cache_clear(struct cache *cache);
/* The host, added if it is missing. NULL = no memory. */
struct cache_host *cache_add(struct cache *cache, const char *peer);
/* Neither the name nor the index is among its rows. Returns 0 or -ENOMEM. */
int cache_add_row(struct cache_host *host, const char *name, uint32_t index);

#endif
