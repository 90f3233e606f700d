/* Expensive attributes are read in turn, within a budget: the budget alone, and the
 * source procfs on a made-up /proc, where descriptors are listed. */
#include "fake_proc.h"
#include "heap.h"
#include "proc/internal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include "heap.h"

enum { INTERVAL = 10000, KEEP = TURN_INTERVALS * INTERVAL };

static void test_the_budget_grows_with_time(void **state)
{
    (void)state;
    struct turns t = {.most_us = 50000};
    turns_begin(&t, 1000);
    assert_int_equal(t.left_us, 50000);
    turns_charge(&t, 49999);
    assert_true(turns_may_read(&t));
    turns_charge(&t, 1);
    assert_false(turns_may_read(&t));
    turns_begin(&t, 1000); /* an update in the same moment gets none */
    assert_false(turns_may_read(&t));
    turns_begin(&t, 1010);
    assert_int_equal(t.left_us, 1000); /* a tenth */
    turns_begin(&t, 1005);             /* never back */
    assert_int_equal(t.left_us, 1000);
    turns_begin(&t, 100000);
    assert_int_equal(t.left_us, 50000); /* it is not saved */
    turns_charge(&t, 2050000);          /* one that took two seconds */
    turns_begin(&t, 119999);
    assert_false(turns_may_read(&t));
    turns_begin(&t, 121000);
    assert_true(turns_may_read(&t));
}

static void test_no_limit(void **state)
{
    (void)state;
    struct turns t = {.most_us = 0};
    turns_begin(&t, 1000);
    turns_charge(&t, 1000000);
    assert_true(turns_may_read(&t));
}

static void test_how_long_a_value_holds(void **state)
{
    (void)state;
    struct turns t = {.most_us = 1, .keep_ms = KEEP};
    struct turn turn = {0};
    turns_begin(&t, 1000);
    turn_ask(&turn, 500, 1000);
    assert_int_equal(turns_postpone(&t, &turn, 1000), -EAGAIN);
    turn_ask(&turn, 500, 1000 + KEEP); /* it still waits since the first time */
    assert_int_equal(turns_postpone(&t, &turn, 1000 + KEEP), -EAGAIN);
    assert_int_equal(turns_postpone(&t, &turn, 1001 + KEEP), -ETIME);
    assert_int_equal(t.postponed, 3);
    turn_take(&turn, 0, 2000);
    assert_int_equal(turns_postpone(&t, &turn, 2000 + KEEP), 0);
    assert_int_equal(turns_postpone(&t, &turn, 2001 + KEEP), -ETIME);
    turn_take(&turn, -EACCES, 3000); /* a refusal holds as long */
    assert_int_equal(turns_postpone(&t, &turn, 3000 + KEEP), -EACCES);
    turn_take(&turn, 0, 4000);
    turn_ask(&turn, 3500, 5000); /* another program */
    assert_int_equal(turns_postpone(&t, &turn, 5000), -EAGAIN);
}

/* ------------------------------------------------------------ the source */

enum { N = 4, FIRST = 10 };

static void put_fds(int pid, int n)
{
    char path[64];
    snprintf(path, sizeof(path), "%d/fd", pid);
    fake_remove(fake_at(path));
    mkdir(fake_at(path), 0755);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%d/fd/%d", pid, i);
        fake_put_text(path, "");
    }
}

static void put_process(int pid, int fds)
{
    char path[64];
    fake_put_process(pid, "server", 1, 0, 100 + pid, 1);
    snprintf(path, sizeof(path), "%d/limits", pid);
    fake_put_text(path, "Max open files            1024       4096       files\n");
    put_fds(pid, fds);
}

/* The budget is used up by the first read: one process has its turn in each cycle. */
static void start(void)
{
    const struct source_config config = {.interval_ms = INTERVAL};
    for (int i = 0; i < N; i++)
        put_process(FIRST + i, 3);
    fake_start_with((struct procfs_options){.expensive_ms = 1});
    fake_configure(&config);
    fake.procfs->turns.most_us = 1;
}

