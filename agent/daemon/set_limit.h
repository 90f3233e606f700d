/* How often the SNMP process may change something: each change is a line in the log and a
 * write of the state file. Pure: the time is an argument, the running time. */
#ifndef AGENT_DAEMON_SET_LIMIT_H
#define AGENT_DAEMON_SET_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define SET_LIMIT_BURST     256 /* at once */
#define SET_LIMIT_PER_MS    500 /* one more after this time */
#define SET_LIMIT_REPORT_MS 60000

struct set_limit { /* all 0 at first */
    uint32_t used;
    int64_t refill_ms;   /* when `used` became less */
    uint32_t refused;    /* not reported yet */
    int64_t reported_ms; /* 0 = never */
};

/* Whether a change may be made now; it counts. */
bool set_limit_take(struct set_limit *limit, int64_t run_ms);
/* How many were refused since the last report, if one is due now: at most one a minute. 0
 * = none is due. */
uint32_t set_limit_report(struct set_limit *limit, int64_t run_ms);

#endif
