#include "base/strmap.h"

#include "base/hash.h"
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Processes choose some of the keys, so different keys with one hash are possible: they
 * form a chain. */
struct strmap_entry {
    struct strmap_entry *next;
    const char *key;
    void *value;
};

struct strmap {
    struct map *chains; /* hash of the key -> first struct strmap_entry */
};

struct strmap *strmap_create(void)
{
    struct strmap *map = malloc(sizeof(*map));
    if (!map)
        return NULL;
    map->chains = map_create();
    if (map->chains)
        return map;
    free(map);
    return NULL;
}

void strmap_destroy(struct strmap *map)
{
    if (!map)
        return;
    size_t cursor = 0;
    for (struct strmap_entry *e; (e = map_next(map->chains, &cursor, NULL));) {
        for (struct strmap_entry *next; e; e = next) {
            next = e->next;
            free(e);
        }
    }
    map_destroy(map->chains);
    free(map);
}

void *strmap_get(const struct strmap *map, const char *key)
{
    const struct strmap_entry *e = map_get(map->chains, hash_bytes(key, strlen(key)));
    while (e && strcmp(e->key, key) != 0)
        e = e->next;
    return e ? e->value : NULL;
}

int strmap_add(struct strmap *map, const char *key, void *value)
{
    uint32_t hash = hash_bytes(key, strlen(key));
    struct strmap_entry *e = malloc(sizeof(*e));
    if (!e)
        return -ENOMEM;
    *e = (struct strmap_entry){map_get(map->chains, hash), key, value};
    if (map_put(map->chains, hash, e) == 0)
        return 0;
    free(e);
    return -ENOMEM;
}

void *strmap_remove(struct strmap *map, const char *key)
{
    uint32_t hash = hash_bytes(key, strlen(key));
    struct strmap_entry *first = map_get(map->chains, hash);
    struct strmap_entry **at = &first;
    while (*at && strcmp((*at)->key, key) != 0)
        at = &(*at)->next;
    struct strmap_entry *e = *at;
    if (!e)
        return NULL;
    *at = e->next;
    /* Replacing the value of a key that is in the map needs no memory. */
    if (first)
        map_put(map->chains, hash, first);
    else
        map_remove(map->chains, hash);
    void *value = e->value;
    free(e);
    return value;
}
