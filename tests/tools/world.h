/* The objects that the responder serves: tables that are made up as they are asked for.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "tests/tools/ber.h"

enum role { ROLE_OTHER, ROLE_NAME, ROLE_STATUS, ROLE_COUNT, ROLE_MESSAGE };

struct world {
    uint32_t groups;  /* rows of procGroupTable and of prTable */
    uint32_t failing; /* the first so many are critical */
    uint32_t processes;
    uint32_t ticks; /* sysUpTime */
    bool no_groups; /* neither procGroupTable nor its scalars */
    bool ucd, hostres;
    enum role hidden; /* a column that is not there; ROLE_OTHER: all are */
};

#define OBJECT_TEXT_MAX 128

struct object {
    struct ber_oid oid;
    bool in_table; /* no scalar */
    enum role role;
    unsigned tag;
    int64_t number;
    const char *text; /* of strings */
    size_t len;
    bool raw; /* `text` is the value as it is sent, tag and length too */
    char own[OBJECT_TEXT_MAX];
};

/* false: there is no such object. */
bool world_get(const struct world *world, const struct ber_oid *oid,
               struct object *ret_object);
/* The first one behind `oid`; false at the end. */
bool world_next(const struct world *world, const struct ber_oid *oid,
                struct object *ret_object);

#endif
