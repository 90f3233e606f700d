/* Sinks of notifications that do not answer, and then do. */
#include "snmp_child.h"

#include "agent/snmp/sink_event.h"
#include "agent/snmp/sinks.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <net-snmp/library/large_fd_set.h>

#define WINDOW  8 /* of sink.c */
#define HOLD_MS 2000
#define HOUR_MS 3600000 /* this machine may be slow */

static struct sinks *sinks;
static int inform_fd, trap_fd; /* what receives them; at first there is no trap_fd */

static const oid trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
static const oid kind_oid[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 2017, 0, 1};
static const oid text_oid[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 2017, 1, 9};

static struct sink_event *give(unsigned number)
{
    char text[16];
    netsnmp_variable_list *vars = NULL;
    snprintf(text, sizeof(text), "number=%05u", number);
    snmp_varlist_add_variable(&vars, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID,
                              kind_oid, sizeof(kind_oid));
    snmp_varlist_add_variable(&vars, text_oid, OID_LENGTH(text_oid), ASN_OCTET_STR, text,
                              strlen(text));
    struct sink_event *event = sinks_notify(sinks, vars);
    snmp_free_varbind(vars);
    assert_non_null(event);
    event->given_ms += HOUR_MS;
    return event;
}

static void notify(unsigned number)
{
    sink_event_release(give(number));
}

static void serve(void)
{
    netsnmp_large_fd_set fds;
    int n = 0, block = 0;
    struct timeval none = {0};
    netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
    snmp_select_info2(&n, &fds, &none, &block);
    none = (struct timeval){0};
    if (netsnmp_large_fd_set_select(n, &fds, NULL, NULL, &none) > 0)
        snmp_read2(&fds);
    netsnmp_large_fd_set_cleanup(&fds);
    sinks_flush(sinks);
}

/* The number of the next notification, 0 if there is none; acknowledges it if wanted. */
static unsigned take(int fd, bool acknowledge)
{
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    unsigned char packet[1500];
    ssize_t n = recvfrom(fd, packet, sizeof(packet) - 1, MSG_DONTWAIT,
                         (struct sockaddr *)&from, &len);
    if (n <= 0)
        return 0;
    packet[n] = '\0'; /* the text is at its end */
    const char *text = memmem(packet, (size_t)n, "number=", 7);
    assert_non_null(text);
    unsigned number = (unsigned)strtoul(text + 7, NULL, 10);
    unsigned char *pdu = memmem(packet, (size_t)n, "public", 6);
    assert_non_null(pdu);
    assert_int_equal(pdu[6], fd == inform_fd ? SNMP_MSG_INFORM : SNMP_MSG_TRAP2);
    pdu[6] = SNMP_MSG_RESPONSE;
    if (acknowledge)
        assert_int_equal(sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from, len),
                         n);
    return number;
}

static void let_time_pass(struct sink_event *event)
{
    event->given_ms -= HOUR_MS + HOLD_MS;
}

/* Without an answer of any sink, the daemon has to keep it. */
static void test_the_only_sink_has_to_answer(void **state)
{
    (void)state;
    struct sink_event *event = give(1);
    serve();
    assert_false(sinks_have_delivered(sinks, event));
    let_time_pass(event);
    assert_false(sinks_have_delivered(sinks, event));
    trap_fd = snmp_child_sink("trap2sink", "public"); /* which does not get it */
    assert_false(sinks_have_delivered(sinks, event));
    assert_int_equal(take(inform_fd, true), 1);
    serve();
    assert_true(sinks_have_delivered(sinks, event));
    assert_int_equal(take(trap_fd, false), 0);
    sink_event_release(event);
    while (take(inform_fd, true))
        ; /* it was sent again */
}

/* The other sink has it at once; the one with informs may hold it up for a while. */
static void test_a_slow_sink_holds_up_for_a_while(void **state)
{
    (void)state;
    struct sink_event *answered = give(1), *slow = give(2);
    serve();
    assert_false(sinks_have_delivered(sinks, answered));
    assert_int_equal(take(inform_fd, true), 1);
    serve();
    assert_true(sinks_have_delivered(sinks, answered));
    assert_false(sinks_have_delivered(sinks, slow));
    let_time_pass(slow);
    assert_true(sinks_have_delivered(sinks, slow));
    assert_int_equal(take(inform_fd, true), 2);
    serve();
    assert_true(sinks_have_delivered(sinks, slow));
    sink_event_release(answered);
    sink_event_release(slow);
    while (take(trap_fd, false) || take(inform_fd, true))
        ;
}

static void test_traps_are_sent_at_once(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 50; i++)
        notify(i);
    for (unsigned i = 1; i <= 50; i++)
        assert_int_equal(take(trap_fd, false), i);
}

/* Continues with the 50 informs of the test before. */
static void test_informs_are_bounded(void **state)
{
    (void)state;
    unsigned n = 0, last = 0;
    assert_int_equal(sinks_drops(sinks).all, 0);
    for (unsigned i = 51; i <= 1000; i++) {
        notify(i);
        take(trap_fd, false);
        serve();
    }
    assert_int_equal(sinks_drops(sinks).all, 1000 - SINK_INFORMS_MAX);
    assert_int_equal(sinks_drops(sinks).ended, 0);
    for (unsigned i = 1; i <= WINDOW; i++)
        assert_int_equal(take(inform_fd, true), i); /* the first ones were sent */
    assert_int_equal(take(inform_fd, true), 0);
    for (int turn = 0; turn < 1000; turn++) {
        serve();
        unsigned number = take(inform_fd, true);
        if (!number)
            continue;
        assert_true(number > last); /* in their order */
        if (!n)
            assert_int_equal(number, 1000 - (SINK_INFORMS_MAX - WINDOW) + 1);
        n++;
        last = number;
    }
    assert_int_equal(n, SINK_INFORMS_MAX - WINDOW);
    assert_int_equal(last, 1000);
    assert_int_equal(sinks_drops(sinks).all, 1000 - SINK_INFORMS_MAX);
    assert_int_equal(sinks_drops(sinks).ended, 1000 - SINK_INFORMS_MAX);
}

static void test_acknowledged_informs_are_not_sent_again(void **state)
{
    (void)state;
    notify(2000);
    serve();
    assert_int_equal(take(inform_fd, true), 2000);
    for (int turn = 0; turn < 50; turn++) {
        serve();
        assert_int_equal(take(inform_fd, true), 0);
    }
}

static int set_up(void **state)
{
    int daemon_fd;
    (void)state;
    snmp_child_make(&daemon_fd, &(int){0});
    sinks = sinks_create(NULL);
    assert_non_null(sinks);
    sinks_register(sinks);
    /* netsnmp_config() takes lines from now on. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_HAVE_READ_CONFIG, 1);
    struct sink_event *event = give(1); /* without sinks, none has to have it */
    assert_true(sinks_have_delivered(sinks, event));
    sink_event_release(event);
    inform_fd = snmp_child_sink("informsink", "public");
    sinks_start(sinks);
    assert_true(sinks_are_ready(sinks));
    assert_int_equal(sinks_fd(sinks), -1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_only_sink_has_to_answer),
        cmocka_unit_test(test_a_slow_sink_holds_up_for_a_while),
        cmocka_unit_test(test_traps_are_sent_at_once),
        cmocka_unit_test(test_informs_are_bounded),
        cmocka_unit_test(test_acknowledged_informs_are_not_sent_again),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
