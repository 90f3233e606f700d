#include "monitor/cache_state.h"

#include "base/array.h"
#include "base/strmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

struct cache *cache_create(void)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    if (!cache)
        return NULL;
    cache->by_peer = strmap_create();
    if (cache->by_peer)
        return cache;
    free(cache);
    return NULL;
}

static void free_host(struct cache_host *host)
{
    for (size_t i = 0; i < host->known.n; i++)
        free((char *)(uintptr_t)host->known.rows[i].name);
    free(host->known.rows);
    free(host->peer);
    free(host);
}

void cache_clear(struct cache *cache)
{
    for (size_t i = 0; i < cache->n; i++) {
        strmap_remove(cache->by_peer, cache->hosts[i]->peer);
        free_host(cache->hosts[i]);
    }
    free(cache->hosts);
    cache->hosts = NULL;
    cache->n = 0;
}

void cache_destroy(struct cache *cache)
{
    if (!cache)
        return;
    cache_clear(cache);
    strmap_destroy(cache->by_peer);
    free(cache);
}

static struct cache_host *find(const struct cache *cache, const char *peer)
{
    return strmap_get(cache->by_peer, peer);
}

struct cache_host *cache_add(struct cache *cache, const char *peer)
{
    struct cache_host *host = find(cache, peer);
    if (host)
        return host;
    struct cache_host **more =
        array_grow(cache->hosts, cache->n, sizeof(struct cache_host *));
    if (!more)
        return NULL;
    cache->hosts = more;
    host = calloc(1, sizeof(*host));
    if (!host)
        return NULL;
    host->peer = strdup(peer);
    if (!host->peer || strmap_add(cache->by_peer, host->peer, host) < 0) {
        free_host(host);
        return NULL;
    }
    cache->hosts[cache->n++] = host;
    return host;
}

/* ------------------------------------------------------------ what is known */

const struct known_rows *cache_rows(const struct cache *cache, const char *peer)
{
    const struct cache_host *host = find(cache, peer);
    return host && host->known.n ? &host->known : NULL;
}

const struct engine_id *cache_engine(const struct cache *cache, const char *peer)
{
    const struct cache_host *host = find(cache, peer);
    return host && host->engine.len ? &host->engine : NULL;
}

bool cache_has_changed(const struct cache *cache)
{
    for (size_t i = 0; i < cache->n; i++)
        if (cache->hosts[i]->changed)
            return true;
    return false;
}

/* ------------------------------------------------------------ changes */

int cache_use(struct cache *cache, const char *peer, int64_t now_s)
{
    struct cache_host *host = cache_add(cache, peer);
    if (!host)
        return -ENOMEM;
    int64_t day = now_s - now_s % DAY_S;
    host->changed |= host->used_s != day;
    host->used_s = day;
    return 0;
}

static void remove_row(struct cache_host *host, size_t i)
{
    struct known_rows *known = &host->known;
    free((char *)(uintptr_t)known->rows[i].name);
    known->n--;
    memmove(&known->rows[i], &known->rows[i + 1], (known->n - i) * sizeof(*known->rows));
    host->changed = true;
}

int cache_add_row(struct cache_host *host, const char *name, uint32_t index)
{
    struct known_rows *known = &host->known;
    if (known->n == CACHE_ROWS_MAX)
        remove_row(host, 0);
    struct known_row *more = array_grow(known->rows, known->n, sizeof(*more));
    if (!more)
        return -ENOMEM;
    known->rows = more;
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    known->rows[known->n++] = (struct known_row){copy, index};
    host->changed = true;
    return 0;
}

/* Neither the name nor the index can belong to two rows. */
int cache_set_row(struct cache *cache, const char *peer, const char *name, uint32_t index)
{
    if (!index && !find(cache, peer))
        return 0;
    struct cache_host *host = cache_add(cache, peer);
    if (!host)
        return -ENOMEM;
    for (size_t i = host->known.n; i-- > 0;) {
        bool named = strcmp(host->known.rows[i].name, name) == 0;
        bool same = host->known.rows[i].index == index;
        if (named && same)
            return 0;
        if (named || same)
            remove_row(host, i);
    }
    return index ? cache_add_row(host, name, index) : 0;
}

/* The clocks of an engine and of this host may differ by seconds without a change. */
static bool is_same(const struct engine_id *a, const struct engine_id *b)
{
    int64_t apart = a->start_s - b->start_s;
    return a->len == b->len && memcmp(a->id, b->id, a->len) == 0 &&
           a->boots == b->boots && apart > -20 && apart < 20;
}

int cache_set_engine(struct cache *cache, const char *peer,
                     const struct engine_id *engine)
{
    struct cache_host *host = cache_add(cache, peer);
    if (!host)
        return -ENOMEM;
    if (!is_same(&host->engine, engine)) {
        host->engine = *engine;
        host->changed = true;
    }
    return 0;
}

static int copy_host(struct cache *cache, const struct cache_host *from)
{
    struct cache_host *host = cache_add(cache, from->peer);
    if (!host)
        return -ENOMEM;
    while (host->known.n)
        remove_row(host, host->known.n - 1);
    host->used_s = from->used_s;
    host->engine = from->engine;
    for (size_t i = 0; i < from->known.n; i++)
        if (cache_add_row(host, from->known.rows[i].name, from->known.rows[i].index) < 0)
            return -ENOMEM;
    return 0;
}

int cache_merge(struct cache *cache, const struct cache *from)
{
    int r = 0;
    for (size_t i = 0; i < from->n && r == 0; i++)
        if (from->hosts[i]->changed)
            r = copy_host(cache, from->hosts[i]);
    return r;
}
