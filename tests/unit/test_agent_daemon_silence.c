/* The daemon's view of its own silence, by fake running times. */
#include "agent/daemon/silence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WALL 1795438380000

static char text[TABLE_AGE_TEXT];

/* A cycle of 20 ms. */
static void cycle_of(struct silence *s, int64_t run_ms, int64_t interval_ms)
{
    const struct silence_cycle cycle = {.began_run_ms = run_ms,
                                        .began_wall_ms = WALL + run_ms,
                                        .ended_run_ms = run_ms + 20,
                                        .due_run_ms = run_ms + interval_ms,
                                        .interval_ms = interval_ms};
    silence_finish(s, &cycle);
}

static void cycle_at(struct silence *s, int64_t run_ms)
{
    cycle_of(s, run_ms, 1000);
}

static bool report_at(struct silence *s, int64_t run_ms, uint32_t age_ms)
{
    const struct ipc_stale report = {.age_ms = age_ms};
    return silence_take_report(s, &report, run_ms, WALL, text);
}

static struct silence scanning(void)
{
    struct silence s = {0};
    silence_expect(&s, 1000, 1000, 1000);
    cycle_at(&s, 1100);
    return s;
}

static void a_hung_first_scan_is_silence(void **state)
{
    (void)state;
    struct silence s = {0};
    assert_false(silence_is_stale(&s, 999999)); /* nothing is expected yet */
    silence_expect(&s, 1000, 1000, 10000);
    assert_int_equal(s.sampled_run_ms, 1000);
    assert_false(silence_is_stale(&s, 26000));
    assert_true(silence_is_stale(&s, 26001));
}

static void a_shorter_interval_does_not_make_the_table_stale(void **state)
{
    (void)state;
    struct silence s = {0};
    silence_expect(&s, 1000, 1000, 3600000);
    cycle_of(&s, 1000, 3600000);
    silence_expect(&s, 3000000, 3000000, 1000); /* a reload */
    assert_false(silence_is_stale(&s, 3007000));
    assert_true(silence_is_stale(&s, 3007001));
    assert_int_equal(s.sampled_run_ms, 1000); /* its age is what it is */
}

/* Only a scan does. */
static void a_reload_does_not_end_a_silence(void **state)
{
    (void)state;
    struct silence s = scanning();
    silence_expect(&s, 38000, 38000, 1000);
    assert_true(silence_is_stale(&s, 38000));
    assert_true(report_at(&s, 38000, 8050));
    silence_expect(&s, 38010, 38010, 1000);
    assert_false(silence_take_end(&s, 38010, text));
    cycle_at(&s, 38100);
    assert_true(silence_take_end(&s, 38120, text));
    assert_string_equal(text, "scanning again: there was no scan for 37 s");
}

static void a_report_is_taken_once_and_has_an_end(void **state)
{
    (void)state;
    struct silence s = scanning();
    assert_false(silence_take_end(&s, 2000, text));
    assert_true(report_at(&s, 38000, 8050));
    assert_string_equal(text, "no scan since 2026-11-23T12:53:01+0000 (8 s); "
                              "procgroupd does not respond");
    assert_false(report_at(&s, 38000, 8050));
    assert_false(silence_take_end(&s, 38000, text)); /* not yet */
    cycle_at(&s, 38100);
    assert_true(silence_take_end(&s, 38120, text));
    assert_string_equal(text, "scanning again: there was no scan for 37 s");
    assert_false(silence_take_end(&s, 38120, text));
    assert_false(report_at(&s, 38130, 8050));
    /* And the next silence. */
    assert_true(report_at(&s, 50000, 8050));
}

static void no_report_no_end(void **state)
{
    (void)state;
    struct silence s = scanning();
    cycle_at(&s, 38100); /* the SNMP process was stopped too */
    assert_false(silence_take_end(&s, 38120, text));
}

static void a_report_without_silence_is_not_taken(void **state)
{
    (void)state;
    struct silence s = scanning();
    assert_false(report_at(&s, 2000, 8050));
    assert_false(report_at(&s, 9120, 8050));
    assert_true(report_at(&s, 9121, 8050));
}

/* The SNMP process reported while the daemon was scanning again. */
static void a_report_may_come_after_the_end(void **state)
{
    (void)state;
    struct silence s = scanning();
    cycle_at(&s, 9110);
    assert_true(report_at(&s, 9140, 8025));
    assert_non_null(strstr(text, "12:53:01")); /* the scan before */
    assert_true(silence_take_end(&s, 9140, text));
    s = scanning();
    cycle_at(&s, 9110);
    cycle_at(&s, 10110);
    assert_false(report_at(&s, 14200, 8025)); /* too late */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hung_first_scan_is_silence),
        cmocka_unit_test(a_shorter_interval_does_not_make_the_table_stale),
        cmocka_unit_test(a_reload_does_not_end_a_silence),
        cmocka_unit_test(a_report_is_taken_once_and_has_an_end),
        cmocka_unit_test(no_report_no_end),
        cmocka_unit_test(a_report_without_silence_is_not_taken),
        cmocka_unit_test(a_report_may_come_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
