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

bool pace_use(struct pace_budget *budget, int64_t now_ms, int64_t amount, int64_t per_s,
              int64_t burst)
{
    int64_t passed = now_ms - budget->at_ms, most_ms = burst * 2000 / per_s;
    int64_t back = (passed < most_ms ? passed : most_ms) * per_s / 1000;
    budget->at_ms = now_ms;
    budget->debt = (budget->debt > back ? budget->debt - back : 0) + amount;
    bool over = budget->debt > burst;
    if (budget->debt > 2 * burst)
        budget->debt = 2 * burst;
    return over;
}
