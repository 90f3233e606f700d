#include "tests/tools/world.h"

#include "config.h"

#include <stdio.h>
#include <string.h>

struct column {
    uint32_t number;
    enum role role;
    unsigned tag;
    int64_t value;
    const char *text; /* a %u in it is the row's index */
};

struct subtree {
    uint32_t prefix[BER_ARCS_MAX];
    size_t len;
    bool is_table; /* rows from 1; otherwise instance 0 only */
    const struct column *columns;
    size_t n_columns;
    bool (*is_there)(const struct world *world);
    uint32_t (*n_rows)(const struct world *world);
};

/* DateAndTime (RFC 2579): a morning of 2026. */
static const char date[11] = "\x07\xea\x03\x05\x06\x07\x08\x00+\x00\x00";

#define TEXT(number, text)                                                               \
    {                                                                                    \
        number, ROLE_OTHER, BER_STRING, 0, text                                          \
    }
#define GAUGE(number, value)                                                             \
    {                                                                                    \
        number, ROLE_OTHER, BER_GAUGE, value, NULL                                       \
    }
#define INTEGER(number, value)                                                           \
    {                                                                                    \
        number, ROLE_OTHER, BER_INTEGER, value, NULL                                     \
    }
#define ROLE(number, role, tag, v)                                                       \
    {                                                                                    \
        number, role, tag, v, NULL                                                       \
    }
#define ROLE_TEXT(number, role, tx)                                                      \
    {                                                                                    \
        number, role, BER_STRING, 0, tx                                                  \
    }

static const struct column system_columns[] = {
    TEXT(1, "a responder that tests use"),
    {3, ROLE_OTHER, BER_TICKS, 0, NULL},
    TEXT(5, "responder"),
};
static const struct column processes[] = {
    INTEGER(1, 0),
    ROLE_TEXT(2, ROLE_NAME, "proc-%u"),
    TEXT(4, "/usr/bin/proc-%u"),
    TEXT(5, ""),
    INTEGER(6, 4),
    ROLE(7, ROLE_STATUS, BER_INTEGER, 2),
};
static const struct column ucd[] = {
    INTEGER(1, 0),
    ROLE_TEXT(2, ROLE_NAME, "proc-%u"),
    INTEGER(3, 1),
    INTEGER(4, 1),
    ROLE(5, ROLE_COUNT, BER_INTEGER, 1),
    ROLE(100, ROLE_STATUS, BER_INTEGER, 0),
    ROLE_TEXT(101, ROLE_MESSAGE, ""),
};
/* PROCGROUP-MIB: procGroupAgentVersion, ...SampleState, ...Groups, ...Violations,
 * ...SampleAge */
static const struct column scalars[] = {
    TEXT(1, "0"), INTEGER(10, 1), GAUGE(18, 0), GAUGE(19, 0), GAUGE(27, 0),
};
static const struct column groups[] = {
    ROLE_TEXT(2, ROLE_NAME, "group-%u"),
    ROLE(3, ROLE_STATUS, BER_INTEGER, 0),
    ROLE(4, ROLE_COUNT, BER_GAUGE, 1),
    GAUGE(5, 1),
    GAUGE(6, 1),
    TEXT(7, "root"),
    TEXT(8, ""),
    GAUGE(9, 12),
    ROLE_TEXT(10, ROLE_MESSAGE, "group-%u: ok"),
    TEXT(11, ""),
    INTEGER(12, 1),
    TEXT(13, date),
    GAUGE(14, 0),
    GAUGE(15, 0),
    GAUGE(16, 0),
    TEXT(17, "/usr/sbin/group"),
    GAUGE(35, 0),
};

static bool always(const struct world *world)
{
    (void)world;
    return true;
}

static bool has_hostres(const struct world *world)
{
    return world->hostres;
}

static bool has_ucd(const struct world *world)
{
    return world->ucd;
}

static bool has_groups(const struct world *world)
{
    return !world->no_groups;
}

static uint32_t one(const struct world *world)
{
    (void)world;
    return 1;
}

static uint32_t n_processes(const struct world *world)
{
    return world->processes;
}

static uint32_t n_groups(const struct world *world)
{
    return world->groups;
}

#define ROOT      CONFIG_MIB_ROOT
#define N(array)  (sizeof(array) / sizeof((array)[0]))
#define ARCS(...) {__VA_ARGS__}, N(((const uint32_t[]){__VA_ARGS__}))

