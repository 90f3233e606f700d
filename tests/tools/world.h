/* The objects of the responder: tables whose rows are computed on request. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "tests/tools/ber.h"

enum role { ROLE_OTHER, ROLE_NAME, ROLE_STATUS, ROLE_COUNT, ROLE_MESSAGE };

struct world {
    uint32_t groups;  /* rows of procGroupTable and of prTable */
    uint32_t failing; /* this many of the first ones are critical */
    uint32_t processes;
    uint32_t ticks; /* sysUpTime */
    bool no_groups; /* neither procGroupTable nor its scalars */
    bool ucd, hostres;
    enum role hidden; /* a missing column; ROLE_OTHER: none */
};

#define OBJECT_TEXT_MAX 128

struct object {
    struct ber_oid oid;
    bool in_table; /* false: a scalar */
    enum role role;
    unsigned tag;
    int64_t number;
    const char *text; /* of strings */
    size_t len;
    bool raw; /* `text` is the encoded value with tag and length */
    char own[OBJECT_TEXT_MAX];
};

/* Returns false if there is no such object. */
bool world_get(const struct world *world, const struct ber_oid *oid,
               struct object *ret_object);
/* The first object after `oid`; false at the end. */
bool world_next(const struct world *world, const struct ber_oid *oid,
                struct object *ret_object);

#endif
