/* When does the SNMP process count as hung? With a fake clock. */
#include "agent/daemon/heartbeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct heartbeat h;
static int64_t now;
static int64_t idle; /* of the time since the last check */

static int begin(void **state)
{
    (void)state;
    now = 1000000;
    h = (struct heartbeat){0};
    heartbeat_start(&h, now);
    return 0;
}

static void expect(enum heartbeat_result want)
{
    assert_int_equal(heartbeat_check(&h, now, idle), want);
    idle = 0;
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
        int64_t waited = now < heartbeat_due(&h) ? heartbeat_due(&h) - now : 0;
        now += waited;
        enum heartbeat_result result = heartbeat_check(&h, now, waited);
        if (result == HEARTBEAT_DEAD)
            return now - began;
        if (result == HEARTBEAT_PING && answers)
            heartbeat_answer(&h, h.sent);
    }
    now = began + ms;
    return -1;
}

static void test_one_ping_in_10_s(void **state)
{
    (void)state;
    begin_alive();
    assert_int_equal(run(60000, true), -1);
    assert_int_equal(h.sent, 7);
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
    run(10000, true);
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
    now = heartbeat_due(&h);
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

/* Other numbers are not answers: old ones, and those that were not sent. */
static void test_false_answers(void **state)
{
    (void)state;
    begin_alive();
    run(3000, true);
    now = heartbeat_due(&h);
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
        now = heartbeat_due(&h);
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
        now = heartbeat_due(&h);
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
        now = heartbeat_due(&h);
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
        if (heartbeat_check(&h, now, 500) == HEARTBEAT_PING)
            heartbeat_answer(&h, h.sent);
    }
}

/* Calls in quick succession, for events, do not count for more than their time. */
static void test_many_calls(void **state)
{
    (void)state;
    begin_alive();
    now = heartbeat_due(&h);
    expect(HEARTBEAT_PING);
    for (int i = 0; i < 4999; i++) {
        now++;
        expect(HEARTBEAT_OK);
    }
    now++;
    expect(HEARTBEAT_DEAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_ping_in_10_s, begin),
        cmocka_unit_test_setup(test_a_ping_with_what_is_sent, begin),
        cmocka_unit_test_setup(test_no_answer_for_5_s, begin),
        cmocka_unit_test_setup(test_late_answer, begin),
        cmocka_unit_test_setup(test_false_answers, begin),
        cmocka_unit_test_setup(test_slow_answers, begin),
        cmocka_unit_test_setup(test_slow_start, begin),
        cmocka_unit_test_setup(test_after_a_stop, begin),
        cmocka_unit_test_setup(test_long_cycles, begin),
        cmocka_unit_test_setup(test_long_cycles_and_answers, begin),
        cmocka_unit_test_setup(test_many_calls, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
