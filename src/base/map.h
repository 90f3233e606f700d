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
/* NULL if the key is not in the map. */
void *map_get(const struct map *map, uint64_t key);
/* Sets or replaces; `value` is not NULL. Returns 0 or -ENOMEM (map unchanged). */
int map_put(struct map *map, uint64_t key, void *value);
/* Removes the key and returns its value, NULL if it was not in the map. */
void *map_remove(struct map *map, uint64_t key);
size_t map_count(const struct map *map);
/* The next entry, in no order; *cursor begins with 0. NULL at the end. The entry just
 * returned may be removed, none may be added meanwhile. */
void *map_next(const struct map *map, size_t *cursor, uint64_t *ret_key);

#endif
