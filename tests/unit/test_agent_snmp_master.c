/* With a simple master agent (RFC 2741) that answers late, in the wrong order, with
 * errors, dies, or refuses: what is sent, how often, and what is acknowledged. */
#include "snmp_child.h"

#include "agent/snmp/notify.h"
#include "base/clock.h"
#include "engine/engine.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { OPEN = 1, CLOSE = 2, REGISTER = 3, NOTIFY = 12, PING = 13, RESPONSE = 18 };

struct header { /* RFC 2741 section 6.1; host order, as net-snmp's subagent sends */
    uint8_t version, type, flags, reserved;
    uint32_t session, transaction, packet, len;
};

struct behaviour {
    unsigned die_after; /* so many notifications, without a response; 0 = never */
    unsigned errors;    /* so many notifications get an error response */
    unsigned refusals;  /* so many registrations are refused */
    bool late;          /* responds when no more arrive, to the last one first */
};

/* From the master, for each notification and, with number 0, for each registration. */
struct report {
    uint32_t number;
    uint32_t waiting; /* for a response, this one included */
    uint32_t connection;
};

static struct snmp_agent *the_agent;
static int daemon_fd, daemon_pipe;
static char path[64] = "/tmp/procgroup-test-XXXXXX";

/* net-snmp leaks 110 bytes when a recv() fails (tests/fault/net-snmp.supp), as it does
 * here when a master dies with unread data. Leaks of the programs are found there, with
 * valgrind. LeakSanitizer defines the name of this function. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libnetsnmp.so\n";
}

/* ------------------------------------------------------------ the master */

static size_t oid_size(const unsigned char *oid_at)
{
    return 4 + 4 * (size_t)oid_at[0];
}

/* The first Gauge32 of a notification is its event number. */
static uint32_t number_in(const unsigned char *data, size_t len)
{
    for (const unsigned char *at = data; at < data + len;) {
        uint32_t type = at[0], number;
        at += 4;
        at += oid_size(at);
        memcpy(&number, at, sizeof(number));
        if (type == ASN_GAUGE)
            return number;
        at += type == ASN_OBJECT_ID ? oid_size(at) : 4;
    }
    return 0;
}

static void answer(int sock, const struct header *asked, uint16_t error)
{
    struct {
        struct header header;
        uint32_t uptime;
        uint16_t error, index;
    } response = {.header = *asked, .uptime = 100, .error = error};
    response.header.type = RESPONSE;
    response.header.session = 1;
    response.header.len = 8;
    if (send(sock, &response, sizeof(response), MSG_NOSIGNAL) < 0)
        return;
}

static bool read_all(int sock, void *data, size_t len)
{
    for (size_t n = 0; n < len;) {
        ssize_t got = recv(sock, (char *)data + n, len - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
    }
    return true;
}

static void answer_all(int sock, struct header *held, unsigned *n)
{
    while (*n)
        answer(sock, &held[--*n], 0);
}

static void send_report(int report_fd, uint32_t number, uint32_t waiting,
                        uint32_t connection)
{
    struct report report = {number, waiting, connection};
    if (write(report_fd, &report, sizeof(report)) != sizeof(report))
        _exit(1);
}

static void serve(int sock, struct behaviour *b, uint32_t connection, int report_fd)
{
    static struct header held[4096];
    unsigned char payload[65536];
    struct header header;
    struct pollfd p = {.fd = sock, .events = POLLIN};
    unsigned n_held = 0;
    for (;;) {
        if (n_held && poll(&p, 1, 50) == 0)
            answer_all(sock, held, &n_held);
        if (!read_all(sock, &header, sizeof(header)) || header.len > sizeof(payload) ||
            !read_all(sock, payload, header.len))
            return;
        if (header.type == REGISTER)
            send_report(report_fd, 0, 0, connection);
        if (header.type != NOTIFY) {
            answer(sock, &header, header.type == REGISTER && b->refusals ? 263 : 0);
            b->refusals -= header.type == REGISTER && b->refusals;
            continue;
        }
        held[n_held++] = header;
        send_report(report_fd, number_in(payload, header.len), n_held, connection);
        if (b->die_after && n_held == b->die_after) {
            b->die_after = 0;
            return;
        }
        if (b->errors) {
            b->errors--;
            answer(sock, &held[--n_held], 5);
        } else if (!b->late && !b->die_after) {
            answer_all(sock, held, &n_held);
        }
    }
}

struct master {
    pid_t pid;
    int reports;
};

static struct master start_master(struct behaviour behaviour)
{
    int fds[2];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/master", path);
    unlink(address.sun_path);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 5), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* in case a test fails */
        close(fds[0]);
        for (uint32_t connection = 1;; connection++) {
            int sock = accept(listener, NULL, NULL);
            serve(sock, &behaviour, connection, fds[1]);
            close(sock);
        }
    }
    close(fds[1]);
    close(listener);
    return (struct master){pid, fds[0]};
}

