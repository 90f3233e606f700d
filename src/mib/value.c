#include "mib/columns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* DateAndTime of value->integer in local time, 11 octets (RFC 2579). 0 is "never": 8 zero
 * octets, because the convention has no form for it, and RFC 3231 chose this one
 * (schedLastFailed). */
static void set_date(struct mib_value *value)
{
    int64_t wall_ms = value->integer;
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    value->len = 8;
    if (!wall_ms || !localtime_r(&seconds, &tm))
        return;
    long east = tm.tm_gmtoff / 60;
    int year = tm.tm_year + 1900;
    const unsigned char octets[] = {
        (unsigned char)(year >> 8),
        (unsigned char)year,
        (unsigned char)(tm.tm_mon + 1),
        (unsigned char)tm.tm_mday,
        (unsigned char)tm.tm_hour,
        (unsigned char)tm.tm_min,
        (unsigned char)tm.tm_sec,
        (unsigned char)(wall_ms % 1000 / 100),
        east < 0 ? '-' : '+',
        (unsigned char)(labs(east) / 60),
        (unsigned char)(labs(east) % 60),
    };
    memcpy(value->octets, octets, sizeof(octets));
    value->len = sizeof(octets);
}

int64_t mib_parse_date(const void *octets, size_t len)
{
    const unsigned char *o = octets;
    struct tm tm = {0};
    if (len != 11 || (o[8] != '+' && o[8] != '-') || o[9] > 14 || o[10] > 59)
        return 0;
    tm.tm_year = (o[0] << 8 | o[1]) - 1900;
    tm.tm_mon = o[2] - 1;
    tm.tm_mday = o[3];
    tm.tm_hour = o[4];
    tm.tm_min = o[5];
    tm.tm_sec = o[6];
    int64_t east = (o[9] * 60 + o[10]) * (o[8] == '+' ? 60 : -60);
    return ((int64_t)timegm(&tm) - east) * 1000 + o[7] * 100;
}

static uint64_t load(const void *field, size_t size)
{
    uint32_t narrow = 0;
    uint64_t wide = 0;
    if (size == sizeof(wide))
        memcpy(&wide, field, sizeof(wide));
    else
        memcpy(&narrow, field, sizeof(narrow));
    return size == sizeof(wide) ? wide : narrow;
}

/* Does the row lack this value? */
static bool is_missing(const struct mib_column *column, const void *row)
{
    uint32_t have = column->table == MIB_GROUPS
                        ? ((const struct table_group *)row)->have
                        : ((const struct table_condition *)row)->have;
    return !(have & column->have);
}

bool mib_is_hole(const struct mib_column *column, const struct table_age *age)
{
    return column->measured && age && age->stale;
}

int mib_get_value(const struct table_image *image, const struct mib_column *column,
                  const void *row, struct mib_value *ret_value)
{
    const struct mib_source source = {.image = image};
    return mib_get_aged(&source, column, row, ret_value);
}

static void take_field(const struct table_image *image, const struct mib_column *column,
                       const void *field, struct mib_value *ret_value)
{
    uint64_t number = load(field, column->size);
    switch (column->syntax) {
    case MIB_INTEGER:
    case MIB_DATETIME:
        ret_value->integer = (int64_t)number;
        break;
    case MIB_TRUTH:
        ret_value->integer = number ? 1 : 2;
        break;
    case MIB_GAUGE32: /* saturates: RFC 2578 section 7.1.7 */
        ret_value->number = number < UINT32_MAX ? number : UINT32_MAX;
        break;
    case MIB_COUNTER32: /* wraps: RFC 2578 section 7.1.6 */
        ret_value->number = number & UINT32_MAX;
        break;
    case MIB_COUNTER64:
    case MIB_GAUGE64:
        ret_value->number = number;
        break;
    case MIB_STRING:
        ret_value->text = table_text(image, (table_text_t)number, &ret_value->len);
    }
}

int mib_get_aged(const struct mib_source *source, const struct mib_column *column,
                 const void *row, struct mib_value *ret_value)
{
    const struct table_image *image = source->image;
    if (column->table == MIB_SCALARS)
        row = table_scalars(image);
    else if (column->table == MIB_NOTIFY)
        row = table_event(image);
    if (mib_is_hole(column, source->age) || (column->have && is_missing(column, row)))
        return -ENODATA;
    const void *field = (const char *)row + column->offset;
    *ret_value = (struct mib_value){.syntax = column->syntax};
    if (column->get)
        column->get(source, field, ret_value);
    else
        take_field(image, column, field, ret_value);
    if (column->syntax == MIB_DATETIME)
        set_date(ret_value);
    return 0;
}
