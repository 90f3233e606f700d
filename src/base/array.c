#include "base/array.h"

#include <stdlib.h>

void *array_grow(void *list, size_t n, size_t size)
{
    if (n > 0 && (n & (n - 1)) != 0)
        return list;
    return reallocarray(list, n > 0 ? 2 * n : 1, size);
}
