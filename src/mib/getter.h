/* Macros for the tables of columns: a getter and a row for each. */
#ifndef MIB_GETTER_H
#define MIB_GETTER_H

#include "mib/columns.h"
#include "mib/tables.h"
#include "mib/value.h"

#include <errno.h>

/* One getter a column, made from what it is: how the value is told, which field of which
 * row. ROW is the table's row type. */
#define GETTER(name, expression)                                                         \
    static int get_##name(const struct table_image *image, const void *row,              \
                          struct mib_value *ret_value)                                   \
    {                                                                                    \
        const struct ROW *r = row;                                                       \
        (void)image;                                                                     \
        return expression;                                                               \
    }
#define TEXT(name, field)      GETTER(name, value_text(ret_value, image, r->field))
#define GAUGE(name, field)     GETTER(name, value_gauge(ret_value, r->field))
#define INTEGER(name, field)   GETTER(name, value_integer(ret_value, r->field))
#define COUNTER32(name, field) GETTER(name, value_counter32(ret_value, r->field))
#define COUNTER64(name, field) GETTER(name, value_counter64(ret_value, r->field))
#define TIME(name, field)      GETTER(name, value_time(ret_value, r->field))
/* TruthValue: true(1), false(2) (RFC 2579). */
#define TRUTH(name, field) GETTER(name, value_integer(ret_value, r->field ? 1 : 2))
/* A value that not every row has: a hole in the table. */
#define HOLE(name, have_bit, value) GETTER(name, r->have &(have_bit) ? (value) : -ENODATA)

#define COLUMN(number, name, table, syntax, access, low, high)                           \
    {                                                                                    \
#name, table, number, syntax, access, low, high, get_##name                      \
    }
#define RO(number, name, table, syntax)                                                  \
    COLUMN(number, name, table, syntax, MIB_READ_ONLY, 0, 0)
#define NA(number, name, table, syntax)                                                  \
    COLUMN(number, name, table, syntax, MIB_NOT_ACCESSIBLE, 0, 0)
#define RW(number, name, table, syntax, low, high)                                       \
    COLUMN(number, name, table, syntax, MIB_READ_WRITE, low, high)

#endif
