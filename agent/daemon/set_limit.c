#include "agent/daemon/set_limit.h"

bool set_limit_take(struct set_limit *limit, int64_t run_ms)
{
    int64_t less = (run_ms - limit->refill_ms) / SET_LIMIT_PER_MS;
    if (less > 0) {
        limit->used = less < limit->used ? limit->used - (uint32_t)less : 0;
        limit->refill_ms =
            limit->used ? limit->refill_ms + less * SET_LIMIT_PER_MS : run_ms;
    }
    if (limit->used >= SET_LIMIT_BURST) {
        limit->refused++;
        return false;
    }
    limit->used++;
    return true;
}

uint32_t set_limit_report(struct set_limit *limit, int64_t run_ms)
{
    uint32_t refused = limit->refused;
    if (!refused ||
        (limit->reported_ms && run_ms - limit->reported_ms < SET_LIMIT_REPORT_MS))
        return 0;
    limit->refused = 0;
    limit->reported_ms = run_ms;
    return refused;
}
