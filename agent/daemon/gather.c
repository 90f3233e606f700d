#include "agent/daemon/gather.h"

int64_t gather_ms(struct gather *gather, int64_t now_ms, uint32_t events)
{
    bool often = pace_use(&gather->wakeups, now_ms, 1, GATHER_PER_S, GATHER_BURST);
    bool storm =
        pace_use(&gather->events, now_ms, events, GATHER_STORM_PER_S, GATHER_STORM_BURST);
    if (events == 0)
        return 0;
    if (storm)
        return GATHER_STORM_MS - now_ms % GATHER_STORM_MS;
    return often ? GATHER_MS : 0;
}
