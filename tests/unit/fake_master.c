#include "fake_master.h"

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

struct snmp_process *the_process;
static int daemon_fd;
static char path[64] = "/tmp/procgroup-test-XXXXXX";

/* net-snmp loses 110 bytes if a recv() fails (tests/fault/net-snmp.supp), which happens
 * here when a master dies with unread requests. tests/fault/30-valgrind.sh finds the
 * leaks of the product itself. LeakSanitizer requires the name of this function. */
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

static void answer(int sock, const struct header *request, uint16_t error)
{
    struct {
        struct header header;
        uint32_t uptime;
        uint16_t error, index;
    } response = {.header = *request, .uptime = 100, .error = error};
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

static void report_to(int report_fd, uint32_t number, uint32_t waiting,
                      uint32_t connection)
{
    struct fake_master_report report = {number, waiting, connection};
    if (write(report_fd, &report, sizeof(report)) != sizeof(report))
        _exit(1);
}

static void serve(int sock, struct fake_master_options *options, uint32_t connection,
                  int report_fd)
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
            report_to(report_fd, 0, 0, connection);
        if (header.type != NOTIFY) {
            answer(sock, &header, header.type == REGISTER && options->refusals ? 263 : 0);
            options->refusals -= header.type == REGISTER && options->refusals;
            continue;
        }
        held[n_held++] = header;
        report_to(report_fd, number_in(payload, header.len), n_held, connection);
        if (options->die_after && n_held == options->die_after) {
            options->die_after = 0;
            return;
        }
        if (options->errors) {
            options->errors--;
            answer(sock, &held[--n_held], 5);
        } else if (!options->late && !options->die_after) {
            answer_all(sock, held, &n_held);
        }
    }
}

struct fake_master fake_master_start(struct fake_master_options options)
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
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test does not end it */
        close(fds[0]);
        for (uint32_t connection = 1;; connection++) {
            int sock = accept(listener, NULL, NULL);
            serve(sock, &options, connection, fds[1]);
            close(sock);
        }
    }
    close(fds[1]);
    close(listener);
    return (struct fake_master){pid, fds[0]};
}

size_t fake_master_end(struct fake_master *master, struct fake_master_report *reports,
                       size_t max, unsigned *ret_registrations)
{
    size_t n = 0;
    *ret_registrations = 0;
    kill(master->pid, SIGKILL);
    waitpid(master->pid, NULL, 0);
    while (n < max && read(master->reports, &reports[n], sizeof(*reports)) > 0) {
        *ret_registrations += !reports[n].number;
        n += reports[n].number != 0;
    }
    close(master->reports);
    return n;
}

/* ------------------------------------------------------------ the SNMP process */

void the_process_add_event(uint64_t number)
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

bool the_process_is_connected(void)
{
    return the_process->master != NULL;
}
bool the_process_is_alone(void)
{
    return the_process->master == NULL;
}
void the_process_serve_until(bool (*done)(void), int64_t limit_ms)
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

void the_process_serve_acks(unsigned n, int64_t limit_ms)
{
    wanted = take_acks() + n;
    the_process_serve_until(all_acked, limit_ms);
}

void the_process_send_all(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        the_process_add_event(i);
    the_process_serve_acks((unsigned)(last - first + 1), 20000);
    session_serve(the_process);
    assert_int_equal(take_acks(), wanted);
    for (uint64_t i = first; i <= last; i++)
        assert_int_equal(acked[i], 1);
}

int fake_master_set_up(void **state)
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

int fake_master_tear_down(void **state)
{
    (void)state;
    unlink(the_process->options.agentx);
    rmdir(path);
    session_close(the_process);
    outgoing_destroy(the_process->outgoing);
    free(the_process);
    return 0;
}
