/* The SNMP process without news from the daemon, by fake running times. */
#include "snmp_child.h"

#include "agent/snmp/notify.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "mib/columns.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct snmp_agent *agent;
static int daemon_fd, reports;
static struct ipc_report packet;

/* Sends a table image of a scan at `run_ms`, at interval 1 s. */
static void send_image(int64_t run_ms, uint64_t last_event, bool notify_on)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image;
    assert_non_null(b);
    struct table_scalars *s = table_builder_scalars(b);
    s->sampled_ms = 1795438380000 + run_ms;
    s->sampled_run_ms = run_ms;
    s->stale_run_ms = table_age_limit(run_ms + 1000, 1000, 0);
    s->last_event = last_event;
    s->notify_on = notify_on;
    table_add_group(b, &(struct table_group){.index = 1, .count = 4, .have = UINT32_MAX});
    table_add_member(b, &(struct table_member){.group = 1, .pid = 9});
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    snmp_child_send(daemon_fd, IPC_TABLE, image);
    table_destroy(image);
}

static void scan_at(int64_t run_ms, uint64_t last_event, bool notify_on)
{
    send_image(run_ms, last_event, notify_on);
    daemon_link_receive(agent);
}

/* The next report to the daemon, false = there is none; it is in `packet`. */
static bool reported(struct ipc_stale *ret_report)
{
    while (snmp_child_report(reports, &packet))
        if (packet.head.kind == IPC_STALE) {
            *ret_report = packet.stale;
            return true;
        }
    return false;
}

/* Once a second, as session_serve() does. */
static void run_to(int64_t from_ms, int64_t to_ms)
{
    for (int64_t t = from_ms; t < to_ms; t += 1000)
        stale_check(agent, t);
    stale_check(agent, to_ms);
}

/* GETNEXT; NULL if nothing of this MIB follows. Valid until the next call. */
static const netsnmp_variable_list *next_of(const char *text)
{
    static netsnmp_variable_list *vb;
    struct name name = name_of(text);
    snmp_free_varbind(vb);
    snmp_child_request(agent, MODE_GETNEXT, &name, false, &vb);
    return vb->type == ASN_NULL ? NULL : vb;
}

static void a_late_daemon_is_reported_once(void **state)
{
    (void)state;
    struct ipc_stale report;
    scan_at(10000, 41, true);
    run_to(10100, 18000);
    assert_false(agent->age.stale);
    assert_false(reported(&report));
    stale_check(agent, 18001);
    assert_true(agent->age.stale);
    assert_true(reported(&report));
    assert_int_equal(packet.head.number, 42);
    assert_int_equal(report.is_named, 1);
    assert_int_equal(report.age_ms, 8001);
    int64_t since = agent->age.since_ms; /* it stays, and is what the daemon logs */
    assert_in_range(since, clock_now().wall_ms - 60000, clock_now().wall_ms);
    assert_int_equal(report.wall_ms, since);
    poll(NULL, 0, 2);
    run_to(19000, 60000);
    assert_int_equal(agent->age.since_ms, since);
    assert_false(reported(&report));
    /* A new table ends it; the next silence is reported again. */
    scan_at(60500, 44, true);
    stale_check(agent, 60600);
    assert_false(agent->age.stale);
    assert_int_equal(agent->age.since_ms, 0);
    run_to(61600, 68501);
    assert_true(reported(&report));
    assert_int_equal(packet.head.number, 45);
}

static void values_of_a_stale_table_are_holes(void **state)
{
    (void)state;
    scan_at(10000, 1, false);
    stale_check(agent, 10500);
    const netsnmp_variable_list *vb = next_of("R.1.2.1.4");
    assert_int_equal(vb->type, ASN_GAUGE); /* the count */
    assert_int_equal(*vb->val.integer, 4);
    run_to(10600, 18001);
    vb = next_of("R.1.2.1.3"); /* the status */
    assert_int_equal(*vb->val.integer, SEVERITY_UNKNOWN);
    vb = next_of("R.1.2.1.4"); /* the count is a hole: the minimum follows */
    assert_int_equal(vb->name[vb->name_length - 2], 5);
    vb = next_of("R.1.2.1.10"); /* the message */
    assert_int_equal(vb->val_len, strlen(agent->age.text));
    assert_memory_equal(vb->val.string, agent->age.text, vb->val_len);
    assert_null(next_of("R.1.4")); /* no members, no violations */
}

/* An image that waits in the socket comes first. */
static void an_image_that_has_arrived_counts(void **state)
{
    (void)state;
    struct ipc_stale report;
    scan_at(10000, 1, true);
    run_to(10500, 17900);
    send_image(18000, 1, true);
    stale_check(agent, 18100);
    assert_false(agent->age.stale);
    assert_int_equal(agent->age.ms, 100);
    assert_false(reported(&report));
}

/* This process was stopped as well: the daemon gets time for a scan. */
static void after_a_stop_it_does_not_judge_at_once(void **state)
{
    (void)state;
    struct ipc_stale report;
    scan_at(10000, 1, true);
    run_to(10500, 12500);
    stale_check(agent, 50000);
    run_to(51000, 54999);
    assert_false(agent->age.stale);
    assert_int_equal(agent->age.ms, 44999); /* which is shown */
    stale_check(agent, 55000);
    assert_true(agent->age.stale);
    assert_true(reported(&report));
}

