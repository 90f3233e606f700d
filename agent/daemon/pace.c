#include "agent/daemon/pace.h"

int64_t pace_due(const struct pace *pace, int64_t regular_ms, bool wanted,
                 int64_t recheck_ms)
{
    int64_t at = wanted || recheck_ms < pace->next_ms ? pace->next_ms : recheck_ms;
    return at < regular_ms ? at : regular_ms;
}

void pace_add(struct pace *pace, int64_t began_ms, int64_t cpu_us, int64_t gap_ms)
{
    int64_t gap = (cpu_us * PACE_SHARE + 999) / 1000;
    pace->next_ms = began_ms + (gap > gap_ms ? gap : gap_ms);
}
