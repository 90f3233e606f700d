#include "agent/daemon/event_list.h"

#include "base/clock.h"
#include "model/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The last one is in no group. */
static struct process known[] = {{.pid = 10}, {.pid = 20}, {.pid = 30}};
static struct process *known_list[] = {&known[0], &known[1], &known[2]};
static const struct snapshot snapshot = {.list = known_list, .count = 3};
static struct event_list list;
static unsigned questions;

static int tear_down(void **state)
{
    (void)state;
    event_list_free(&list);
    return 0;
}

static bool is_needed(void *ctx, pid_t pid)
{
    assert_null(ctx);
    return pid != 30;
}

static bool is_urgent(void *ctx, pid_t pid)
{
    questions++;
    return *(bool *)ctx && pid != 0;
}

static void add(pid_t pid, enum source_event_kind kind, bool urgent, int64_t now)
{
    const struct source_event event = {pid, kind};
    const struct source_events events = {.list = &event, .count = 1, .all = true};
    assert_int_equal(event_list_add(&list, &events, &snapshot, is_needed, NULL, now), 0);
    event_list_hurry(&list, is_urgent, &urgent, now);
}

static void expect(int64_t now, size_t n, const pid_t *pids)
{
    struct event_wait taken[8];
    assert_int_equal(event_list_take(&list, now, taken, 8), n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(taken[i].pid, pids[i]);
}

static void test_what_is_due_when(void **state)
{
    static const struct {
        enum source_event_kind kind;
        bool urgent;
        int64_t due;
    } rows[] = {
        {SOURCE_STARTED, false, 1100},     {SOURCE_STARTED, true, 1100},
        {SOURCE_EXECUTED, false, 1100},    {SOURCE_EXECUTED, true, 1000},
        {SOURCE_CHANGED_IDS, false, 1100}, {SOURCE_CHANGED_IDS, true, 1000},
        {SOURCE_RENAMED, false, 1100},     {SOURCE_RENAMED, true, 1000},
    };
    (void)state;
    assert_int_equal(event_list_due(&list), CLOCK_NEVER);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        add(5, rows[i].kind, rows[i].urgent, 1000);
        assert_int_equal(event_list_due(&list), rows[i].due);
        event_list_clear(&list);
    }
}

static void test_the_earlier_time_counts(void **state)
{
    (void)state;
    add(5, SOURCE_STARTED, true, 1000);
    add(5, SOURCE_EXECUTED, true, 1050);
    add(5, SOURCE_RENAMED, false, 1060);
    assert_int_equal(event_list_due(&list), 1050);
    expect(1050, 1, (pid_t[]){5});
    expect(99999, 0, NULL);
}

static void test_an_end_of_a_known_process_is_due_at_once(void **state)
{
    (void)state;
    add(20, SOURCE_ENDED, false, 1000);
    add(10, SOURCE_ENDED, false, 1000);
    add(15, SOURCE_ENDED, false, 1000); /* not known */
    add(30, SOURCE_ENDED, true, 1000);
    expect(1000, 2, (pid_t[]){10, 20});
    expect(1099, 0, NULL);
    expect(1100, 1, (pid_t[]){30});
}

/* What the ends before it have led to is known then, too. */
static void test_a_needed_end_hurries_the_others(void **state)
{
    (void)state;
    add(30, SOURCE_ENDED, false, 1000);
    add(40, SOURCE_EXECUTED, false, 1000);
    expect(1050, 0, NULL);
    add(10, SOURCE_ENDED, false, 1050);
    expect(1050, 2, (pid_t[]){10, 30});
    expect(1100, 1, (pid_t[]){40});
}

static void test_what_has_settled_is_read_together(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        add(40 + i, SOURCE_STARTED, false, 1001 + i);
    add(90, SOURCE_STARTED, false, 1051);
    assert_int_equal(event_list_due(&list), 1150);
    assert_int_equal(event_list_take(&list, 1150, (struct event_wait[64]){{0}}, 64), 50);
    expect(1199, 0, NULL);
    expect(1200, 1, (pid_t[]){90});
}

/* One question for all that has arrived about a process, none if it has ended. */
static void test_one_question_for_each(void **state)
{
    const struct source_event list_of_events[] = {
        {5, SOURCE_STARTED},   {5, SOURCE_EXECUTED}, {5, SOURCE_RENAMED},
        {6, SOURCE_STARTED},   {7, SOURCE_EXECUTED}, {7, SOURCE_ENDED},
        {10, SOURCE_EXECUTED}, {10, SOURCE_ENDED},
    };
    const struct source_events events = {.list = list_of_events, .count = 8, .all = true};
    bool urgent = true;
    (void)state;
    questions = 0;
    assert_int_equal(event_list_add(&list, &events, &snapshot, is_needed, NULL, 1000), 0);
    event_list_hurry(&list, is_urgent, &urgent, 1000);
    assert_int_equal(questions, 1);
    expect(1000, 2, (pid_t[]){5, 10});
    event_list_hurry(&list, is_urgent, &urgent, 1000);
    assert_int_equal(questions, 1);
}

static void test_what_comes_and_goes_is_not_read(void **state)
{
    (void)state;
    add(5, SOURCE_STARTED, true, 1000);
    add(6, SOURCE_STARTED, true, 1000);
    add(5, SOURCE_ENDED, true, 1020);
    expect(1099, 0, NULL);
    expect(1100, 1, (pid_t[]){6});
}

