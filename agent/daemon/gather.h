/* How long events are gathered before they are taken together: waking up for one takes
 * longer than taking it. The first ones are taken at once; a while of many wake-ups leads
 * to short waits, a storm of events to longer ones. */
#ifndef DAEMON_GATHER_H
#define DAEMON_GATHER_H

#include "agent/daemon/pace.h"

#define GATHER_MS 5 /* after more than GATHER_PER_S wake-ups a second */
/* After more than GATHER_STORM_PER_S events a second: until the next multiple, so that
 * one wake-up is enough for these events and for what has settled (EVENT_GRID_MS). */
#define GATHER_STORM_MS 25

#define GATHER_PER_S       20
#define GATHER_BURST       20
#define GATHER_STORM_PER_S 100
#define GATHER_STORM_BURST 200

struct gather {
    struct pace_budget wakeups, events;
};

/* Events were taken at this boot time. Returns how long the next ones are gathered, in
 * ms; 0 = the next one wakes us up. */
int64_t gather_ms(struct gather *gather, int64_t now_ms, uint32_t events);

#endif
