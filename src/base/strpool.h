/* Shared strings with reference counts: thousands of processes have only a few hundred
 * different paths, contexts and cgroups. Equal text gives the same pointer, so that
 * pointers can be compared instead of texts. */
#ifndef BASE_STRPOOL_H
#define BASE_STRPOOL_H

#include <stddef.h>

struct strpool;

/* NULL when memory is short. */
struct strpool *strpool_create(void);
/* Frees all strings, also those in use. NULL is fine. */
void strpool_destroy(struct strpool *pool);
/* A NUL-terminated shared copy of `len` bytes, or NULL when memory is short. They may
 * hold NULs, or be a struct without padding: the copy is aligned for pointers. Release it
 * with strpool_put(). */
const char *strpool_get(struct strpool *pool, const char *text, size_t len);
/* Counts one more user of the copy. NULL is fine. */
void strpool_keep(const char *text);
/* NULL is fine. */
void strpool_put(struct strpool *pool, const char *text);
size_t strpool_len(const char *text);
/* The number of different strings. */
size_t strpool_count(const struct strpool *pool);

#endif
