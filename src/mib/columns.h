/* PROCGROUP-MIB as data: one row a column, one getter a column (law 6). Tables,
 * notifications and JSON read through here. No net-snmp header. */
#ifndef MIB_COLUMNS_H
#define MIB_COLUMNS_H

#include "table/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mib_table {
    MIB_SCALARS,    /* procGroupMIB.1.1, instance .0 */
    MIB_GROUPS,     /* .1.2 */
    MIB_CONDITIONS, /* .1.3 */
    MIB_MEMBERS,    /* .1.4 */
    MIB_VIOLATIONS, /* .1.5 */
    MIB_NOTIFY,     /* .1.6: accessible-for-notify, instance .0 */
    MIB_TABLES
};

enum mib_syntax {
    MIB_INTEGER, /* Integer32, enumerations, TruthValue */
    MIB_GAUGE32, /* Unsigned32, Gauge32; saturates */
    MIB_COUNTER32,
    MIB_COUNTER64,
    MIB_STRING,   /* SnmpAdminString and other texts */
    MIB_DATETIME, /* DateAndTime: 11 octets; 8 zero octets = never */
};

enum mib_access {
    MIB_NOT_ACCESSIBLE,
    MIB_NOTIFY_ONLY,
    MIB_READ_ONLY,
    MIB_READ_WRITE,
};

struct mib_value {
    enum mib_syntax syntax;
    int64_t integer;  /* MIB_INTEGER */
    uint64_t number;  /* gauges and counters */
    const char *text; /* MIB_STRING: into the board. NULL: the octets below */
    size_t len;
    char octets[16];
};

struct mib_column {
    const char *name; /* "procGroupName", as in the MIB's text */
    enum mib_table table;
    uint32_t number; /* sub-identifier */
    enum mib_syntax syntax;
    enum mib_access access;
    int64_t min, max; /* of a writable one: the values that may be set */
    /* `row` is of the table's type: struct table_scalars for MIB_SCALARS; MIB_NOTIFY
     * needs none, NULL. Returns 0 or -ENODATA: a hole. */
    int (*get)(const struct table_image *image, const void *row,
               struct mib_value *ret_value);
};

#define MIB_OID_MAX   20
#define MIB_INDEX_MAX 2

/* The columns of a table, ascending by number. */
const struct mib_column *mib_columns(enum mib_table table, size_t *ret_n);
/* By sub-identifier or name; NULL where there is none. */
const struct mib_column *mib_column(enum mib_table table, uint32_t number);
const struct mib_column *mib_column_by_name(const char *name);
/* procGroupMIB's own OID (CONFIG_MIB_ROOT). */
const uint32_t *mib_root(size_t *ret_len);
/* Where the columns hang: root.1.2.1 for MIB_GROUPS, root.1.1 for the scalars. Writes up
 * to MIB_OID_MAX arcs; returns how many. */
size_t mib_prefix(enum mib_table table, uint32_t *ret_oid);

/* Rows: how many arcs an index has (0 for scalars), and finding them (binary search). */
size_t mib_index_len(enum mib_table table);
/* The row at exactly this index, or NULL. */
const void *mib_row(const struct table_image *image, enum mib_table table,
                    const uint32_t *index);
/* The first row whose index is >= `index` (len arcs, may be fewer or more than the index
 * has: OID order), or > it with `after`. NULL at the end. */
const void *mib_row_from(const struct table_image *image, enum mib_table table,
                         const uint32_t *index, size_t len, bool after);
/* The row behind `row`, NULL at the end: no search. */
const void *mib_row_next(const struct table_image *image, enum mib_table table,
                         const void *row);
void mib_row_index(enum mib_table table, const void *row,
                   uint32_t ret_index[MIB_INDEX_MAX]);

/* The varbinds of a notification, in their order: columns of the event's board. `kind` is
 * enum event_kind. Returns how many; 0 for an unknown kind or a board without the
 * rows that it needs. */
struct mib_varbind {
    const struct mib_column *column;
    const void *row; /* NULL: a notify-only object */
};
#define MIB_VARBINDS_MAX 12
size_t mib_notification(const struct table_image *event, uint32_t kind,
                        struct mib_varbind ret_varbinds[MIB_VARBINDS_MAX]);
/* Arcs of the notification itself: root.0.kind. */
size_t mib_notification_oid(uint32_t kind, uint32_t *ret_oid);

#endif
