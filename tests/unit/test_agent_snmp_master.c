/* With a master of our own making (RFC 2741 in its simplest form) that answers late, in
 * the wrong order, with errors, dies, or refuses: what is sent, how often, what is
 * acknowledged. */
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

struct manner {
    unsigned die_after; /* notifications, without an answer to any; 0 = never */
    unsigned errors;    /* that many are answered with an error */
    unsigned refusals;  /* of registrations */
    bool late;          /* answers when nothing more comes, the last one first */
};

struct report { /* from the master: one a notification or, with number 0, a registration
                 */
    uint32_t number;
    uint32_t waiting; /* with it, not answered */
    uint32_t connection;
};

static struct snmp_process *the_process;
static int daemon_fd;
static char path[64] = "/tmp/procgroup-test-XXXXXX";

/* A recv() that fails loses 110 bytes in net-snmp (tests/fault/net-snmp.supp): here it
 * does when a master dies with something of ours unread. What our programs lose valgrind
 * tells there, call by call, which this cannot. LeakSanitizer asks for the name. */
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

static void tell(int report_fd, uint32_t number, uint32_t waiting, uint32_t connection)
{
    struct report report = {number, waiting, connection};
    if (write(report_fd, &report, sizeof(report)) != sizeof(report))
        _exit(1);
}

static void serve(int sock, struct manner *m, uint32_t connection, int report_fd)
{
    static struct header held[4096];
    unsigned char payload[65536];
    struct header header;
    struct pollfd p = {.fd = sock, .events = POLLIN};
    unsigned n_held = 0;
    for (;;) {
        if (n_held && poll(&p, 1, 100) == 0)
            answer_all(sock, held, &n_held);
        if (!read_all(sock, &header, sizeof(header)) || header.len > sizeof(payload) ||
            !read_all(sock, payload, header.len))
            return;
        if (header.type == REGISTER)
            tell(report_fd, 0, 0, connection);
        if (header.type != NOTIFY) {
            answer(sock, &header, header.type == REGISTER && m->refusals ? 263 : 0);
            m->refusals -= header.type == REGISTER && m->refusals;
            continue;
        }
        held[n_held++] = header;
        tell(report_fd, number_in(payload, header.len), n_held, connection);
        if (m->die_after && n_held == m->die_after) {
            m->die_after = 0;
            return;
        }
        if (m->errors) {
            m->errors--;
            answer(sock, &held[--n_held], 5);
        } else if (!m->late && !m->die_after) {
            answer_all(sock, held, &n_held);
        }
    }
}

struct master {
    pid_t pid;
    int reports;
};

static struct master start_master(struct manner manner)
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
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails ends no master */
        close(fds[0]);
        for (uint32_t connection = 1;; connection++) {
            int sock = accept(listener, NULL, NULL);
            serve(sock, &manner, connection, fds[1]);
            close(sock);
        }
    }
    close(fds[1]);
    close(listener);
    return (struct master){pid, fds[0]};
}

static unsigned registrations; /* that the last master was asked for */

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

/* ------------------------------------------------------------ our side of it */

static void add(uint64_t number)
{
    size_t len;
    struct table_image *image = snmp_child_event(number, EVENT_RAISED);
    const void *bytes = table_bytes(image, &len);
    assert_int_equal(outgoing_add(the_process->outgoing, number, bytes, len), 0);
    table_destroy(image);
}

static unsigned acked[1000];

static unsigned take_acks(void)
{
    static struct ipc_packet packet;
    static unsigned n;
    while (ipc_receive(daemon_fd, &packet) > 0)
        if (packet.head.kind == IPC_ACK) {
            acked[packet.head.number]++;
            n++;
        }
    return n;
}

static bool is_connected(void)
{
    return the_process->master != NULL;
}
static bool is_alone(void)
{
    return the_process->master == NULL;
}
static bool is_told_refused(void)
{
    return the_process->refused_logged;
}
static bool is_served(void)
{
    return !the_process->refused_logged;
}

