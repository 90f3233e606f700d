/* When does the SNMP process count as hung? With a fake clock. */
#include "agent/daemon/heartbeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct heartbeat h;
static int64_t now;
static int64_t idle; /* of the time since the last check */
static int64_t work; /* since when it is at the same work, 0 = it waits */
static int checks;   /* of run() */

static int begin(void **state)
{
    (void)state;
    now = 1000000;
    idle = work = 0;
    checks = 0;
    h = (struct heartbeat){0};
    heartbeat_start(&h, now);
    return 0;
}

static enum heartbeat_result check(void)
{
    const struct heartbeat_times times = {now, idle, work ? now - work : 0};
    idle = 0;
    return heartbeat_check(&h, &times);
}

static void expect(enum heartbeat_result want)
{
    assert_int_equal(check(), want);
}

/* A process that has answered once. */
static void begin_alive(void)
{
    expect(HEARTBEAT_PING);
    heartbeat_answer(&h, h.sent);
}

/* Calls heartbeat_check() when it is due, for `ms` at most. Returns the time until it is
 * declared hung, -1 = it is not. */
static int64_t run(int64_t ms, bool answers)
{
    int64_t began = now;
    while (heartbeat_due(&h) <= began + ms) {
        idle = now < heartbeat_due(&h) ? heartbeat_due(&h) - now : 0;
        now += idle;
        checks++;
        enum heartbeat_result result = check();
        if (result == HEARTBEAT_DEAD)
            return now - began;
        if (result == HEARTBEAT_PING && answers)
            heartbeat_answer(&h, h.sent);
    }
    now = began + ms;
    return -1;
}

/* Nothing is sent: few pings and checks. */
static void test_an_idle_daemon(void **state)
{
    (void)state;
    begin_alive();
    assert_int_equal(run(60000, true), -1);
    assert_int_equal(h.sent, 1 + 4);
    assert_int_equal(checks, 12);
}

/* What is sent is followed by a ping, but there is at most one a second. */
static void test_a_ping_with_what_is_sent(void **state)
{
    (void)state;
    begin_alive();
    run(5000, true);
    heartbeat_hurry(&h);
    assert_true(heartbeat_due(&h) <= now);
    expect(HEARTBEAT_PING);
    heartbeat_answer(&h, h.sent);
    heartbeat_hurry(&h);
    assert_int_equal(heartbeat_due(&h), now + 1000);
    expect(HEARTBEAT_OK);
    for (int i = 0; i < 100; i++) {
        heartbeat_hurry(&h);
        assert_int_equal(run(200, true), -1);
    }
    assert_in_range(h.sent, 21, 23);
}

static void test_no_answer_for_5_s(void **state)
{
    (void)state;
    begin_alive();
    run(15000, true);
    int64_t ms = run(60000, false);
    assert_in_range(ms, HEARTBEAT_PING_MS + 5000, HEARTBEAT_PING_MS + 6000);
    /* As after a start: it may be in a debugger. */
    heartbeat_start(&h, now);
    assert_int_equal(run(119000, false), -1);
    assert_in_range(run(10000, false), 1000, 2000);
}

/* The answer to a ping from before heartbeat_start() does not count. */
static void test_late_answer(void **state)
{
    (void)state;
    begin_alive();
    now = h.ping_ms;
    expect(HEARTBEAT_PING);
    uint64_t old = h.sent;
    heartbeat_start(&h, now);
    heartbeat_answer(&h, old);
    expect(HEARTBEAT_PING);
    assert_int_equal(h.sent, old + 1);
    heartbeat_answer(&h, old);
    assert_int_equal(run(119000, false), -1);
    heartbeat_answer(&h, h.sent);
    assert_in_range(run(60000, false), 5000, 6000);
}

/* It hangs at its work, at any time between two pings. */
static void test_a_hang_is_found_after_5_s(void **state)
{
    for (int64_t at = 1; at < 40000; at += 97) {
        begin(state);
        begin_alive();
        assert_int_equal(run(at, true), -1);
        work = now;
        assert_in_range(run(60000, false), 5000, 6000);
        assert_true(now - h.pinged_ms >= 1000);
    }
}

/* It works for up to 4.9 s at a time and answers the ping that it gets meanwhile. */
static void test_long_work(void **state)
{
    (void)state;
    begin_alive();
    for (int64_t ms = 10; ms <= 4900; ms += 10) {
        work = now;
        assert_int_equal(run(ms, false), -1);
        work = 0;
        heartbeat_answer(&h, h.sent);
        assert_int_equal(run(ms % 700, true), -1);
    }
}

/* It is at work at each check, but always at another one. */
static void test_much_work(void **state)
{
    (void)state;
    begin_alive();
    for (int i = 0; i < 1000; i++) {
        work = heartbeat_due(&h) - 40;
        assert_int_equal(run(heartbeat_due(&h) - now, true), -1);
    }
    assert_in_range(now - 1000000, 3700000, 5100000);
}

/* A compromised process says that it works without an end, and answers. */
static void test_a_false_mark(void **state)
{
    (void)state;
    begin_alive();
    work = 1;
    assert_int_equal(run(60000, true), -1);
    assert_in_range(checks, 10, 16);
    assert_in_range(h.sent, 10, 16);
}

