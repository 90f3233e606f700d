#include "agent/daemon/heartbeat.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool has_answered(const struct heartbeat *h)
{
    return h->sent == h->answered;
}

void heartbeat_start(struct heartbeat *heartbeat, int64_t now_ms)
{
    heartbeat->answered = heartbeat->sent;
    heartbeat->check_ms = heartbeat->ping_ms = now_ms;
    heartbeat->busy_ms = 0;
    heartbeat->alive = false;
}

void heartbeat_answer(struct heartbeat *heartbeat, uint64_t number)
{
    /* Only the last one: another number does not show that it runs. */
    if (number != heartbeat->sent || has_answered(heartbeat))
        return;
    heartbeat->answered = number;
    heartbeat->busy_ms = 0;
    heartbeat->alive = true;
}

void heartbeat_hurry(struct heartbeat *heartbeat)
{
    int64_t at = heartbeat->pinged_ms + HEARTBEAT_CHECK_MS;
    if (at < heartbeat->ping_ms)
        heartbeat->ping_ms = at;
}

/* Counts the time since the last check, as far as the other process could run and this
 * one was not late. */
static void count_time(struct heartbeat *h, const struct heartbeat_times *times)
{
    int64_t gap = times->now_ms - h->check_ms;
    bool waits = !has_answered(h);
    h->check_ms = times->now_ms;
    if (times->idle_ms > (waits ? HEARTBEAT_WAIT_MS : HEARTBEAT_SLEEP_MAX_MS)) {
        h->waited_ms = h->busy_ms = 0;
        return;
    }
    int64_t planned = waits ? 0 : times->idle_ms;
    int64_t counted = least(gap, planned + HEARTBEAT_CHECK_MS);
    h->waited_ms += waits ? counted : 0;
    h->busy_ms = least(times->busy_ms, h->busy_ms + counted);
}

static bool is_dead(const struct heartbeat *h)
{
    if (!h->alive)
        return h->waited_ms >= HEARTBEAT_START_MS;
    return h->waited_ms >= HEARTBEAT_WAIT_MS ||
           (h->waited_ms >= HEARTBEAT_CHECK_MS && h->busy_ms >= HEARTBEAT_WAIT_MS);
}

enum heartbeat_result heartbeat_check(struct heartbeat *heartbeat,
                                      const struct heartbeat_times *times)
{
    struct heartbeat *h = heartbeat;
    count_time(h, times);
    if (!has_answered(h))
        return is_dead(h) ? HEARTBEAT_DEAD : HEARTBEAT_OK;
    if (times->now_ms < h->ping_ms && h->busy_ms < HEARTBEAT_BUSY_MS)
        return HEARTBEAT_OK;
    h->sent++;
    h->pinged_ms = times->now_ms;
    h->ping_ms = times->now_ms + HEARTBEAT_PING_MS;
    h->waited_ms = 0;
    return HEARTBEAT_PING;
}

int64_t heartbeat_due(const struct heartbeat *heartbeat)
{
    const struct heartbeat *h = heartbeat;
    if (!has_answered(h))
        return h->check_ms + HEARTBEAT_CHECK_MS;
    int64_t next = h->busy_ms ? HEARTBEAT_BUSY_MS - h->busy_ms : HEARTBEAT_READ_MS;
    return least(h->ping_ms, h->check_ms + next);
}

bool heartbeat_wants_check(const struct heartbeat *heartbeat, int64_t now_ms)
{
    return now_ms >= heartbeat_due(heartbeat) ||
           now_ms - heartbeat->check_ms >= HEARTBEAT_OFTEN_MS;
}
