#include "agent/daemon/heartbeat.h"

void heartbeat_start(struct heartbeat *heartbeat, int64_t now_ms)
{
    heartbeat->answered = heartbeat->sent;
    heartbeat->check_ms = heartbeat->ping_ms = now_ms;
    heartbeat->alive = false;
}

void heartbeat_answer(struct heartbeat *heartbeat, uint64_t number)
{
    /* Only the last one: another number does not show that it runs. */
    if (number != heartbeat->sent || number == heartbeat->answered)
        return;
    heartbeat->answered = number;
    heartbeat->alive = true;
}

void heartbeat_hurry(struct heartbeat *heartbeat)
{
    int64_t at = heartbeat->pinged_ms + HEARTBEAT_CHECK_MS;
    if (at < heartbeat->ping_ms)
        heartbeat->ping_ms = at;
}

enum heartbeat_result heartbeat_check(struct heartbeat *heartbeat, int64_t now_ms,
                                      int64_t idle_ms)
{
    struct heartbeat *h = heartbeat;
    int64_t gap = now_ms - h->check_ms;
    h->check_ms = now_ms;
    if (h->sent == h->answered) {
        if (now_ms < h->ping_ms)
            return HEARTBEAT_OK;
        h->sent++;
        h->pinged_ms = now_ms;
        h->ping_ms = now_ms + HEARTBEAT_PING_MS;
        h->waited_ms = 0;
        return HEARTBEAT_PING;
    }
    if (idle_ms > HEARTBEAT_WAIT_MS)
        h->waited_ms = 0;
    else
        h->waited_ms += gap < HEARTBEAT_CHECK_MS ? gap : HEARTBEAT_CHECK_MS;
    int64_t patience = h->alive ? HEARTBEAT_WAIT_MS : HEARTBEAT_START_MS;
    return h->waited_ms < patience ? HEARTBEAT_OK : HEARTBEAT_DEAD;
}

int64_t heartbeat_due(const struct heartbeat *heartbeat)
{
    const struct heartbeat *h = heartbeat;
    return h->sent == h->answered ? h->ping_ms : h->check_ms + HEARTBEAT_CHECK_MS;
}
