/* When events are taken together. */
#include "agent/daemon/event_list.h"
#include "agent/daemon/gather.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* So many wake-ups, `every_ms`, each for `events`; returns the longest wait. */
static int64_t longest(struct gather *gather, int64_t *now, int n, int64_t every_ms,
                       uint32_t events)
{
    int64_t most = 0;
    for (int i = 0; i < n; i++, *now += every_ms) {
        int64_t ms = gather_ms(gather, *now, events);
        most = ms > most ? ms : most;
    }
    return most;
}

static void test_the_first_are_taken_at_once(void **state)
{
    (void)state;
    struct gather gather = {0};
    int64_t now = 1000;
    assert_int_equal(longest(&gather, &now, GATHER_BURST, 0, 1), 0);
    assert_int_equal(longest(&gather, &now, 1, 0, 1), GATHER_MS);
}

static void test_a_few_are_never_gathered(void **state)
{
    (void)state;
    struct gather gather = {0};
    int64_t now = 1000;
    assert_int_equal(longest(&gather, &now, 1000, 1000 / GATHER_PER_S, 1), 0);
}

static void test_a_storm_is_gathered_longer(void **state)
{
    (void)state;
    struct gather gather = {0};
    int64_t now = 1000;
    /* Twice as many as there may be, but few wake-ups. */
    assert_int_equal(longest(&gather, &now, 100, 500, GATHER_STORM_PER_S),
                     GATHER_STORM_MS);
    assert_int_equal(longest(&gather, &now, 100, 10, 1), GATHER_STORM_MS);
}

static void test_a_storm_is_gathered_until_others_wake_up(void **state)
{
    (void)state;
    struct gather gather = {0};
    int64_t now = 1000;
    (void)longest(&gather, &now, 100, 10, GATHER_STORM_PER_S);
    for (int i = 0; i < 100; i++, now += 7) {
        int64_t ms = gather_ms(&gather, now, GATHER_STORM_PER_S);
        assert_in_range(ms, 1, GATHER_STORM_MS);
        assert_int_equal((now + ms) % GATHER_STORM_MS, 0);
    }
    assert_int_equal(EVENT_GRID_MS % GATHER_STORM_MS, 0);
}

static void test_events_that_come_one_by_one_are_no_storm(void **state)
{
    (void)state;
    struct gather gather = {0};
    int64_t now = 1000;
    assert_int_equal(longest(&gather, &now, 1000, 1000 / (GATHER_STORM_PER_S - 10), 1),
                     GATHER_MS);
}

static void test_after_a_wait_without_events_the_next_one_is_taken_at_once(void **state)
{
    (void)state;
    struct gather gather = {0};
    int64_t now = 1000;
    (void)longest(&gather, &now, 1000, 1, 10);
    assert_int_equal(longest(&gather, &now, 1, 0, 10), GATHER_STORM_MS);
    assert_int_equal(gather_ms(&gather, now, 0), 0);
}

static void test_a_storm_is_forgotten(void **state)
{
    (void)state;
    struct gather gather = {0};
    int64_t now = 1000;
    (void)longest(&gather, &now, 10000, 1, 10);
    now += 4000;
    assert_int_equal(longest(&gather, &now, GATHER_BURST, 1, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_are_taken_at_once),
        cmocka_unit_test(test_a_few_are_never_gathered),
        cmocka_unit_test(test_a_storm_is_gathered_longer),
        cmocka_unit_test(test_a_storm_is_gathered_until_others_wake_up),
        cmocka_unit_test(test_events_that_come_one_by_one_are_no_storm),
        cmocka_unit_test(test_after_a_wait_without_events_the_next_one_is_taken_at_once),
        cmocka_unit_test(test_a_storm_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
