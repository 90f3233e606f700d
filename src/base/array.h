/* Arrays that grow by one: their capacity is a power of two and needs no field.
 * The cost of n appends is linear in n. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/* Makes room for one more behind `n` elements of `size` bytes. `list` came from here,
 * or is NULL; elements may have been removed from its end since. Returns the list, which
 * may have moved, or NULL when memory is short (`list` is unchanged). */
void *array_grow(void *list, size_t n, size_t size);

#endif
