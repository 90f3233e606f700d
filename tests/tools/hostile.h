/* Kinds of wrong answers of the responder. A kind is a row of a table; each changes one
 * thing, and the rest of its answers is correct. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "tests/tools/world.h"

/* A response without its objects. */
struct header {
    int32_t version;
    const uint8_t *community;
    size_t community_len;
    unsigned pdu;
    int32_t request;
    int32_t error_status, error_index;
};

enum hostile_way {
    HOSTILE_LATE = 1 << 0,      /* three seconds late */
    HOSTILE_DUPLICATE = 1 << 1, /* sent five times */
    HOSTILE_SPOOF = 1 << 2,     /* from the next address */
    HOSTILE_EMPTY = 1 << 3,     /* no objects */
    HOSTILE_DOUBLE = 1 << 4,    /* each object twice */
    HOSTILE_ENDLESS = 1 << 5,   /* rows without end */
    HOSTILE_BARE = 1 << 6,      /* no PROCGROUP-MIB */
    HOSTILE_HALF = 1 << 7,      /* no status column */
    HOSTILE_ALL = 1 << 8,       /* scalars too, and missing objects */
    HOSTILE_NO_BULK = 1 << 9,   /* genErr to GETBULK */
    HOSTILE_FEW = 1 << 10,      /* genErr to what has more than HOSTILE_FEW_MAX objects */
    HOSTILE_LOST = 1 << 11,     /* longer ones than HOSTILE_LOST_FROM octets are lost */
};

enum { HOSTILE_FEW_MAX = 8, HOSTILE_LOST_FROM = 484 };

struct hostile {
    const char *name;
    unsigned ways;
    int32_t error_status, error_index;
    /* Changes an object of a table in the response; `requested` is its name in the
     * request. */
    void (*object)(const struct ber_oid *requested, struct object *object);
    void (*header)(struct header *header);
    /* Changes the datagram in place; returns its length, which may be shorter. */
    size_t (*datagram)(uint8_t *data, size_t len, uint32_t seed);
};

extern const struct hostile hostile_kinds[];
extern const size_t hostile_n;
/* NULL: no such kind. */
const struct hostile *hostile_find(const char *name);

#endif
