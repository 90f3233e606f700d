#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

/* Open addressing with tombstones: removing an entry does not move others, so that a walk
 * may remove the entry it is at. */
struct slot {
    uint64_t key;
    void *value; /* NULL = never used; TOMBSTONE = removed */
};

struct map {
    struct slot *slots;
    size_t size;  /* a power of two */
    size_t count; /* entries */
    size_t used;  /* entries and tombstones */
};

static const char tombstone_mark;
#define TOMBSTONE ((void *)(uintptr_t)&tombstone_mark)

/* splitmix64's finaliser (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct map *map_create(void)
{
    return calloc(1, sizeof(struct map));
}

void map_destroy(struct map *map)
{
    if (!map)
        return;
    free(map->slots);
    free(map);
}

static struct slot *find(const struct map *map, uint64_t key)
{
    if (!map->size)
        return NULL;
    for (size_t i = mix(key) & (map->size - 1);; i = (i + 1) & (map->size - 1)) {
        struct slot *slot = &map->slots[i];
        if (!slot->value)
            return NULL;
        if (slot->key == key && slot->value != TOMBSTONE)
            return slot;
    }
}

void *map_get(const struct map *map, uint64_t key)
{
    const struct slot *slot = find(map, key);
    return slot ? slot->value : NULL;
}

static void insert(struct slot *slots, size_t size, uint64_t key, void *value)
{
    size_t i = mix(key) & (size - 1);
    while (slots[i].value)
        i = (i + 1) & (size - 1);
    slots[i] = (struct slot){key, value};
}

/* Rehashes with more slots and drops the tombstones. */
static int rehash(struct map *map)
{
    size_t size = 16;
    while (size < map->count * 2)
        size *= 2;
    struct slot *slots = calloc(size, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    for (size_t i = 0; i < map->size; i++)
        if (map->slots[i].value && map->slots[i].value != TOMBSTONE)
            insert(slots, size, map->slots[i].key, map->slots[i].value);
    free(map->slots);
    map->slots = slots;
    map->size = size;
    map->used = map->count;
    return 0;
}

int map_put(struct map *map, uint64_t key, void *value)
{
    struct slot *slot = find(map, key);
    if (slot) {
        slot->value = value;
        return 0;
    }
    if ((map->used + 1) * 4 > map->size * 3 && rehash(map) < 0)
        return -ENOMEM;
    insert(map->slots, map->size, key, value);
    map->count++;
    map->used++;
    return 0;
}

void *map_remove(struct map *map, uint64_t key)
{
    struct slot *slot = find(map, key);
    if (!slot)
        return NULL;
    void *value = slot->value;
    slot->value = TOMBSTONE;
    map->count--;
    return value;
}

size_t map_count(const struct map *map)
{
    return map->count;
}

void *map_next(const struct map *map, size_t *cursor, uint64_t *ret_key)
{
    for (; *cursor < map->size; (*cursor)++) {
        const struct slot *slot = &map->slots[*cursor];
        if (!slot->value || slot->value == TOMBSTONE)
            continue;
        (*cursor)++;
        if (ret_key)
            *ret_key = slot->key;
        return slot->value;
    }
    return NULL;
}
