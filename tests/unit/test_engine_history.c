#include "engine/history.h"
#include "heap.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void one_sample_gives_no_rate(void **state)
{
    (void)state;
    struct history h = {0};
    double rate = 7;
    assert_int_equal(history_rate(&h, 1000, 0, 5000, 1, &rate), -ENODATA);
    history_add(&h, 1000, 5000, 1);
    assert_int_equal(history_rate(&h, 1000, 0, 5000, 1, &rate), -ENODATA);
    assert_true(rate == 7);
}

static void a_short_history_uses_its_oldest_sample(void **state)
{
    (void)state;
    struct history h = {0};
    double rate;
    history_add(&h, 10000, 1000, 100);
    assert_int_equal(history_rate(&h, 10000, 0, 3000, 300, &rate), 0);
    assert_true(rate == 100);
}

static void the_newest_sample_that_is_old_enough_is_used(void **state)
{
    (void)state;
    struct history h = {0};
    double rate;
    int64_t span;
    for (int i = 0; i <= 4; i++)
        history_add(&h, 2000, i * 1000, i * i);
    assert_int_equal(history_growth(&h, 2000, 4500, 20, &rate, &span), 0);
    assert_int_equal(span, 2500); /* the point at 2,000 */
    assert_true(rate == 16);
}

static void a_counter_that_shrinks_has_no_growth(void **state)
{
    (void)state;
    struct history h = {0};
    double rate;
    history_add(&h, 1000, 0, 500);
    assert_int_equal(history_rate(&h, 1000, 0, 2000, 400, &rate), 0);
    assert_true(rate == 0);
}

/* Times in 32 bits would begin again after 49 days; the second window is longer. */
static void months_keep_the_window(void **state)
{
    (void)state;
    const int64_t day = 86400000;
    const int64_t windows[] = {7 * day, 70 * day};
    double growth;
    int64_t span;
    for (size_t k = 0; k < 2; k++) {
        struct history h = {0};
        const int64_t step = windows[k] / 7;
        for (int i = 0; i < 300; i++) {
            history_add(&h, windows[k], i * step, i);
            if (i < 1)
                continue;
            assert_int_equal(
                history_growth(&h, windows[k], i * step + 1, i, &growth, &span), 0);
            assert_in_range(span, (i < 7 ? i : 7) * step + 1,
                            (i < 7 ? i : 7) * step + 10);
            assert_true(growth == (i < 7 ? i : 7));
        }
    }
}

/* After so long without a sample there is nothing to compare with. */
static void a_sample_of_last_year_is_dropped(void **state)
{
    (void)state;
    const int64_t year = 365ll * 86400000;
    struct history h = {0};
    double growth;
    int64_t span;
    for (int i = 0; i < 20; i++)
        history_add(&h, 1000, i * 1000, i);
    history_add(&h, 1000, year, 100);
    assert_int_equal(history_growth(&h, 1000, year, 100, &growth, &span), -ENODATA);
    assert_int_equal(history_growth(&h, 1000, year + 500, 103, &growth, &span), 0);
    assert_int_equal(span, 500);
    assert_true(growth == 3);
}

/* Irregular samples, some at the same time: a steady counter has its rate. Once the
 * window is full, the span is never shorter than it, nor longer than it plus the widest
 * gaps. */
static void irregular_samples_keep_the_window(void **state)
{
    (void)state;
    srand(4711);
    for (int round = 0; round < 300; round++) {
        struct history h = {0};
        int64_t window = 1 + rand() % 60000, now = rand() % 100000, began = now;
        int64_t widest = 0;
        history_add(&h, window, now, (double)now * 3);
        for (int i = 0; i < 200; i++) {
            int64_t gap = rand() % 5 ? rand() % 12000 : 0, span;
            double growth;
            int r = history_growth(&h, window, now + gap, (double)(now + gap) * 3,
                                   &growth, &span);
            now += gap;
            widest = gap > widest ? gap : widest;
            history_add(&h, window, now, (double)now * 3);
            if (now == began)
                continue;
            assert_int_equal(r, 0);
            assert_true(fabs(growth - 3.0 * (double)span) < 0.001);
            assert_true(span >= window - HISTORY_POINTS || span == now - began);
            assert_true(span <= window + window / (HISTORY_POINTS - 1) + 2 * widest);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sample_gives_no_rate),
        cmocka_unit_test(a_short_history_uses_its_oldest_sample),
        cmocka_unit_test(the_newest_sample_that_is_old_enough_is_used),
        cmocka_unit_test(a_counter_that_shrinks_has_no_growth),
        cmocka_unit_test(irregular_samples_keep_the_window),
        cmocka_unit_test(months_keep_the_window),
        cmocka_unit_test(a_sample_of_last_year_is_dropped),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
