/* A hash map from a string to a pointer. Keys are borrowed: each must stay as long as it
 * is in the map, usually as a part of its value. */
#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

struct strmap;

/* NULL when memory is short. */
struct strmap *strmap_create(void);
/* Frees neither keys nor values. NULL is fine. */
void strmap_destroy(struct strmap *map);
/* NULL if the key is not in the map. */
void *strmap_get(const struct strmap *map, const char *key);
/* Adds a key that is not in the map; `value` is not NULL. Returns 0 or -ENOMEM. */
int strmap_add(struct strmap *map, const char *key, void *value);
/* Removes the key and returns its value, NULL if it was not in the map. */
void *strmap_remove(struct strmap *map, const char *key);

#endif