/* This process was stopped while the table was stale: it is still the same silence. */
static void a_stop_during_a_silence_does_not_end_it(void **state)
{
    (void)state;
    struct ipc_stale report;
    scan_at(10000, 1, true);
    run_to(10100, 18100);
    assert_true(reported(&report));
    stale_check(agent, 26000);
    assert_true(agent->age.stale);
    run_to(27000, 40000);
    assert_true(agent->age.stale);
    assert_false(reported(&report));
    assert_int_equal(agent->last_number, 2);
    /* A later table is one of another silence, even if it is late itself. */
    scan_at(41000, 3, true);
    stale_check(agent, 60000);
    assert_false(agent->age.stale);
    run_to(61000, 65000);
    assert_true(reported(&report));
    assert_int_equal(packet.head.number, 4);
}

static void without_notifications_no_number_is_used(void **state)
{
    (void)state;
    struct ipc_stale report;
    scan_at(10000, 7, false);
    run_to(10500, 18500);
    assert_true(reported(&report));
    assert_int_equal(report.is_named, 0);
    assert_int_equal(agent->last_number, 7);
    assert_true(outgoing_has_room(agent->outgoing));
}

/* The daemon had sent an event, but not the table with its number. */
static void numbers_of_events_count(void **state)
{
    (void)state;
    struct ipc_stale report;
    size_t len;
    struct table_image *image = snmp_child_event(8, EVENT_RAISED);
    const void *bytes = table_bytes(image, &len);
    struct ipc_head head = {.kind = IPC_EVENT, .number = 8};
    scan_at(10000, 7, true);
    assert_int_equal(ipc_send(daemon_fd, &head, bytes, len, -1), 0);
    table_destroy(image);
    daemon_link_receive(agent);
    run_to(10500, 18500);
    assert_true(reported(&report));
    assert_int_equal(packet.head.number, 9);
}

static void no_room_leaves_the_event_to_the_daemon(void **state)
{
    (void)state;
    struct ipc_stale report;
    size_t len;
    for (uint64_t i = 1; outgoing_has_room(agent->outgoing); i++) {
        struct table_image *image = snmp_child_event(i, EVENT_RAISED);
        const void *bytes = table_bytes(image, &len);
        assert_int_equal(outgoing_add(agent->outgoing, i, bytes, len), 0);
        table_destroy(image);
    }
    scan_at(10000, 99, true);
    run_to(10500, 18500);
    assert_true(reported(&report));
    assert_int_equal(report.is_named, 0);
    assert_int_equal(agent->last_number, 99);
}

/* The pipe is full: nothing is sent that the daemon does not know of. */
static void a_report_waits_for_room(void **state)
{
    (void)state;
    struct ipc_stale report;
    struct ipc_head filler = {.kind = IPC_STATE};
    scan_at(10000, 7, true);
    while (ipc_report(agent->options.report_fd, &filler, NULL) == 0)
        ;
    run_to(10500, 19000);
    assert_true(agent->age.stale);
    assert_int_equal(agent->last_number, 7);
    assert_false(reported(&report));
    stale_check(agent, 20000);
    assert_true(reported(&report));
    assert_int_equal(report.age_ms, 10000);
}

/* It sleeps for long as long as that does no harm. */
static void the_time_until_it_has_to_look(void **state)
{
    (void)state;
    struct ipc_stale report;
    scan_at(10000, 1, true);
    assert_int_equal(stale_sleep_ms(agent, 10000), 3000);
    assert_int_equal(stale_sleep_ms(agent, 12500), 1000);
    assert_int_equal(stale_sleep_ms(agent, 99999), 1000);
    scan_at(100000, 1, true);
    assert_int_equal(stale_sleep_ms(agent, 60000), 30000);
    /* Sleep on purpose is not a stop. */
    stale_check(agent, 100100);
    agent->slept_ms = 3000;
    stale_check(agent, 103100);
    agent->slept_ms = 1000;
    run_to(104100, 108001);
    assert_true(agent->age.stale);
    assert_true(reported(&report));
    /* What it did not is one. */
    scan_at(200000, 5, true);
    stale_check(agent, 200100);
    agent->slept_ms = 3000;
    stale_check(agent, 208001);
    assert_false(agent->age.stale);
}

static int anew(void **state)
{
    struct ipc_stale report;
    (void)state;
    while (reported(&report))
        ;
    outgoing_destroy(agent->outgoing);
    agent->outgoing = outgoing_create();
    agent->age = (struct table_age){0};
    agent->checked_run_ms = agent->excused_run_ms = 0;
    agent->slept_ms = 1000;
    agent->reported_limit_ms = 0;
    agent->last_number = 0;
    return agent->outgoing ? 0 : -1;
}

static int set_up(void **state)
{
    (void)state;
    agent = snmp_child_make(&daemon_fd, &reports);
    return 0;
}

#define ANEW(test) cmocka_unit_test_setup(test, anew)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANEW(a_late_daemon_is_reported_once),
        ANEW(values_of_a_stale_table_are_holes),
        ANEW(an_image_that_has_arrived_counts),
        ANEW(after_a_stop_it_does_not_judge_at_once),
        ANEW(a_stop_during_a_silence_does_not_end_it),
        ANEW(without_notifications_no_number_is_used),
        ANEW(numbers_of_events_count),
        ANEW(no_room_leaves_the_event_to_the_daemon),
        ANEW(a_report_waits_for_room),
        ANEW(the_time_until_it_has_to_look),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
