#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOVEMBER     INT64_C(1795438260000) /* 2026-11-23, 12:51 UTC */
#define JULY         INT64_C(1782907200000) /* 2026-07-01, 12:00 UTC */

static int64_t ms_of(clockid_t clock)
{
    struct timespec t;
    assert_int_equal(clock_gettime(clock, &t), 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Between two readings of the clocks that the header names. */
static void test_now(void **state)
{
    (void)state;
    int64_t boot = ms_of(CLOCK_BOOTTIME);
    int64_t wall = ms_of(CLOCK_REALTIME);
    struct moment now = clock_now();
    int64_t later = clock_boot_ms();
    assert_true(boot <= now.boot_ms && now.boot_ms <= later);
    assert_true(later <= ms_of(CLOCK_BOOTTIME));
    assert_true(wall <= now.wall_ms && now.wall_ms <= ms_of(CLOCK_REALTIME));
}

static const struct {
    const char *zone;
    int64_t wall_ms;
    const char *text;
} times[] = {
    {"UTC0", NOVEMBER, "2026-11-23T12:51:00+0000"},
    {"UTC0", NOVEMBER + 999, "2026-11-23T12:51:00+0000"},
    {"UTC0", NOVEMBER - 1, "2026-11-23T12:50:59+0000"},
    {"CET-1CEST,M3.5.0,M10.5.0/3", NOVEMBER, "2026-11-23T13:51:00+0100"},
    {"CET-1CEST,M3.5.0,M10.5.0/3", JULY, "2026-07-01T14:00:00+0200"},
    {"<+0545>-5:45", NOVEMBER, "2026-11-23T18:36:00+0545"},
    {"<-0330>3:30", NOVEMBER, "2026-11-23T09:21:00-0330"},
    {"UTC0", 0, "1970-01-01T00:00:00+0000"},
    {"UTC0", -1, "1969-12-31T23:59:59+0000"},
    {"UTC0", -1000, "1969-12-31T23:59:59+0000"},
    {"UTC0", -1001, "1969-12-31T23:59:58+0000"},
};

static void set_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

static void test_wall_time_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        char text[32];
        set_zone(times[i].zone);
        assert_ptr_equal(clock_format_wall(times[i].wall_ms, text, sizeof(text)), text);
        assert_string_equal(text, times[i].text);
    }
}

static void test_times_beyond_reason(void **state)
{
    (void)state;
    static const int64_t walls[] = {INT64_MAX, INT64_MIN, CLOCK_NEVER, INT64_C(1) << 55};
    set_zone("UTC0");
    for (size_t i = 0; i < COUNT(walls); i++) {
        char text[40];
        memset(text, '#', sizeof(text));
        clock_format_wall(walls[i], text, 32);
        assert_non_null(memchr(text, '\0', 32));
        assert_true(strlen(text) > 0);
        assert_int_equal(text[32], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_wall_time_as_text),
        cmocka_unit_test(test_times_beyond_reason),
    };
    return cmocka_run_group_tests_name("base_clock", tests, NULL, NULL);
}
