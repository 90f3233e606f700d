#include "mib/value.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int value_integer(struct mib_value *ret_value, int64_t integer)
{
    *ret_value = (struct mib_value){.syntax = MIB_INTEGER, .integer = integer};
    return 0;
}

int value_gauge(struct mib_value *ret_value, uint64_t number)
{
    uint64_t most = number < UINT32_MAX ? number : UINT32_MAX;
    *ret_value = (struct mib_value){.syntax = MIB_GAUGE32, .number = most};
    return 0;
}

int value_counter32(struct mib_value *ret_value, uint64_t number)
{
    *ret_value =
        (struct mib_value){.syntax = MIB_COUNTER32, .number = number & UINT32_MAX};
    return 0;
}

int value_counter64(struct mib_value *ret_value, uint64_t number)
{
    *ret_value = (struct mib_value){.syntax = MIB_COUNTER64, .number = number};
    return 0;
}

int value_text(struct mib_value *ret_value, const struct table_image *image,
               table_text_t text)
{
    *ret_value = (struct mib_value){.syntax = MIB_STRING};
    ret_value->text = table_text(image, text, &ret_value->len);
    return 0;
}

int value_time(struct mib_value *ret_value, int64_t wall_ms)
{
    *ret_value = (struct mib_value){.syntax = MIB_DATETIME, .len = 8};
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    ret_value->text = NULL; /* = octets: the value may be copied */
    if (!wall_ms || !localtime_r(&seconds, &tm))
        return 0;
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
    memcpy(ret_value->octets, octets, sizeof(octets));
    ret_value->len = sizeof(octets);
    return 0;
}