/* The time in which this process was stopped is not that of its work either. */
static void test_work_and_a_stop(void **state)
{
    (void)state;
    for (int64_t stop = 6500; stop < 100000000; stop *= 3) {
        begin(state);
        begin_alive();
        run(3000, true);
        work = now;
        now += stop;
        idle = stop;
        assert_int_not_equal(check(), HEARTBEAT_DEAD);
        assert_int_equal(h.busy_ms, 0);
        assert_in_range(run(60000, false), 5000, 6000);
    }
}

/* Other numbers are not answers: old ones, and those that were not sent. */
static void test_false_answers(void **state)
{
    (void)state;
    begin_alive();
    run(3000, true);
    now = h.ping_ms;
    expect(HEARTBEAT_PING);
    heartbeat_answer(&h, h.sent - 1);
    heartbeat_answer(&h, h.sent + 1);
    heartbeat_answer(&h, UINT64_MAX);
    assert_in_range(run(60000, false), 4900, 5100);
}

/* net-snmp waits for a master agent that hangs: 3 s, then again. */
static void test_slow_answers(void **state)
{
    (void)state;
    begin_alive();
    for (int i = 0; i < 20; i++) {
        now = h.ping_ms;
        expect(HEARTBEAT_PING);
        assert_int_equal(run(4900, false), -1);
        heartbeat_answer(&h, h.sent);
    }
}

/* Before its first answer it may look up host names. */
static void test_slow_start(void **state)
{
    (void)state;
    expect(HEARTBEAT_PING);
    assert_int_equal(run(119000, false), -1);
    heartbeat_answer(&h, h.sent);
    assert_in_range(run(60000, false), 5000, 6000);
    heartbeat_start(&h, now);
    assert_in_range(run(200000, false), 120000, 121000);
}

/* This process was stopped (or the machine, or both): the other one gets its 5 s. */
static void test_after_a_stop(void **state)
{
    (void)state;
    begin_alive();
    for (int64_t stop = 5500; stop < 100000000; stop *= 3) {
        now = h.ping_ms;
        expect(HEARTBEAT_PING);
        assert_int_equal(run(4000, false), -1);
        now += stop;
        idle = stop;
        expect(HEARTBEAT_OK);
        assert_int_equal(run(4900, false), -1);
        heartbeat_answer(&h, h.sent);
    }
    assert_in_range(run(60000, false), 5000, 6000);
}

/* Long cycles: each counts as a second, in which the other process could run. */
static void test_long_cycles(void **state)
{
    for (int64_t cycle = 4000; cycle < 100000000; cycle *= 3) {
        begin(state);
        begin_alive();
        now = h.ping_ms;
        expect(HEARTBEAT_PING);
        for (int i = 0; i < 4; i++) {
            now += cycle;
            expect(HEARTBEAT_OK);
        }
        now += cycle;
        expect(HEARTBEAT_DEAD);
    }
}

/* Long cycles with waiting between them, in which it answers. */
static void test_long_cycles_and_answers(void **state)
{
    (void)state;
    begin_alive();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(run(3000, true), -1);
        now += 60000;
        idle = 500;
        if (check() == HEARTBEAT_PING)
            heartbeat_answer(&h, h.sent);
    }
}

/* Calls in quick succession, for events, do not count for more than their time. */
static void test_many_calls(void **state)
{
    (void)state;
    begin_alive();
    now = h.ping_ms;
    expect(HEARTBEAT_PING);
    for (int i = 0; i < 4999; i++) {
        now++;
        expect(HEARTBEAT_OK);
    }
    now++;
    expect(HEARTBEAT_DEAD);
}

/* A check is worth it when it is due, or some time after the last one. */
static void test_when_a_check_is_worth_it(void **state)
{
    (void)state;
    assert_true(heartbeat_wants_check(&h, now)); /* the first ping */
    begin_alive();
    for (int i = 0; i < HEARTBEAT_OFTEN_MS; i++)
        assert_false(heartbeat_wants_check(&h, now + i));
    assert_true(heartbeat_wants_check(&h, now + HEARTBEAT_OFTEN_MS));
    now = h.ping_ms - 1;
    expect(HEARTBEAT_OK);
    assert_false(heartbeat_wants_check(&h, now));
    assert_true(heartbeat_wants_check(&h, now + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_idle_daemon, begin),
        cmocka_unit_test_setup(test_a_ping_with_what_is_sent, begin),
        cmocka_unit_test_setup(test_no_answer_for_5_s, begin),
        cmocka_unit_test_setup(test_a_hang_is_found_after_5_s, begin),
        cmocka_unit_test_setup(test_long_work, begin),
        cmocka_unit_test_setup(test_much_work, begin),
        cmocka_unit_test_setup(test_a_false_mark, begin),
        cmocka_unit_test_setup(test_work_and_a_stop, begin),
        cmocka_unit_test_setup(test_late_answer, begin),
        cmocka_unit_test_setup(test_false_answers, begin),
        cmocka_unit_test_setup(test_slow_answers, begin),
        cmocka_unit_test_setup(test_slow_start, begin),
        cmocka_unit_test_setup(test_after_a_stop, begin),
        cmocka_unit_test_setup(test_long_cycles, begin),
        cmocka_unit_test_setup(test_long_cycles_and_answers, begin),
        cmocka_unit_test_setup(test_many_calls, begin),
        cmocka_unit_test_setup(test_when_a_check_is_worth_it, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