static unsigned registrations; /* that the last master received */

static size_t end_master(struct master *master, struct report *reports, size_t max)
{
    size_t n = 0;
    registrations = 0;
    kill(master->pid, SIGKILL);
    waitpid(master->pid, NULL, 0);
    while (n < max && read(master->reports, &reports[n], sizeof(*reports)) > 0) {
        registrations += !reports[n].number;
        n += reports[n].number != 0;
    }
    close(master->reports);
    return n;
}

/* ------------------------------------------------------------ the daemon */

static uint64_t next_event = 1, last_event; /* to be sent to the agent */
static unsigned acked[1000];                /* by number of the event */
static unsigned n_acked;

/* Takes acknowledgements, and sends events like the daemon's outbox does. */
static void play_daemon(void)
{
    struct ipc_report packet;
    while (snmp_child_report(daemon_pipe, &packet))
        if (packet.head.kind == IPC_ACK) {
            acked[packet.head.number]++;
            n_acked++;
        }
    for (; next_event <= last_event && next_event - 1 - n_acked < IPC_EVENTS_MAX;
         next_event++) {
        size_t len;
        struct table_image *image = snmp_child_event(next_event, EVENT_RAISED);
        const void *bytes = table_bytes(image, &len);
        struct ipc_head head = {.kind = IPC_EVENT, .number = next_event};
        assert_int_equal(ipc_send(daemon_fd, &head, bytes, len, -1), 0);
        table_destroy(image);
    }
    /* Ignored, but ends the agent's sleep. */
    assert_int_equal(
        ipc_send(daemon_fd, &(struct ipc_head){.kind = IPC_STATE}, NULL, 0, -1), 0);
}

/* ------------------------------------------------------------ waiting */

static unsigned delays; /* of notifications, after an error */

/* Ends a wait of the agent, after checking that it is at most `max` milliseconds long. */
static bool end_wait(int64_t *until_ms, int64_t max)
{
    if (*until_ms <= clock_boot_ms())
        return false;
    assert_true(*until_ms - clock_boot_ms() <= max);
    *until_ms = 0;
    return true;
}

/* The same for the next attempt to connect. */
static void skip_to_reconnect(void)
{
    struct snmp_alarm *alarm = sa_find_next();
    struct timeval now;
    netsnmp_get_monotonic_clock(&now);
    assert_non_null(alarm);
    assert_true(alarm->t_nextM.tv_sec - now.tv_sec <= 2);
    alarm->t_nextM = now;
}

static void serve_until(bool (*done)(void), int64_t limit_ms)
{
    int64_t end = clock_boot_ms() + limit_ms;
    for (play_daemon(); !done(); play_daemon()) {
        assert_true(clock_boot_ms() < end);
        delays += end_wait(&the_agent->notify_again_ms, 1000);
        end_wait(&the_agent->register_again_ms, 5000);
        if (!the_agent->master)
            skip_to_reconnect();
        session_serve(the_agent);
    }
}

static bool is_connected(void)
{
    return the_agent->master;
}

static bool is_alone(void)
{
    return !the_agent->master;
}

static bool is_refused(void)
{
    return the_agent->refused_logged;
}

static bool is_registered(void)
{
    return !the_agent->refused_logged;
}