static const struct snapshot *cycle(int64_t now_ms)
{
    struct source_want wants[N];
    const struct snapshot *s = fake_scan_at(PROCESS_STAT, now_ms);
    assert_int_equal(s->count, N);
    for (size_t i = 0; i < N; i++)
        wants[i] = (struct source_want){s->list[i], PROCESS_FDS, false};
    fake.source.read(fake.source.ctx, wants, N);
    return s;
}

static int error_of(const struct snapshot *s, int pid)
{
    return process_error(snapshot_find(s, pid), PROCESS_FDS);
}

static unsigned fds_of(const struct snapshot *s, int pid)
{
    const struct process *p = snapshot_find(s, pid);
    assert_true((p->have & PROCESS_FDS) != 0);
    return p->usage->fds;
}

static void test_each_has_its_turn(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < N; i++) {
        const struct snapshot *s = cycle(1000000 + i * INTERVAL);
        assert_int_equal(s->postponed, N - 1);
        for (int k = 0; k < N; k++) {
            assert_int_equal(error_of(s, FIRST + k), k <= i ? 0 : EAGAIN);
            if (k <= i)
                assert_int_equal(fds_of(s, FIRST + k), 3);
        }
    }
    for (int i = 0; i < N; i++)
        put_fds(FIRST + i, 5);
    for (int i = 0; i < N; i++) { /* the oldest value first; the others are kept */
        int64_t now_ms = 1000000 + (N + i) * INTERVAL;
        const struct snapshot *s = cycle(now_ms);
        for (int k = 0; k < N; k++) {
            assert_int_equal(fds_of(s, FIRST + k), k <= i ? 5 : 3);
            int64_t read_ms = now_ms - (i - k + (k > i ? N : 0)) * INTERVAL;
            assert_int_equal(snapshot_find(s, FIRST + k)->usage->kept_ms,
                             k == i ? 0 : read_ms);
        }
    }
}

static void test_an_old_value_is_none(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < N; i++)
        cycle(1000000 + i * INTERVAL);
    int64_t last_ms = 1000000 + (N - 1) * INTERVAL;
    const struct snapshot *s = cycle(last_ms + KEEP);
    for (int i = 0; i < N; i++) /* the first one was read now */
        assert_int_equal(error_of(s, FIRST + i), i == 0 || i == N - 1 ? 0 : ETIME);
    s = cycle(last_ms + KEEP + 1);
    assert_int_equal(error_of(s, FIRST + N - 1), ETIME);
    assert_int_equal(error_of(s, FIRST + 1), 0);
}

/* What another program had open says nothing. */
static void test_an_exec_ends_a_value(void **state)
{
    (void)state;
    start();
    cycle(1000000);
    assert_int_equal(fds_of(cycle(1010000), FIRST), 3);
    fake_put_process(FIRST, "other", 1, 0, 100 + FIRST, 2);
    const struct snapshot *s = cycle(1020000);
    assert_int_equal(error_of(s, FIRST), EAGAIN);
    assert_int_equal(fds_of(s, FIRST + 1), 3);
}

static void test_a_large_budget_postpones_none(void **state)
{
    (void)state;
    start();
    fake.procfs->turns.most_us = 10000000;
    for (int i = 0; i < 3; i++) {
        const struct snapshot *s = cycle(1000000 + i * INTERVAL);
        assert_int_equal(s->postponed, 0);
        for (int k = 0; k < N; k++) {
            assert_int_equal(fds_of(s, FIRST + k), 3);
            assert_int_equal(snapshot_find(s, FIRST + k)->usage->kept_ms, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_budget_grows_with_time),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_how_long_a_value_holds),
        cmocka_unit_test_setup_teardown(test_each_has_its_turn, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(test_an_old_value_is_none, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(test_an_exec_ends_a_value, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(test_a_large_budget_postpones_none, fake_set_up,
                                        fake_tear_down),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
