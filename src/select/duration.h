/* Seconds as people write them: "10", "0.5", "90s", "10m", "2h", "1d". */
#ifndef SELECT_DURATION_H
#define SELECT_DURATION_H

#include "model/group.h"

#include <stdint.h>

/* A length of time. Returns 0 with milliseconds, -EINVAL (no number; a sign is none) or
 * -ERANGE (more than some 30 years). */
int duration_parse(const char *text, int64_t *ret_ms);
/* "600-", "-30s", "1m-2h" in seconds; as range_parse() with these units. */
int duration_parse_range(const char *text, struct range *ret_seconds);
/* Seconds, with a fraction where there is one; size >= 32. Returns ret_text. */
char *duration_format(int64_t ms, char *ret_text, size_t size);

#endif
