#include "engine/suspend.h"

#define JUMP_MS 1000 /* two clocks are not read at the same time */

void suspend_note(struct suspend *suspend, struct moment now)
{
    struct suspend *s = suspend;
    if (!s->known) {
        s->known = true;
        s->before_ms = s->after_ms = now.suspended_ms;
    } else if (now.suspended_ms - s->after_ms >= JUMP_MS) {
        s->before_ms = s->after_ms;
        s->after_ms = now.suspended_ms;
        s->scan_boot_ms = s->cycle_boot_ms;
    }
    s->cycle_boot_ms = now.boot_ms;
}

int64_t suspend_run_ms(const struct suspend *suspend, int64_t boot_ms)
{
    const struct suspend *s = suspend;
    /* It began after that scan, and nothing happened in it. */
    bool is_before = boot_ms < s->scan_boot_ms + s->after_ms - s->before_ms;
    return boot_ms - (is_before ? s->before_ms : s->after_ms);
}
