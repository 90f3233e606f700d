/* Notifications: to the sinks of a standalone agent, and while there is no master. Real
 * masters are tested in tests/fault and tests/bench. */
#include "snmp_child.h"

#include "agent/snmp/notify.h"
#include "agent/snmp/sinks.h"
#include "engine/engine.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <net-snmp/library/large_fd_set.h>

static struct snmp_agent *the_agent;
static int daemon_fd, reports;
static int trapped; /* the traps that the sink has received */
static char last_trap[4096];

/* The sink, on loopback. */
static int on_trap(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu,
                   void *magic)
{
    (void)session;
    (void)reqid;
    (void)magic;
    if (op != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu->command != SNMP_MSG_TRAP2)
        return 1;
    trapped++;
    last_trap[0] = '\0';
    for (netsnmp_variable_list *v = pdu->variables; v; v = v->next_variable) {
        char text[1024];
        size_t used = strlen(last_trap);
        snprint_variable(text, sizeof(text), v->name, v->name_length, v);
        snprintf(last_trap + used, sizeof(last_trap) - used, "%s\n", text);
    }
    return 1;
}

static int add(uint64_t number, uint32_t kind)
{
    size_t len;
    struct table_image *image = snmp_child_event(number, kind);
    const void *bytes = table_bytes(image, &len);
    int r = outgoing_add(the_agent->outgoing, number, bytes, len);
    table_destroy(image);
    return r;
}

/* All reports about events and drops, such as "H1 D2/0 A1 ". */
static const char *reported(void)
{
    static char text[4096];
    size_t at = 0;
    struct ipc_report report;
    text[0] = '\0';
    while (snmp_child_report(reports, &report)) {
        const struct ipc_head *head = &report.head;
        unsigned long long number = head->number;
        if (head->kind == IPC_ACK || head->kind == IPC_HELD)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%c%llu ",
                                   head->kind == IPC_ACK ? 'A' : 'H', number);
        else if (head->kind == IPC_DROPPED)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "D%llu/%lld ", number,
                                   (long long)head->value);
    }
    return text;
}

/* Returns how many events were acknowledged, and the highest number of them. */
static int acks(uint64_t *ret_last)
{
    int n = 0;
    struct ipc_report packet;
    *ret_last = 0;
    while (snmp_child_report(reports, &packet))
        if (packet.head.kind == IPC_ACK) {
            if (packet.head.number > *ret_last)
                *ret_last = packet.head.number;
            n++;
        }
    return n;
}

static void restart(const char *listen)
{
    uint64_t last;
    outgoing_destroy(the_agent->outgoing);
    the_agent->outgoing = outgoing_create();
    assert_non_null(the_agent->outgoing);
    the_agent->options.listen = listen;
    acks(&last);
}

static void drain(void)
{
    for (int i = 0; i < 64; i++) {
        netsnmp_large_fd_set fds;
        int n = 0, block = 0;
        struct timeval none = {0};
        netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
        snmp_select_info2(&n, &fds, &none, &block);
        none = (struct timeval){0};
        if (netsnmp_large_fd_set_select(n, &fds, NULL, NULL, &none) > 0)
            snmp_read2(&fds);
        netsnmp_large_fd_set_cleanup(&fds);
    }
}

static void test_to_sinks(void **state)
{
    (void)state;
    uint64_t last = 0;
    restart("standalone");
    for (uint64_t i = 1; i <= IPC_EVENTS_MAX; i++)
        assert_int_equal(add(i, i % 2 ? EVENT_RAISED : EVENT_RECOVERED), 0);
    outgoing_flush(the_agent);
    drain();
    assert_int_equal(trapped, IPC_EVENTS_MAX);
    assert_int_equal(acks(&last), IPC_EVENTS_MAX);
    assert_int_equal(last, IPC_EVENTS_MAX);
    assert_false(outgoing_is_ready(the_agent));
}

/* sysUpTime.0 and snmpTrapOID.0 come first, then the objects in the MIB's order. */
static void test_varbinds(void **state)
{
    (void)state;
    static const char *const begins[] = {
        ".1.3.6.1.2.1.1.3.0 = ",
        ".1.3.6.1.6.3.1.1.4.1.0 = OID: R.0.1\n",
        "R.1.6.1.0 = Gauge32: 4711\n",
        "R.1.6.2.0 = Hex-STRING: 07 E7 ",
        "R.1.2.1.2.7 = STRING: \"web\"",
        "R.1.3.1.",
        "R.1.3.1.",
        "R.1.2.1.3.7 = INTEGER: 2\n",
        "R.1.3.1.",
        "R.1.3.1.",
        "R.1.3.1.",
        "R.1.2.1.10.7 = STRING: \"web: count 0, not 1-1\"",
    };
    char root[256], want[512];
    struct name name = name_of("R");
    snprint_objid(root, sizeof(root), name.arcs, name.len);
    restart("standalone");
    assert_int_equal(add(4711, EVENT_RAISED), 0);
    outgoing_flush(the_agent);
    drain();
    const char *line = last_trap;
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        const char *r = strchr(begins[i], 'R');
        bool is_root = r && (r == begins[i] || r[-1] == ' ') && r[1] == '.';
        snprintf(want, sizeof(want), "%.*s%s%s", is_root ? (int)(r - begins[i]) : 0,
                 begins[i], is_root ? root : "", is_root ? r + 1 : begins[i]);
        if (strncmp(line, want, strlen(want)) != 0)
            fail_msg("varbind %zu: expected %s, got %s", i, want, line);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, ""); /* there are no others */
}

