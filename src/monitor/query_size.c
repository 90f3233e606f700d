#include "monitor/query_size.h"

bool query_size_shrink(struct query_size *size, bool walk, size_t n)
{
    size_t sent = n < size->width ? n : size->width;
    if (walk && size->bulk && size->repetitions > 1)
        size->repetitions /= 2;
    else if (sent > 1)
        size->width = sent / 2;
    else if (walk && size->bulk)
        size->bulk = false;
    else
        return false;
    return true;
}

size_t query_size_objects(const struct query_size *size, size_t n)
{
    size_t sent = n < size->width ? n : size->width;
    return sent * (size->bulk ? size->repetitions : 1);
}
