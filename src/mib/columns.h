/* PROCGROUP-MIB as data: each column is one row of a const table in columns.c. GET,
 * notifications and JSON read values through mib_get_value(), so that they cannot
 * disagree. No net-snmp header. */
#ifndef MIB_COLUMNS_H
#define MIB_COLUMNS_H

#include "table/table.h"
#include "table/table_age.h"

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
    MIB_INTEGER, /* Integer32 and enumerations */
    MIB_TRUTH,   /* TruthValue (RFC 2579): true(1), false(2) */
    MIB_GAUGE32, /* Unsigned32, Gauge32; saturates */
    MIB_COUNTER32,
    MIB_COUNTER64,
    MIB_GAUGE64,  /* CounterBasedGauge64 (RFC 2856): a Counter64 in messages */
    MIB_STRING,   /* SnmpAdminString and other texts */
    MIB_DATETIME, /* DateAndTime: 11 octets; 8 zero octets mean never */
};

enum mib_access {
    MIB_READ_ONLY,
    MIB_READ_WRITE,
    MIB_NOTIFY_ONLY, /* from here on: not readable */
    MIB_NOT_ACCESSIBLE,
};

struct mib_value {
    enum mib_syntax syntax;
    int64_t integer;  /* MIB_INTEGER, MIB_TRUTH; MIB_DATETIME: wall time in ms */
    uint64_t number;  /* gauges and counters */
    const char *text; /* MIB_STRING: points into the image. NULL: see octets */
    size_t len;       /* of text or octets */
    char octets[16];
};

/* What values are read from. */
struct mib_source {
    const struct table_image *image;
    const struct table_age *age; /* NULL: it has none, as the image of an event */
    int64_t wall_ms;             /* the time of the request; 0 = that of the scan */
};

struct mib_column {
    const char *name; /* "procGroupName", as in the MIB module */
    enum mib_table table;
    uint32_t number; /* sub-identifier */
    enum mib_syntax syntax;
    enum mib_access access;
    /* The bit of the row's `have` without which there is no value: groups enum
     * table_have, conditions enum table_condition_have; 0 = there always is one. */
    uint32_t have;
    size_t offset, size; /* of the field in the row: unsigned, 4 or 8 bytes */
    int64_t min, max; /* MIB_READ_WRITE: range of the values, or of the length of texts,
                         that may be set */
    bool measured;    /* of a scan: a hole while the table is stale */
    bool is_value;    /* it changes without an event; measured in each cycle while it
                         is read now and then, or a condition is about it */
    /* Computed columns: makes the value. NULL: the field is the value. */
    void (*get)(const struct mib_source *source, const void *field,
                struct mib_value *ret_value);
};

#define MIB_OID_MAX   20
#define MIB_INDEX_MAX 2

/* The columns of a table, ascending by number. */
const struct mib_column *mib_columns(enum mib_table table, size_t *ret_n);
/* By sub-identifier or name; NULL if there is none. */
const struct mib_column *mib_column(enum mib_table table, uint32_t number);
const struct mib_column *mib_column_by_name(const char *name);
/* The value of a column in a row of its table; `row` is ignored for MIB_SCALARS and
 * MIB_NOTIFY. Returns 0, or -ENODATA if the row has no such value (a hole). */
int mib_get_value(const struct table_image *image, const struct mib_column *column,
                  const void *row, struct mib_value *ret_value);
/* The same as of a certain age: if the image is stale, the status of groups and
 * conditions is unknown since then (table_aged_status()), their messages say why, and
 * values that a scan measured are holes. */
int mib_get_aged(const struct mib_source *source, const struct mib_column *column,
                 const void *row, struct mib_value *ret_value);
/* Parses a DateAndTime with a time zone. 0 for "never" and others. */
int64_t mib_parse_date(const void *octets, size_t len);
/* Whether the column has no value in any row at this age. */
bool mib_is_hole(const struct mib_column *column, const struct table_age *age);
/* The OID of procGroupMIB (CONFIG_MIB_ROOT). */
const uint32_t *mib_root(size_t *ret_len);
/* The OID above the columns: root.1.2.1 for MIB_GROUPS, root.1.1 for the scalars. Writes
 * up to MIB_OID_MAX arcs and returns how many. */
size_t mib_prefix(enum mib_table table, uint32_t *ret_oid);

/* How many arcs the index of a table has; 0 for scalars. */
size_t mib_index_len(enum mib_table table);
/* The row at exactly this index, or NULL. */
const void *mib_row(const struct table_image *image, enum mib_table table,
                    const uint32_t *index);
/* The first row whose index is >= `index` in OID order, or > it with `after`. `index` has
 * len arcs, which may be fewer or more than the table's index has. NULL at the end. */
const void *mib_row_from(const struct table_image *image, enum mib_table table,
                         const uint32_t *index, size_t len, bool after);
/* The row after `row`, without a search; NULL at the end. */
const void *mib_row_next(const struct table_image *image, enum mib_table table,
                         const void *row);
void mib_row_index(enum mib_table table, const void *row,
                   uint32_t ret_index[MIB_INDEX_MAX]);

/* A varbind of a notification: a value of the event's image. */
struct mib_varbind {
    const struct mib_column *column;
    const void *row; /* NULL for MIB_NOTIFY */
};
#define MIB_VARBINDS_MAX 12
/* The varbinds of an event's notification, in their order; `kind` is enum event_kind.
 * Returns how many; 0 if the kind is unknown or the image lacks the rows for it. */
size_t mib_notification(const struct table_image *event, uint32_t kind,
                        struct mib_varbind ret_varbinds[MIB_VARBINDS_MAX]);
/* The OID of the notification: root.0.kind. Returns how many arcs. */
size_t mib_notification_oid(uint32_t kind, uint32_t *ret_oid);

#endif