static bool all_acked(void)
{
    return n_acked >= last_event;
}

/* Sends n events and waits until all are acknowledged, each once. */
static void send_events(unsigned n)
{
    uint64_t first = last_event + 1;
    last_event += n;
    serve_until(all_acked, 20000);
    session_serve(the_agent);
    play_daemon();
    assert_int_equal(n_acked, last_event);
    for (uint64_t i = first; i <= last_event; i++)
        assert_int_equal(acked[i], 1);
}

static struct report reports[4000];

static void test_late_and_backwards(void **state)
{
    (void)state;
    struct master master = start_master((struct behaviour){.late = true});
    serve_until(is_connected, 5000);
    send_events(100);
    size_t n = end_master(&master, reports, 4000);
    uint32_t most = 0;
    assert_int_equal(n, 100); /* each once */
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(reports[i].number, i + 1);
        most = reports[i].waiting > most ? reports[i].waiting : most;
    }
    assert_int_equal(most, IPC_EVENTS_MAX);
    serve_until(is_alone, 5000);
}

static void test_dies_with_unanswered_ones(void **state)
{
    (void)state;
    struct master master = start_master((struct behaviour){.die_after = 10});
    serve_until(is_connected, 5000);
    send_events(60);
    size_t n = end_master(&master, reports, 4000);
    assert_int_equal(n, 70);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(reports[i].connection, i < 10 ? 1 : 2);
        assert_int_equal(reports[i].number, 101 + (i < 10 ? i : i - 10));
    }
    serve_until(is_alone, 5000);
}

static void test_events_wait_for_a_master(void **state)
{
    (void)state;
    last_event += 40;
    for (int i = 0; i < 3; i++) {
        play_daemon();
        skip_to_reconnect();
        session_serve(the_agent);
    }
    assert_true(is_alone());
    assert_int_equal(n_acked, last_event - 40);
    struct master master = start_master((struct behaviour){0});
    send_events(0);
    assert_int_equal(end_master(&master, reports, 4000), 40);
    serve_until(is_alone, 5000);
}

static void test_errors(void **state)
{
    (void)state;
    struct master master = start_master((struct behaviour){.errors = 5});
    serve_until(is_connected, 5000);
    delays = 0;
    send_events(40);
    size_t n = end_master(&master, reports, 4000);
    assert_int_equal(n, 45); /* five of them are sent twice, after a delay */
    assert_true(delays > 0);
    serve_until(is_alone, 5000);
}

static void test_refused(void **state)
{
    (void)state;
    struct master master = start_master((struct behaviour){.refusals = 1});
    serve_until(is_refused, 5000);
    assert_true(is_connected()); /* notifications are sent all the same */
    send_events(10);
    serve_until(is_registered, 8000);
    assert_int_equal(end_master(&master, reports, 4000), 10);
    assert_int_equal(registrations, 2);
    serve_until(is_alone, 5000);
}

static int set_up(void **state)
{
    static char address[sizeof(path) + 8];
    int fds[2], pipe_fds[2];
    (void)state;
    the_agent = calloc(1, sizeof(*the_agent));
    if (!the_agent || !mkdtemp(path) || ipc_pair(fds) < 0 ||
        ipc_report_pipe(pipe_fds) < 0)
        return -1;
    snprintf(address, sizeof(address), "%s/master", path);
    daemon_fd = fds[0];
    the_agent->options.ipc_fd = fds[1];
    daemon_pipe = pipe_fds[0];
    the_agent->options.report_fd = pipe_fds[1];
    the_agent->options.agentx = address;
    the_agent->options.unconfined = true; /* it is the master as well */
    the_agent->packet.fd = -1;
    the_agent->outgoing = outgoing_create();
    return session_open(the_agent);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(the_agent->options.agentx);
    rmdir(path);
    session_close(the_agent);
    outgoing_destroy(the_agent->outgoing);
    free(the_agent);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late_and_backwards),
        cmocka_unit_test(test_dies_with_unanswered_ones),
        cmocka_unit_test(test_events_wait_for_a_master),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
