/* How much one request asks for, and how that becomes less: after an error of an agent
 * that cannot answer so much, and for the next try of a request that got no answer,
 * because an answer of several IP fragments may be lost whole. Pure. */
#ifndef MONITOR_QUERY_SIZE_H
#define MONITOR_QUERY_SIZE_H

#include <stdbool.h>
#include <stddef.h>

struct query_size {
    bool bulk;            /* GETBULK; of a walk otherwise GETNEXT */
    unsigned repetitions; /* rows of a GETBULK */
    size_t width;         /* most columns, or objects of a GET */
};

/* An answer to it fits 484 octets, the size that every agent and network must carry (RFC
 * 3417 section 3.2.1): one object, whose text has at most 255 octets. */
#define QUERY_SIZE_LEAST ((struct query_size){false, 1, 1})

/* The next smaller size of a request that would ask for `n` columns (of a GET: objects)
 * at most; false: there is none. */
bool query_size_shrink(struct query_size *size, bool walk, size_t n);
/* Objects that a walk over `n` columns asks for. */
size_t query_size_objects(const struct query_size *size, size_t n);

#endif
