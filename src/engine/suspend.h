/* Running time: no process does anything while the machine is suspended, so that rates,
 * rechecks and the age for min-age do not count that time. */
#ifndef ENGINE_SUSPEND_H
#define ENGINE_SUSPEND_H

#include "base/clock.h"

#include <stdbool.h>

/* The last suspend. {0} before the first cycle. */
struct suspend {
    int64_t before_ms, after_ms; /* moment.suspended_ms before and after it */
    int64_t scan_boot_ms;        /* the last cycle before it */
    int64_t cycle_boot_ms;       /* the last cycle */
    bool known;
};

/* To be called by each cycle. */
void suspend_note(struct suspend *suspend, struct moment now);
/* The running time at a boot time of the past. What happened before an earlier suspend
 * seems longer ago than it was. */
int64_t suspend_run_ms(const struct suspend *suspend, int64_t boot_ms);

#endif
