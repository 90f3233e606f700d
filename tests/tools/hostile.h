/* Ways to lie: what the responder says when it is told not to be honest. A kind is a row
 * of a table; each changes one thing, and nothing else is wrong with its answers. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "tests/tools/world.h"

/* What a response says beside its objects. */
struct header {
    int32_t version;
    const uint8_t *community;
    size_t community_len;
    unsigned pdu;
    int32_t request;
    int32_t error_status, error_index;
};

enum hostile_way {
    HOSTILE_LATE = 1 << 0,      /* three seconds */
    HOSTILE_DUPLICATE = 1 << 1, /* five times */
    HOSTILE_SPOOF = 1 << 2,     /* from the next address */
    HOSTILE_EMPTY = 1 << 3,     /* no objects */
    HOSTILE_DOUBLE = 1 << 4,    /* each object twice */
    HOSTILE_ENDLESS = 1 << 5,   /* rows for ever */
    HOSTILE_BARE = 1 << 6,      /* no PROCGROUP-MIB */
    HOSTILE_HALF = 1 << 7,      /* no status column */
    HOSTILE_ALL = 1 << 8,       /* scalars too, and what is not there */
};

struct hostile {
    const char *name;
    unsigned ways;
    int32_t error_status, error_index;
    /* Objects of tables as they are put into the response; `asked` is the name behind
     * which it is. */
    void (*object)(const struct ber_oid *asked, struct object *object);
    void (*header)(struct header *header);
    /* The datagram as it goes out: may be changed in place and made shorter. */
    size_t (*datagram)(uint8_t *data, size_t len, uint32_t seed);
};

extern const struct hostile hostile_kinds[];
extern const size_t hostile_n;
/* NULL: no such kind. */
const struct hostile *hostile_find(const char *name);

#endif
