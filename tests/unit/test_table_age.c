/* When a table is stale, by fake running times. */
#include "table/table.h"
#include "table/table_age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOW 1795438390000 /* of the wall clock */

static void the_limit_is_three_intervals_and_five_seconds(void **state)
{
    (void)state;
    /* The last scan began at 10 s; the next one is due an interval later. */
    assert_int_equal(table_age_limit(11000, 1000, 0), 10000 + 3 * 1000 + 5000);
    assert_int_equal(table_age_limit(3610000, 3600000, 0), 10000 + 3 * 3600000 + 5000);
    /* A scan that takes long makes its table late, and is not silence. */
    assert_int_equal(table_age_limit(11000, 1000, 20000), 38000);
}

static void a_table_is_stale_after_its_limit(void **state)
{
    (void)state;
    struct table_scalars s = {
        .sampled_ms = 1795438380000, .sampled_run_ms = 10000, .stale_run_ms = 18000};
    struct table_age age;
    table_age_of(&s, 18000, NOW, &age);
    assert_false(age.stale);
    assert_int_equal(age.ms, 8000);
    assert_int_equal(age.since_ms, 0);
    assert_string_equal(age.text, "");
    table_age_of(&s, 18001, NOW, &age);
    assert_true(age.stale);
    assert_int_equal(age.since_ms, NOW - 1);
    assert_string_equal(age.text, "no scan since 2026-11-23T12:53:00+0000 (8 s); "
                                  "procgroupd does not respond");
    table_age_of(&s, 10000 + 100LL * 86400 * 1000, NOW, &age);
    assert_int_equal(age.ms, UINT32_MAX);
    assert_non_null(strstr(age.text, "(8640000 s)"));
    table_age_of(&s, 9999, NOW, &age); /* taken from another boot or clock */
    assert_int_equal(age.ms, 0);
    assert_false(age.stale);
    s.sampled_run_ms = INT64_MIN; /* damaged */
    table_age_of(&s, 20000, NOW, &age);
    assert_int_equal(age.ms, 0);
    assert_true(age.stale);
}

static void before_the_first_scan_the_start_counts(void **state)
{
    (void)state;
    struct table_scalars s = {
        .started_ms = 1795438380000, .sampled_run_ms = 10000, .stale_run_ms = 17000};
    struct table_age age;
    table_age_of(&s, 17500, NOW, &age);
    assert_true(age.stale);
    assert_int_equal(age.ms, 7500);
    assert_string_equal(age.text,
                        "no scan since the start at 2026-11-23T12:53:00+0000 (7 s); "
                        "procgroupd does not respond");
}

static void an_image_without_a_limit_is_never_stale(void **state)
{
    (void)state;
    struct table_scalars s = {.sampled_ms = 1};
    struct table_age age;
    table_age_of(&s, INT64_MAX, NOW, &age);
    assert_false(age.stale);
    assert_int_equal(age.ms, 0);
}

static int in_utc(void **state)
{
    (void)state;
    setenv("TZ", "UTC0", 1);
    tzset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_three_intervals_and_five_seconds),
        cmocka_unit_test(a_table_is_stale_after_its_limit),
        cmocka_unit_test(before_the_first_scan_the_start_counts),
        cmocka_unit_test(an_image_without_a_limit_is_never_stale),
    };
    return cmocka_run_group_tests(tests, in_utc, NULL);
}
