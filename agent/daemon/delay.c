#include "agent/daemon/delay.h"

#include "base/log.h"

#define LATE_MS   1000
#define RESUME_MS 1000

/* The time that the machine was suspended since the last call. */
static int64_t take_suspended(struct delay *delay, struct moment now)
{
    int64_t ms = delay->known ? now.suspended_ms - delay->suspended_ms : 0;
    delay->known = true;
    delay->suspended_ms = now.suspended_ms;
    return ms;
}

void delay_note(struct delay *delay, struct moment now, int64_t due_ms, struct log *log)
{
    int64_t suspended_ms = take_suspended(delay, now);
    if (suspended_ms >= RESUME_MS)
        log_notice(log, "resumed after %lld s of suspend",
                   (long long)(suspended_ms + 500) / 1000);
    if (now.boot_ms < due_ms)
        return;
    int64_t late_ms = now.boot_ms - due_ms - suspended_ms;
    if (late_ms > LATE_MS && !delay->late)
        log_warn(log, "scan started %lld ms late", (long long)late_ms);
    delay->late = late_ms > LATE_MS;
}