/* Sorted by name. */
static const struct subtree subtrees[] = {
    {ARCS(1, 3, 6, 1, 2, 1, 1), false, system_columns, N(system_columns), always, one},
    {ARCS(1, 3, 6, 1, 2, 1, 25, 4, 2, 1), true, processes, N(processes), has_hostres,
     n_processes},
    {ARCS(1, 3, 6, 1, 4, 1, 2021, 2, 1), true, ucd, N(ucd), has_ucd, n_groups},
    {ARCS(ROOT, 1, 1), false, scalars, N(scalars), has_groups, one},
    {ARCS(ROOT, 1, 2, 1), true, groups, N(groups), has_groups, n_groups},
};

static void fail_group(struct object *o)
{
    if (o->role == ROLE_STATUS)
        o->number = 2;
    else if (o->role == ROLE_COUNT)
        o->number = 0;
    else if (o->role == ROLE_MESSAGE)
        o->len = (size_t)snprintf(o->own, sizeof(o->own), "too few");
}

static void set_text(struct object *o, const struct column *column, uint32_t index)
{
    const char *hole = column->text == date ? NULL : strstr(column->text, "%u");
    if (column->text == date) {
        o->len = sizeof(date);
        memcpy(o->own, date, o->len);
    } else if (!hole) {
        o->len = strlen(column->text);
        memcpy(o->own, column->text, o->len);
    } else {
        o->len =
            (size_t)snprintf(o->own, sizeof(o->own), "%.*s%u%s",
                             (int)(hole - column->text), column->text, index, hole + 2);
    }
    o->text = o->own;
}

static void make(const struct world *world, const struct subtree *subtree,
                 const struct column *column, uint32_t row, struct object *ret_object)
{
    struct object *o = ret_object;
    uint32_t index = subtree->is_table ? row + 1 : 0;
    memcpy(o->oid.arcs, subtree->prefix, subtree->len * sizeof(uint32_t));
    o->oid.arcs[subtree->len] = column->number;
    o->oid.arcs[subtree->len + 1] = index;
    o->oid.n = subtree->len + 2;
    o->in_table = subtree->is_table;
    o->role = column->role;
    o->tag = column->tag;
    o->raw = false;
    o->number = column->tag == BER_TICKS ? world->ticks : column->value;
    if (subtree->columns == scalars && column->number == 18)
        o->number = world->groups;
    if (subtree->columns == scalars && column->number == 19)
        o->number = world->failing;
    if (column->tag == BER_STRING)
        set_text(o, column, index);
    if (subtree->n_rows == n_groups && index <= world->failing)
        fail_group(o);
}

static int compare(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
    for (size_t i = 0; i < n_a && i < n_b; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* The first object of the subtree after `oid`, which may be any name. */
static bool next_in(const struct world *world, const struct subtree *subtree,
                    const struct ber_oid *oid, struct object *ret_object)
{
    int side = compare(oid->arcs, oid->n, subtree->prefix, subtree->len);
    if (side > 0)
        return false;
    bool inside = side == 0 && oid->n > subtree->len;
    uint32_t at = inside ? oid->arcs[subtree->len] : 0;
    for (size_t i = 0; i < subtree->n_columns; i++) {
        const struct column *c = &subtree->columns[i];
        uint64_t row = 0;
        if (c->number < at || (c->role == world->hidden && world->hidden))
            continue;
        if (c->number == at && inside && oid->n > subtree->len + 1) {
            uint64_t index = oid->arcs[subtree->len + 1];
            row = subtree->is_table ? index : index + 1;
        }
        if (row < subtree->n_rows(world)) {
            make(world, subtree, c, (uint32_t)row, ret_object);
            return true;
        }
    }
    return false;
}

bool world_next(const struct world *world, const struct ber_oid *oid,
                struct object *ret_object)
{
    for (size_t i = 0; i < N(subtrees); i++)
        if (subtrees[i].is_there(world) && next_in(world, &subtrees[i], oid, ret_object))
            return true;
    return false;
}

/* An object is the next one of the name just before it. */
bool world_get(const struct world *world, const struct ber_oid *oid,
               struct object *ret_object)
{
    struct ber_oid before = *oid;
    uint32_t *last = &before.arcs[before.n - 1];
    if (*last)
        --*last;
    else
        before.n--;
    return world_next(world, &before, ret_object) && ret_object->oid.n == oid->n &&
           memcmp(ret_object->oid.arcs, oid->arcs, oid->n * sizeof(uint32_t)) == 0;
}
