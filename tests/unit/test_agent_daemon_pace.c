/* Early cycles: the first one at once, a tenth of one CPU for all of them, none later
 * than the regular one. */
#include "agent/daemon/pace.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define NO  false
#define YES true

static void without_a_reason_the_regular_cycle_is_next(void **state)
{
    (void)state;
    struct pace pace = {0};
    assert_int_equal(pace_due(&pace, 5000, NO, CLOCK_NEVER), 5000);
    assert_int_equal(pace_due(&pace, 5000, NO, 6000), 5000);
    pace_add(&pace, 1000, 20000, PACE_GAP_MS);
    assert_int_equal(pace_due(&pace, 5000, NO, CLOCK_NEVER), 5000);
}

/* Also right after a regular cycle, which does not count. */
static void the_first_is_at_once(void **state)
{
    (void)state;
    struct pace pace = {0};
    assert_true(pace_due(&pace, 5000, YES, CLOCK_NEVER) <= 1);
    assert_int_equal(pace_due(&pace, 5000, NO, 1234), 1234);
    pace_add(&pace, 1000, 20000, PACE_GAP_MS);
    assert_true(pace_due(&pace, 5000, YES, CLOCK_NEVER) <= 1200);
}

static void the_next_waits_for_what_one_has_cost(void **state)
{
    (void)state;
    struct pace pace = {0};
    pace_add(&pace, 1000, 20000, PACE_GAP_MS); /* 20 ms of CPU */
    assert_int_equal(pace_due(&pace, 5000, YES, CLOCK_NEVER), 1200);
    assert_int_equal(pace_due(&pace, 5000, NO, 1100), 1200);
    assert_int_equal(pace_due(&pace, 5000, NO, 1201), 1201);
    assert_int_equal(pace_due(&pace, 1150, YES, 1100), 1150); /* the regular one */
    pace_add(&pace, 2000, 100, PACE_GAP_MS);                  /* a very cheap one */
    assert_int_equal(pace_due(&pace, 5000, YES, CLOCK_NEVER), 2000 + PACE_GAP_MS);
    pace_add(&pace, 3000, 3600000000, PACE_GAP_MS);
    assert_int_equal(pace_due(&pace, 5000, YES, CLOCK_NEVER), 5000);
}

static unsigned roll(unsigned *seed, unsigned n)
{
    return (unsigned)rand_r(seed) % n;
}

struct run {
    int64_t early_us;   /* CPU time of early cycles */
    int64_t longest_us; /* of one */
    int n_early;
    int64_t latest_ms; /* that an event or a recheck waited */
};

/* A minute of events and rechecks at random times; each cycle answers all of them. */
static struct run simulate(unsigned seed, int64_t interval, unsigned every_ms,
                           unsigned most_us)
{
    struct pace pace = {0};
    struct run run = {0};
    int64_t regular = 0, waiting = -1, recheck = CLOCK_NEVER;
    for (int64_t now = 0; now < 60000;) {
        if (waiting < 0 && !roll(&seed, every_ms))
            waiting = now;
        if (recheck == CLOCK_NEVER && !roll(&seed, every_ms))
            recheck = now + roll(&seed, 300);
        if (now < pace_due(&pace, regular, waiting >= 0, recheck)) {
            now++;
            continue;
        }
        int64_t cost = 1000 + roll(&seed, most_us);
        int64_t began = now;
        if (waiting >= 0 && began - waiting > run.latest_ms)
            run.latest_ms = began - waiting;
        if (recheck <= began && began - recheck > run.latest_ms)
            run.latest_ms = began - recheck;
        now += cost / 1000;
        if (began < regular) {
            pace_add(&pace, began, cost, PACE_GAP_MS);
            run.early_us += cost;
            run.longest_us = cost > run.longest_us ? cost : run.longest_us;
            run.n_early++;
        } else {
            regular = began + interval;
        }
        waiting = -1;
        if (recheck <= began)
            recheck = CLOCK_NEVER;
    }
    return run;
}

static void early_cycles_take_a_tenth_and_nothing_starves(void **state)
{
    (void)state;
    for (unsigned s = 1; s < 50; s++) {
        unsigned seed = s;
        int64_t interval = 100 + roll(&seed, 10000);
        unsigned most_us = 1 + roll(&seed, 60000);
        struct run run = simulate(s, interval, 1 + roll(&seed, 50), most_us);
        assert_true(run.early_us <= 60000 * 1000 / 10 + run.longest_us);
        assert_true(run.n_early <= 60000 / PACE_GAP_MS + 1);
        /* No longer than ten times a cycle, and the cycle that is running. */
        assert_true(run.latest_ms <= 11 * (1000 + (int64_t)most_us) / 1000 + PACE_GAP_MS);
        assert_true(run.latest_ms <= interval + (1000 + (int64_t)most_us) / 1000);
    }
}

/* Some at once, then a share of the time; what was too much is soon forgotten. */
static void a_budget_is_used_up_and_comes_back(void **state)
{
    (void)state;
    struct pace_budget budget = {0};
    for (int i = 0; i < 5; i++)
        assert_false(pace_use(&budget, 100000, 1000, 10000, 5000));
    assert_true(pace_use(&budget, 100000, 1000, 10000, 5000));
    assert_false(pace_use(&budget, 100200, 1000, 10000, 5000));
    assert_true(pace_use(&budget, 100200, 1000000, 10000, 5000));
    assert_true(pace_use(&budget, 100600, 1000, 10000, 5000));
    assert_false(pace_use(&budget, 101100, 1000, 10000, 5000));
    int64_t used = 0;
    for (int64_t now = 200000; now < 260000; now++)
        if (budget.debt - (now - budget.at_ms) * 10 < 5000)
            used += (pace_use(&budget, now, 300, 10000, 5000), 300);
    assert_true(used >= 590000 && used <= 606000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_reason_the_regular_cycle_is_next),
        cmocka_unit_test(the_first_is_at_once),
        cmocka_unit_test(the_next_waits_for_what_one_has_cost),
        cmocka_unit_test(a_budget_is_used_up_and_comes_back),
        cmocka_unit_test(early_cycles_take_a_tenth_and_nothing_starves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
