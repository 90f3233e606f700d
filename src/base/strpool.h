/* Shared strings with a count of their users: thousands of processes have a few
 * hundred paths, contexts and cgroups between them.
 * Equal text gives the same pointer, so that pointers compare where text would. */
#ifndef BASE_STRPOOL_H
#define BASE_STRPOOL_H

#include <stddef.h>

struct strpool;

/* NULL when memory is short. */
struct strpool *strpool_create(void);
/* Every string goes with it, used or not. NULL is fine. */
void strpool_destroy(struct strpool *pool);
/* A NUL-terminated shared copy of `len` bytes (they may hold NULs), or NULL when memory
 * is short. Give it back with strpool_put(). */
const char *strpool_get(struct strpool *pool, const char *text, size_t len);
/* NULL is fine. */
void strpool_put(struct strpool *pool, const char *text);
size_t strpool_len(const char *text);
/* How many different strings there are now. */
size_t strpool_count(const struct strpool *pool);

#endif
