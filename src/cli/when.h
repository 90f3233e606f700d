/* Times and ages in as few columns as a reader needs. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdint.h>

#define WHEN_SIZE 48

/* A time, in local time: "14:02:33" on the day of `now_ms`, else "2026-11-30"; "?" for 0.
 */
void when_format(int64_t wall_ms, int64_t now_ms, char ret_text[WHEN_SIZE]);
/* "45s", "12m30s", "5h02m", "3d04h"; a negative age is "0s". */
void when_format_age(int64_t ms, char ret_text[WHEN_SIZE]);

#endif
