/* When a cycle runs before its regular time, for an event or a recheck. Users of the host
 * can cause events and rechecks as often as they like: such early cycles may take a tenth
 * of one CPU. The first one runs at once; what comes sooner than the next one may run
 * waits for that, at most for the regular cycle, and shares it. */
#ifndef DAEMON_PACE_H
#define DAEMON_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_SHARE  10  /* of the time between early cycles, one part is theirs */
#define PACE_GAP_MS 100 /* the least between their starts: the SNMP process works too */

struct pace {
    int64_t next_ms; /* boot time of the next early cycle at the earliest; 0 at first */
};

/* Boot time of the next cycle: `regular_ms`, or earlier because of an event (`wanted`) or
 * a recheck at `recheck_ms` (CLOCK_NEVER = none). */
int64_t pace_due(const struct pace *pace, int64_t regular_ms, bool wanted,
                 int64_t recheck_ms);
/* An early cycle began at this boot time and has taken this CPU time; `gap_ms` is the
 * least time to the next one. */
void pace_add(struct pace *pace, int64_t began_ms, int64_t cpu_us, int64_t gap_ms);

/* What may be used up to `burst` at once, and `per_s` in each second after that. */
struct pace_budget {
    int64_t debt;
    int64_t at_ms; /* boot time of the last call */
};

/* Uses `amount`. Returns whether that was more than there was. A budget that is always
 * used up lends at most once `burst`, so that it recovers within two times burst / per_s.
 */
bool pace_use(struct pace_budget *budget, int64_t now_ms, int64_t amount, int64_t per_s,
              int64_t burst);

#endif
