/* Durations as written in the configuration: "10", "0.5", "90s", "10m", "2h", "1d". */
#ifndef SELECT_DURATION_H
#define SELECT_DURATION_H

#include "model/group.h"

#include <stdint.h>

/* Returns 0, -EINVAL (not a number, or it has a sign) or -ERANGE (more than 1e9 s, about
 * 31 years). */
int duration_parse(const char *text, int64_t *ret_ms);
/* "600-", "-30s", "1m-2h". A missing side means no limit. Returns 0, -EINVAL or -ERANGE
 * (the minimum is above the maximum). */
int duration_parse_range(const char *text, struct range *ret_seconds);
/* The unit of a duration as it was written: 's', 'm', 'h' or 'd'; 0 = none. */
char duration_unit(const char *text);
/* In that unit: "90s", "1.5h", "0.5". duration_parse() reads the same number of ms back.
 * size >= 66. Returns ret_text. */
char *duration_format(int64_t ms, char unit, char *ret_text, size_t size);

#endif