static void test_ascending_and_at_most(void **state)
{
    struct event_wait taken[2];
    (void)state;
    for (pid_t pid = 9; pid > 4; pid--)
        add(pid, SOURCE_EXECUTED, true, 1000);
    add(7, SOURCE_EXECUTED, true, 1000); /* once */
    assert_int_equal(event_list_take(&list, 1000, taken, 2), 2);
    assert_int_equal(taken[0].pid, 5);
    assert_int_equal(taken[1].pid, 6);
    expect(1000, 3, (pid_t[]){7, 8, 9});
}

/* Low pids that are always due do not keep the others waiting. */
static void test_each_has_its_turn(void **state)
{
    struct event_wait taken[2];
    bool seen = false;
    (void)state;
    for (int i = 0; i < 4 && !seen; i++) {
        for (pid_t pid = 5; pid < 9; pid++)
            add(pid, SOURCE_EXECUTED, true, 1000);
        if (i == 0)
            add(90, SOURCE_EXECUTED, true, 1000);
        size_t n = event_list_take(&list, 1000, taken, 2);
        for (size_t k = 0; k < n; k++)
            seen = seen || taken[k].pid == 90;
        assert_true(taken[0].pid < taken[1].pid);
    }
    assert_true(seen);
}

static void test_a_zombie_is_read_again(void **state)
{
    struct event_wait taken[1];
    int64_t now = 1000;
    (void)state;
    add(10, SOURCE_ENDED, true, now);
    for (int64_t delay = EVENT_SETTLE_MS; delay < 60000; delay *= 2) {
        assert_int_equal(event_list_take(&list, now, taken, 1), 1);
        event_list_repeat(&list, &taken[0], now);
        int64_t expected = delay < EVENT_REPEAT_MAX_MS ? delay : EVENT_REPEAT_MAX_MS;
        assert_int_equal(event_list_due(&list), now + expected);
        now += expected;
    }
    add(10, SOURCE_EXECUTED, true, now - 50); /* an event is earlier */
    assert_int_equal(event_list_due(&list), now - 50);
}

static void test_too_many_ask_for_a_scan(void **state)
{
    (void)state;
    for (pid_t pid = 1; pid <= EVENT_LIST_MAX; pid++)
        add(100 + pid, SOURCE_STARTED, true, 1000);
    assert_false(list.overflow);
    add(99, SOURCE_STARTED, true, 1000);
    assert_true(list.overflow);
    expect(99999, 0, NULL);
    add(98, SOURCE_EXECUTED, true, 1000); /* the scan will see it */
    expect(99999, 0, NULL);
    event_list_clear(&list);
    assert_false(list.overflow);
    add(98, SOURCE_EXECUTED, true, 1000);
    expect(1000, 1, (pid_t[]){98});
}

static void test_losses_ask_for_a_scan(void **state)
{
    const struct source_events events = {.all = true, .rescan = true, .lost = 1};
    (void)state;
    add(5, SOURCE_EXECUTED, true, 1000);
    assert_int_equal(event_list_add(&list, &events, &snapshot, is_needed, NULL, 1000), 0);
    assert_true(list.overflow);
    expect(99999, 0, NULL);
}

/* A process that does not answer is in the snapshot as it was before. */
static void test_what_is_unfinished(void **state)
{
    struct process read = {.pid = 1, .state = 'S', .sampled_ms = 1000};
    struct process late = {.pid = 2, .state = 'S', .sampled_ms = 999};
    struct process dead = {.pid = 3, .state = 'Z', .sampled_ms = 1001};
    struct process *processes[] = {&read, &late, &dead};
    const pid_t hidden[] = {4};
    const struct snapshot s = {.taken.boot_ms = 1000,
                               .list = processes,
                               .count = 3,
                               .hidden_pids = hidden,
                               .hidden = 1};
    const bool unfinished[] = {false, true, true, true, false};
    (void)state;
    for (pid_t pid = 1; pid <= 5; pid++)
        assert_int_equal(event_wait_is_unfinished(&(struct event_wait){.pid = pid}, &s),
                         unfinished[pid - 1]);
    for (pid_t pid = 1; pid <= 5; pid++)
        add(pid, SOURCE_STARTED, false, 500);
    list.overflow = true;
    event_list_note_scan(&list, &s, 1000);
    assert_false(list.overflow);
    assert_int_equal(event_list_due(&list), 1100);
    event_list_note_scan(&list, &s, 2000);
    assert_int_equal(event_list_due(&list), 2200);
    expect(2200, 3, (pid_t[]){2, 3, 4});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_what_is_due_when, tear_down),
        cmocka_unit_test_teardown(test_the_earlier_time_counts, tear_down),
        cmocka_unit_test_teardown(test_an_end_of_a_known_process_is_due_at_once,
                                  tear_down),
        cmocka_unit_test_teardown(test_a_needed_end_hurries_the_others, tear_down),
        cmocka_unit_test_teardown(test_what_has_settled_is_read_together, tear_down),
        cmocka_unit_test_teardown(test_one_question_for_each, tear_down),
        cmocka_unit_test_teardown(test_what_comes_and_goes_is_not_read, tear_down),
        cmocka_unit_test_teardown(test_ascending_and_at_most, tear_down),
        cmocka_unit_test_teardown(test_each_has_its_turn, tear_down),
        cmocka_unit_test_teardown(test_a_zombie_is_read_again, tear_down),
        cmocka_unit_test_teardown(test_too_many_ask_for_a_scan, tear_down),
        cmocka_unit_test_teardown(test_losses_ask_for_a_scan, tear_down),
        cmocka_unit_test_teardown(test_what_is_unfinished, tear_down),
    };
    return cmocka_run_group_tests_name("event list", tests, NULL, NULL);
}
