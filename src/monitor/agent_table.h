/* The tables that can be polled: procGroupTable and procGroupConditionTable of
 * PROCGROUP-MIB, prTable of UCD-SNMP-MIB, hrSWRunTable of HOST-RESOURCES-MIB. One
 * description of each. */
#ifndef MONITOR_AGENT_TABLE_H
#define MONITOR_AGENT_TABLE_H

#include "monitor/snmp_types.h"

#include <stdbool.h>

/* The meaning of a column, the same for all tables. */
enum field {
    FIELD_NAME,
    FIELD_STATUS, /* enum severity; of prTable: prErrorFlag; of hrSWRunTable: its status
                   */
    FIELD_COUNT,
    FIELD_MIN,
    FIELD_MAX,
    FIELD_MESSAGE,
    FIELD_ADMIN, /* enum group_admin */
    FIELD_PENDING,
    FIELD_UNDECIDED,
    FIELD_CPU, /* hundredths of a percent */
    FIELD_USER,
    FIELD_CONTEXT,
    FIELD_PATH,
    FIELDS,
    /* Of conditions, in the cells that they do not need otherwise. FIELD_STATUS is their
     * severity, FIELD_COUNT the number of violations. */
    FIELD_LOW = FIELD_MIN, /* thousandths, as the value */
    FIELD_HIGH = FIELD_MAX,
    FIELD_METRIC = FIELD_ADMIN,
    FIELD_STATE = FIELD_PENDING, /* enum table_condition_state */
    FIELD_VALUE = FIELD_UNDECIDED,
    FIELD_EACH = FIELD_CPU, /* TruthValue */
    FIELD_UNIT = FIELD_USER,
    FIELD_LIMIT = FIELD_CONTEXT,
    FIELD_SINCE = FIELD_PATH,
};
#define FIELD_BIT(field) (1U << (field))

struct agent_column {
    enum field field;
    const char *name; /* as its MIB has it */
    unsigned long number;
    bool text; /* an OCTET STRING; else a number */
    bool date; /* a DateAndTime, kept as the wall time in ms; 0 = never */
};

#define AGENT_COLUMNS_MAX FIELDS
struct agent_table {
    const char *name;
    const char *absent;        /* message for an agent that does not have it */
    struct object_id entry;    /* columns hang here */
    size_t n_index;            /* arcs of an index, 1 or 2 */
    struct object_id presence; /* a scalar that exists whenever the table does, even an
                                     empty one; len 0 = none */
    struct object_id total;    /* a scalar with the number of rows; only with
                                     `presence` */
    /* Only with `presence`: the time of what is in the table (DateAndTime), and its age
     * in ms, which older agents do not have. */
    struct object_id time, age;
    size_t n_columns;
    struct agent_column columns[AGENT_COLUMNS_MAX];
};

enum agent_table_kind {
    AGENT_TABLE_PROCGROUP,
    AGENT_TABLE_UCD,
    AGENT_TABLE_HOSTRES,
    AGENT_TABLE_CONDITIONS
};
void agent_table_make(enum agent_table_kind kind, struct agent_table *ret_source);

#endif
