#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define TRIES 10

static int64_t read_ms(clockid_t clock)
{
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct moment clock_now(void)
{
    struct moment now = {0};
    int64_t before, after;
    int tries = TRIES;
    /* Both clocks at the same time: the process may be stopped between two calls. */
    do {
        before = read_ms(CLOCK_MONOTONIC);
        now.boot_ms = read_ms(CLOCK_BOOTTIME);
        after = read_ms(CLOCK_MONOTONIC);
    } while (after - before > 1 && --tries);
    now.suspended_ms = now.boot_ms - after;
    now.wall_ms = read_ms(CLOCK_REALTIME);
    return now;
}

int64_t clock_run_of(struct moment moment)
{
    return moment.boot_ms - moment.suspended_ms;
}

int64_t clock_boot_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_run_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

struct timespec clock_after(int patience_ms)
{
    struct timespec at = {0};
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += patience_ms % 1000 * 1000000L;
    at.tv_sec += patience_ms / 1000 + at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static int64_t read_us(clockid_t clock)
{
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_effort_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_cpu_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
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
