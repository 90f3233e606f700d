/* Small makers of values for getters. */
#ifndef MIB_VALUE_H
#define MIB_VALUE_H

#include "mib/columns.h"

int value_integer(struct mib_value *ret_value, int64_t integer);
/* Saturates at 4294967295 (RFC 2578 section 7.1.7). */
int value_gauge(struct mib_value *ret_value, uint64_t number);
/* The low 32 bits: a Counter32 wraps (RFC 2578 section 7.1.6). */
int value_counter32(struct mib_value *ret_value, uint64_t number);
int value_counter64(struct mib_value *ret_value, uint64_t number);
int value_text(struct mib_value *ret_value, const struct table_image *image,
               table_text_t text);
/* DateAndTime in local time, 11 octets (RFC 2579). 0 = "never", told as 8 zero octets:
 * the convention has no form for it, and RFC 3231 chose this one (schedLastFailed). */
int value_time(struct mib_value *ret_value, int64_t wall_ms);

#endif
