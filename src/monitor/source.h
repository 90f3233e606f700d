/* The tables that can be asked: PROCGROUP-MIB's groups, UCD-SNMP-MIB's prTable,
 * HOST-RESOURCES-MIB's hrSWRunTable. One row of data each. */
#ifndef MONITOR_SOURCE_H
#define MONITOR_SOURCE_H

#include "monitor/exchange.h"

#include <stdbool.h>

/* What a column tells, whichever table it is of. */
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
    FIELDS
};
#define FIELD_BIT(field) (1U << (field))

struct source_column {
    enum field field;
    const char *name; /* as its MIB has it */
    unsigned long number;
    bool text; /* an OCTET STRING; else a number */
};

#define SOURCE_COLUMNS_MAX FIELDS
struct source {
    const char *name;
    const char *absent;           /* a sentence for an agent that does not have it */
    struct exchange_oid entry;    /* columns hang here; indices have one arc */
    struct exchange_oid presence; /* a scalar that is there whenever the table is, though
                                     it be empty; len 0 = there is none */
    struct exchange_oid total; /* a scalar that tells how many rows there are; only with
                                  `presence` */
    size_t n_columns;
    struct source_column columns[SOURCE_COLUMNS_MAX];
};

enum source_kind { SOURCE_GROUPS, SOURCE_UCD, SOURCE_HOSTRES };
void source_make(enum source_kind kind, struct source *ret_source);

#endif