static void test_nothing_is_sent_without_a_master(void **state)
{
    (void)state;
    uint64_t last;
    restart(NULL);
    for (uint64_t i = 1; i <= 10; i++)
        assert_int_equal(add(i, EVENT_RAISED), 0);
    outgoing_flush(the_agent);
    assert_false(outgoing_is_ready(the_agent));
    assert_int_equal(acks(&last), 0);
    outgoing_requeue(the_agent);
    the_agent->options.listen = "standalone"; /* none is lost */
    outgoing_flush(the_agent);
    assert_int_equal(acks(&last), 10);
    drain();
}

static void test_each_is_sent_once(void **state)
{
    (void)state;
    uint64_t last;
    restart(NULL);
    for (int turn = 0; turn < 3; turn++)
        for (uint64_t i = 1; i <= 10; i++)
            assert_int_equal(add(i, EVENT_RAISED), 0);
    the_agent->options.listen = "standalone";
    int before = trapped;
    outgoing_flush(the_agent);
    drain();
    assert_int_equal(trapped, before + 10);
    assert_int_equal(acks(&last), 10);
}

/* The daemon has given an event the number of this process's EVENT_STALE: both are sent,
 * and the daemon keeps its own until then. */
static void test_a_number_of_two_events(void **state)
{
    (void)state;
    uint64_t last;
    struct ipc_head filler = {.kind = IPC_STATE};
    restart("standalone");
    int before = trapped;
    assert_int_equal(add(7, EVENT_STALE), 0);
    assert_int_equal(add(7, EVENT_RAISED), 0);
    assert_int_equal(add(7, EVENT_RAISED), 0); /* the same again */
    outgoing_flush(the_agent);
    drain();
    assert_int_equal(trapped, before + 2);
    assert_int_equal(acks(&last), 1);
    assert_int_equal(last, 7);
    /* The daemon reads nothing when the first one has been sent. */
    assert_int_equal(add(8, EVENT_STALE), 0);
    while (ipc_report(the_agent->options.report_fd, &filler, NULL) == 0)
        ;
    outgoing_flush(the_agent);
    assert_int_equal(add(8, EVENT_RAISED), 0);
    assert_int_equal(acks(&last), 0);
    outgoing_flush(the_agent);
    drain();
    assert_int_equal(trapped, before + 4);
    assert_int_equal(acks(&last), 1);
    assert_false(outgoing_is_ready(the_agent));
}

/* The daemon sends more than IPC_EVENTS_MAX only after it has dropped the oldest. */
static void test_oldest_is_dropped(void **state)
{
    (void)state;
    uint64_t last = 0;
    int before = trapped;
    restart(NULL);
    for (uint64_t i = 1; i <= IPC_EVENTS_MAX + 6; i++)
        assert_int_equal(add(i, EVENT_RAISED), 0);
    assert_int_equal(add(6, EVENT_RAISED), 0);
    the_agent->options.listen = "standalone";
    outgoing_flush(the_agent);
    drain();
    assert_int_equal(trapped, before + IPC_EVENTS_MAX + 1);
    assert_int_equal(acks(&last), IPC_EVENTS_MAX + 1);
    assert_int_equal(last, IPC_EVENTS_MAX + 6);
}

static void test_invalid_events(void **state)
{
    (void)state;
    restart("standalone");
    assert_int_equal(outgoing_add(the_agent->outgoing, 1, "junk", 4), -EBADMSG);
    assert_int_equal(outgoing_add(the_agent->outgoing, 1, "", 0), -EBADMSG);
    assert_int_equal(add(2, 99), -EBADMSG); /* an unknown kind */
    assert_false(outgoing_is_ready(the_agent));
}

/* The daemon would keep an event forever that is not acknowledged. */
static void test_invalid_event_is_acknowledged(void **state)
{
    (void)state;
    uint64_t last = 0;
    struct ipc_head head = {.kind = IPC_EVENT, .number = 77};
    restart("standalone");
    assert_int_equal(ipc_send(daemon_fd, &head, "junk", 4, -1), 0);
    daemon_link_receive(the_agent);
    assert_int_equal(acks(&last), 1);
    assert_int_equal(last, 77);
}

