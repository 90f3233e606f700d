#include "base/strpool.h"

#include "base/hash.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct strpool_entry {
    struct strpool_entry *next; /* in its bucket */
    uint32_t hash;
    uint32_t users;
    size_t len;
    _Alignas(void *) char text[];
};

struct strpool {
    struct strpool_entry **buckets;
    size_t size; /* a power of two, or 0 */
    size_t count;
};

static struct strpool_entry *entry_of(const char *text)
{
    return (struct strpool_entry *)(uintptr_t)(text -
                                               offsetof(struct strpool_entry, text));
}

struct strpool *strpool_create(void)
{
    return calloc(1, sizeof(struct strpool));
}

void strpool_destroy(struct strpool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->size; i++) {
        for (struct strpool_entry *e = pool->buckets[i], *next; e; e = next) {
            next = e->next;
            free(e);
        }
    }
    free(pool->buckets);
    free(pool);
}

/* Without memory for more buckets the pool is slow, not wrong. */
static int resize(struct strpool *pool, size_t size)
{
    struct strpool_entry **buckets = calloc(size, sizeof(struct strpool_entry *));
    if (!buckets)
        return -1;
    for (size_t i = 0; i < pool->size; i++) {
        for (struct strpool_entry *e = pool->buckets[i], *next; e; e = next) {
            next = e->next;
            e->next = buckets[e->hash & (size - 1)];
            buckets[e->hash & (size - 1)] = e;
        }
    }
    free(pool->buckets);
    pool->buckets = buckets;
    pool->size = size;
    return 0;
}

static struct strpool_entry *find(const struct strpool *pool, const char *text,
                                  size_t len, uint32_t hash)
{
    if (!pool->size)
        return NULL;
    for (struct strpool_entry *e = pool->buckets[hash & (pool->size - 1)]; e; e = e->next)
        if (e->hash == hash && e->len == len && (!len || !memcmp(e->text, text, len)))
            return e;
    return NULL;
}

const char *strpool_get(struct strpool *pool, const char *text, size_t len)
{
    uint32_t hash = hash_bytes(text, len);
    struct strpool_entry *e = find(pool, text, len, hash);
    if (e) {
        e->users++;
        return e->text;
    }
    if (pool->count >= pool->size && resize(pool, pool->size ? pool->size * 2 : 64) < 0 &&
        !pool->size)
        return NULL;
    e = malloc(sizeof(*e) + len + 1);
    if (!e)
        return NULL;
    *e = (struct strpool_entry){.hash = hash, .users = 1, .len = len};
    if (len)
        memcpy(e->text, text, len);
    e->text[len] = '\0';
    struct strpool_entry **bucket = &pool->buckets[hash & (pool->size - 1)];
    e->next = *bucket;
    *bucket = e;
    pool->count++;
    return e->text;
}

void strpool_keep(const char *text)
{
    if (text)
        entry_of(text)->users++;
}

void strpool_put(struct strpool *pool, const char *text)
{
    if (!text)
        return;
    struct strpool_entry *e = entry_of(text);
    if (--e->users)
        return;
    struct strpool_entry **at = &pool->buckets[e->hash & (pool->size - 1)];
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    free(e);
    pool->count--;
    if (pool->size > 64 && pool->count < pool->size / 8)
        resize(pool, pool->size / 2);
}

size_t strpool_len(const char *text)
{
    return entry_of(text)->len;
}

size_t strpool_count(const struct strpool *pool)
{
    return pool->count;
}
