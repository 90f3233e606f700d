#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t clock)
{
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct moment clock_now(void)
{
    return (struct moment){.boot_ms = read_ms(CLOCK_BOOTTIME),
                           .wall_ms = read_ms(CLOCK_REALTIME)};
}

int64_t clock_boot_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_run_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_effort_us(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

char *clock_format_wall(int64_t wall_ms, char *ret_text, unsigned size)
{
    time_t seconds = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
    struct tm tm;
    if (!localtime_r(&seconds, &tm) ||
        !strftime(ret_text, size, "%Y-%m-%dT%H:%M:%S%z", &tm))
        snprintf(ret_text, size, "?");
    return ret_text;
}