static void serve_until(bool (*done)(void), int64_t limit_ms)
{
    int64_t end = clock_boot_ms() + limit_ms;
    while (!done()) {
        assert_true(clock_boot_ms() < end);
        session_serve(the_process);
    }
}

static unsigned wanted;
static bool all_acked(void)
{
    return take_acks() >= wanted;
}

/* Sends [first, last], waits until all are acknowledged, and each once. */
static void send_all(uint64_t first, uint64_t last)
{
    wanted = take_acks() + (unsigned)(last - first + 1);
    for (uint64_t i = first; i <= last; i++)
        add(i);
    serve_until(all_acked, 20000);
    session_serve(the_process);
    assert_int_equal(take_acks(), wanted);
    for (uint64_t i = first; i <= last; i++)
        assert_int_equal(acked[i], 1);
}

static struct report reports[4000];

static void test_late_and_backwards(void **state)
{
    (void)state;
    struct master master = start_master((struct manner){.late = true});
    serve_until(is_connected, 5000);
    send_all(1, 100);
    size_t n = end_master(&master, reports, 4000);
    uint32_t most = 0;
    assert_int_equal(n, 100); /* each once */
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(reports[i].number, i + 1);
        most = reports[i].waiting > most ? reports[i].waiting : most;
    }
    assert_int_equal(most, 32); /* the window */
    serve_until(is_alone, 5000);
}

static void test_dies_with_some(void **state)
{
    (void)state;
    struct master master = start_master((struct manner){.die_after = 10});
    serve_until(is_connected, 5000);
    send_all(101, 160);
    size_t n = end_master(&master, reports, 4000);
    assert_int_equal(n, 70);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(reports[i].connection, i < 10 ? 1 : 2);
        assert_int_equal(reports[i].number, 101 + (i < 10 ? i : i - 10));
    }
    serve_until(is_alone, 5000);
}

static void test_waits_for_a_master(void **state)
{
    (void)state;
    for (uint64_t i = 161; i <= 200; i++)
        add(i);
    for (int i = 0; i < 3; i++)
        session_serve(the_process);
    assert_true(is_alone());
    struct master master = start_master((struct manner){0});
    int64_t begin = clock_boot_ms();
    wanted = take_acks() + 40;
    serve_until(all_acked, 5000);
    assert_in_range(clock_boot_ms() - begin, 0, 3000); /* 2 s, and a loaded machine */
    assert_int_equal(end_master(&master, reports, 4000), 40);
    serve_until(is_alone, 5000);
}

static void test_errors(void **state)
{
    (void)state;
    struct master master = start_master((struct manner){.errors = 5});
    serve_until(is_connected, 5000);
    send_all(201, 240);
    size_t n = end_master(&master, reports, 4000);
    assert_int_equal(n, 45); /* five of them a second time, and no more */
    serve_until(is_alone, 5000);
}

static void test_refused(void **state)
{
    (void)state;
    struct master master = start_master((struct manner){.refusals = 1});
    serve_until(is_told_refused, 5000);
    assert_true(is_connected()); /* notifications go all the same */
    send_all(241, 250);
    serve_until(is_served, 8000);
    assert_int_equal(end_master(&master, reports, 4000), 10);
    assert_int_equal(registrations, 2); /* it was asked again */
    serve_until(is_alone, 5000);
}

static int set_up(void **state)
{
    static char address[sizeof(path) + 8];
    int fds[2];
    (void)state;
    the_process = calloc(1, sizeof(*the_process));
    if (!the_process || !mkdtemp(path) || ipc_pair(fds) < 0)
        return -1;
    snprintf(address, sizeof(address), "%s/master", path);
    daemon_fd = fds[0];
    the_process->options.ipc_fd = fds[1];
    the_process->options.agentx = address;
    the_process->packet.fd = -1;
    the_process->outgoing = outgoing_create();
    return session_open(the_process);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(the_process->options.agentx);
    rmdir(path);
    session_close(the_process);
    outgoing_destroy(the_process->outgoing);
    free(the_process);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late_and_backwards),
        cmocka_unit_test(test_dies_with_some),
        cmocka_unit_test(test_waits_for_a_master),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