/* The daemon reads nothing: acknowledgements are sent later, each once. */
static void test_acknowledgements_wait(void **state)
{
    (void)state;
    uint64_t last = 0;
    struct ipc_head filler = {.kind = IPC_STATE};
    int n_filler = 0, n = 0;
    restart("standalone");
    while (ipc_report(the_agent->options.report_fd, &filler, NULL) == 0)
        n_filler++;
    assert_true(n_filler > 0);
    for (uint64_t i = 1; i <= 30; i++)
        assert_int_equal(add(i, EVENT_RAISED), 0);
    outgoing_flush(the_agent);
    outgoing_flush(the_agent);
    assert_int_equal(acks(&last), 0);
    for (int i = 0; i < 3; i++) {
        outgoing_flush(the_agent);
        n += acks(&last);
    }
    assert_int_equal(n, 30);
    drain();
}

/* One sink has the event, the other one does not answer: the event is held. The last
 * test, as this sink stays. */
static void test_a_sink_that_does_not_answer(void **state)
{
    (void)state;
    int fd = snmp_child_sink("trapsess -Ci -v2c -c public -t 0.1 -r 0", "");
    restart("standalone");
    assert_int_equal(add(1, EVENT_RAISED), 0);
    outgoing_flush(the_agent);
    assert_string_equal(reported(), ""); /* it may answer */
    sinks_flush(the_agent->sinks);
    const char *text = "";
    for (int i = 0; i < 200 && !*text; i++) {
        usleep(50000);
        snmp_timeout();
        outgoing_flush(the_agent);
        text = reported();
    }
    assert_string_equal(text, "H1 ");
    assert_true(outgoing_is_empty(the_agent->outgoing));
    assert_int_equal(add(1, EVENT_STALE), 0); /* its number was used twice */
    outgoing_flush(the_agent);
    assert_string_equal(reported(), "");
    for (uint64_t i = 3; i <= SINK_INFORMS_MAX; i++) {
        char expected[32];
        snprintf(expected, sizeof(expected), "H%llu ", (unsigned long long)i);
        assert_int_equal(add(i, EVENT_RAISED), 0);
        outgoing_flush(the_agent);
        assert_string_equal(reported(), expected);
    }
    /* The queue is full: what it drops is counted before the event ends. */
    assert_int_equal(add(200, EVENT_RAISED), 0);
    outgoing_flush(the_agent);
    assert_string_equal(reported(), "D1/0 H200 ");
    assert_int_equal(add(201, EVENT_RAISED), 0);
    outgoing_flush(the_agent);
    assert_string_equal(reported(), "D2/0 A1 H201 ");
    assert_int_equal(add(202, EVENT_RAISED), 0);
    outgoing_flush(the_agent);
    assert_string_equal(reported(), "D3/0 A3 H202 ");
    close(fd);
}

static void open_sink(void)
{
    netsnmp_session settings;
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    netsnmp_transport *t = netsnmp_transport_open_server("snmptrap", "udp:127.0.0.1:0");
    assert_non_null(t);
    assert_int_equal(getsockname(t->sock, (struct sockaddr *)&address, &len), 0);
    snmp_sess_init(&settings);
    settings.peername = SNMP_DEFAULT_PEERNAME;
    settings.version = SNMP_DEFAULT_VERSION;
    settings.community_len = SNMP_DEFAULT_COMMUNITY_LEN;
    settings.callback = on_trap;
    settings.isAuthoritative = SNMP_SESS_UNKNOWNAUTH;
    assert_non_null(snmp_add(&settings, t, NULL, NULL));
    char line[64];
    snprintf(line, sizeof(line), "trap2sink udp:127.0.0.1:%u public",
             ntohs(address.sin_port));
    the_agent->sinks = sinks_create(NULL);
    assert_non_null(the_agent->sinks);
    sinks_register(the_agent->sinks);
    /* netsnmp_config() takes lines from now on. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_HAVE_READ_CONFIG, 1);
    assert_int_equal(netsnmp_config(line), SNMPERR_SUCCESS);
    sinks_start(the_agent->sinks);
}

static int set_up(void **state)
{
    (void)state;
    the_agent = snmp_child_make(&daemon_fd, &reports);
    netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OID_OUTPUT_FORMAT,
                       NETSNMP_OID_OUTPUT_NUMERIC);
    open_sink();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_to_sinks),
        cmocka_unit_test(test_varbinds),
        cmocka_unit_test(test_nothing_is_sent_without_a_master),
        cmocka_unit_test(test_each_is_sent_once),
        cmocka_unit_test(test_a_number_of_two_events),
        cmocka_unit_test(test_oldest_is_dropped),
        cmocka_unit_test(test_invalid_events),
        cmocka_unit_test(test_invalid_event_is_acknowledged),
        cmocka_unit_test(test_acknowledgements_wait),
        cmocka_unit_test(test_a_sink_that_does_not_answer),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
