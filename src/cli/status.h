/* What a daemon says now, as text and as a report. Pure: the time is an argument. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include "report/report.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct daemon_view;

struct status_options {
    char *const *wanted; /* names or patterns, NULL-terminated; empty = all groups */
    unsigned events;     /* of the last ones; 0 = none */
    int64_t wall_ms;     /* now */
    bool color;          /* of the status */
};

/* Appends a head, the groups, worst first, and the last events, cut to `width` columns (0
 * = not cut). Returns 0 or -ENOMEM. */
int status_format(const struct daemon_view *view, const struct status_options *options,
                  unsigned width, struct buf *out);
/* `view` and `agent`, which is filled, must stay as long as the report. A group that is
 * in maintenance or off does not fail; of an old table every other one is unknown.
 * Returns 0 or -ENOMEM; report_free() in any case. */
int status_report(const struct daemon_view *view, const struct status_options *options,
                  struct report_agent *agent, struct report *ret_report);
/* The word of `wanted` that means no group of the table, NULL = all do. */
const char *status_unknown_word(const struct daemon_view *view,
                                const struct status_options *options);

#endif
