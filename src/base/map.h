/* A hash map from a 64-bit key to a pointer. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map;

/* NULL when memory is short. */
struct map *map_create(void);
/* The values are not freed. NULL is fine. */
void map_destroy(struct map *map);
/* NULL where there is none. */
void *map_get(const struct map *map, uint64_t key);
/* Sets or replaces; `value` is not NULL. Returns 0 or -ENOMEM (map unchanged). */
int map_put(struct map *map, uint64_t key, void *value);
/* Takes it out and returns it, NULL where there was none. */
void *map_remove(struct map *map, uint64_t key);
size_t map_count(const struct map *map);
/* Walks all entries in no order: start with *cursor = 0; NULL at the end. Removing the
 * entry just returned is allowed, adding is not. */
void *map_next(const struct map *map, size_t *cursor, uint64_t *ret_key);

#endif
