/* How often the SNMP process may change something. */
#include "agent/daemon/set_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static unsigned take(struct set_limit *limit, unsigned n, int64_t run_ms)
{
    unsigned taken = 0;
    while (n--)
        taken += set_limit_take(limit, run_ms);
    return taken;
}

static void test_burst_and_rate(void **state)
{
    (void)state;
    struct set_limit limit = {0};
    assert_int_equal(take(&limit, 1000, 5000), SET_LIMIT_BURST);
    assert_int_equal(take(&limit, 10, 5499), 0);
    assert_int_equal(take(&limit, 10, 5500), 1);
    assert_int_equal(take(&limit, 10, 6250), 1);
    assert_int_equal(take(&limit, 10, 6500), 1); /* no part of the time is lost */
    assert_int_equal(take(&limit, 1000, 6500 + 100 * SET_LIMIT_PER_MS), 100);
    assert_int_equal(take(&limit, 1000, INT64_MAX), SET_LIMIT_BURST);
}

/* A second that is used little saves nothing beyond the burst. */
static void test_slow_changes(void **state)
{
    (void)state;
    struct set_limit limit = {0};
    for (int64_t t = 1; t < 100; t++)
        assert_int_equal(take(&limit, 1, t * 10000), 1);
    assert_int_equal(take(&limit, 1000, 1000000), SET_LIMIT_BURST);
    assert_int_equal(limit.refused, 1000 - SET_LIMIT_BURST);
}

static void test_reports(void **state)
{
    (void)state;
    struct set_limit limit = {0};
    assert_int_equal(set_limit_report(&limit, 1), 0);
    take(&limit, SET_LIMIT_BURST + 3, 1);
    assert_int_equal(set_limit_report(&limit, 2), 3);
    assert_int_equal(set_limit_report(&limit, 3), 0);
    take(&limit, 5, 3);
    assert_int_equal(set_limit_report(&limit, 1 + SET_LIMIT_REPORT_MS), 0);
    assert_int_equal(set_limit_report(&limit, 2 + SET_LIMIT_REPORT_MS), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_rate),
        cmocka_unit_test(test_slow_changes),
        cmocka_unit_test(test_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
