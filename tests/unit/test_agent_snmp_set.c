/* SET: every invalid one, and a valid one with a daemon that obeys, refuses, does not
 * reply or exits. */
#include "snmp_child.h"

#include "base/clock.h"
#include "engine/engine.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct snmp_agent *the_agent;
static int daemon_fd, reports;
static const struct shape shape = {.groups = 3, .step = 2, .admin = 1, .notify_on = true};

enum behaviour { OBEYS, REFUSES, REFUSES_THIRD, SILENT, EXITS };

static void send_as(enum ipc_kind kind, const struct shape *now)
{
    struct table_image *image = snmp_child_image(now);
    snmp_child_send(daemon_fd, kind, image);
    table_destroy(image);
}

static void send_image(const struct shape *now)
{
    send_as(IPC_TABLE, now);
}

/* What the daemon was sent, one line each, in memory that both processes share. */
static char *sent;

static void note(const struct ipc_report *r)
{
    sprintf(sent + strlen(sent), "%s %u %lld%s\n",
            r->head.kind == IPC_SET       ? "status"
            : r->head.kind == IPC_SET_FOR ? "for"
                                          : "reason",
            r->head.index, (long long)r->head.value, r->text);
}

/* The daemon, in a process of its own. Every SET changes all groups. */
static void play_daemon(enum behaviour behaviour)
{
    struct ipc_report packet;
    struct shape now = shape;
    struct pollfd p = {.fd = reports, .events = POLLIN};
    int taken = 0;
    while (poll(&p, 1, 5000) > 0 && snmp_child_report(reports, &packet)) {
        struct ipc_head reply = {.kind = IPC_SET_REPLY, .number = packet.head.number};
        bool is_set = packet.head.kind == IPC_SET || packet.head.kind == IPC_SET_FOR ||
                      packet.head.kind == IPC_SET_REASON;
        if (!is_set)
            continue;
        note(&packet);
        taken++;
        if (behaviour == SILENT)
            continue;
        if (behaviour == EXITS)
            _exit(0);
        if (behaviour == REFUSES || (behaviour == REFUSES_THIRD && taken == 3)) {
            reply.value = -ENOENT;
        } else if (packet.head.kind != IPC_SET) {
            now.admin = 2;
            send_image(&now);
        } else if (packet.head.index == 0) {
            now.notify_on = packet.head.value == 1;
            send_image(&now);
        } else {
            now.admin = (uint32_t)packet.head.value;
            send_image(&now);
        }
        /* The reply to another SET must be ignored. */
        struct ipc_head other = {.kind = IPC_SET_REPLY, .number = 999, .value = -EIO};
        ipc_send(daemon_fd, &other, NULL, 0, -1);
        ipc_send(daemon_fd, &reply, NULL, 0, -1);
    }
    _exit(0);
}

static pid_t start_daemon(enum behaviour behaviour)
{
    int fds[2], pipe_fds[2];
    assert_int_equal(ipc_pair(fds), 0);
    assert_int_equal(ipc_report_pipe(pipe_fds), 0);
    daemon_fd = fds[0];
    reports = pipe_fds[0];
    the_agent->options.ipc_fd = fds[1];
    the_agent->options.report_fd = pipe_fds[1];
    the_agent->stopping = false;
    send_image(&shape);
    daemon_link_receive(the_agent);
    assert_non_null(the_agent->image);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[1]);
        close(pipe_fds[1]);
        play_daemon(behaviour);
    }
    close(daemon_fd);
    close(reports);
    return pid;
}

static void end_daemon(pid_t pid)
{
    close(the_agent->options.ipc_fd);
    close(the_agent->options.report_fd);
    the_agent->options.ipc_fd = the_agent->options.report_fd = -1;
    waitpid(pid, NULL, 0);
}

#define VARBINDS_MAX 4
struct binding {
    const char *name;
    u_char type;
    long value;
    const char *text; /* of ASN_OCTET_STR; NULL = one octet of the value */
};

static size_t make_requests(const struct binding *bindings,
                            netsnmp_request_info *requests)
{
    size_t n = 0;
    for (; n < VARBINDS_MAX && bindings[n].name; n++) {
        struct name name = name_of(bindings[n].name);
        netsnmp_variable_list *vb = NULL;
        const void *data = &bindings[n].value;
        size_t len = sizeof(long);
        if (bindings[n].type == ASN_OCTET_STR)
            len = 1;
        if (bindings[n].text) {
            data = bindings[n].text;
            len = strlen(bindings[n].text);
        }
        if (bindings[n].type == ASN_NULL)
            len = 0;
        snmp_varlist_add_variable(&vb, name.arcs, name.len, bindings[n].type, data, len);
        assert_non_null(vb);
        requests[n] = (netsnmp_request_info){.requestvb = vb};
        if (n)
            requests[n - 1].next = &requests[n];
    }
    return n;
}

/* All steps as net-snmp makes them (RFC 3416 section 4.2.5). Returns the error. */
static int set(const struct binding *bindings)
{
    static const int steps[] = {MODE_SET_RESERVE1, MODE_SET_RESERVE2, MODE_SET_ACTION,
                                MODE_SET_COMMIT};
    netsnmp_request_info requests[VARBINDS_MAX] = {{0}};
    size_t n = make_requests(bindings, requests);
    int error = 0;
    for (size_t i = 0; i < 4 && !error; i++) {
        error = snmp_child_step(the_agent, steps[i], requests);
        if (error) {
            for (size_t r = 0; r < n; r++)
                requests[r].status = requests[r].processed = 0; /* as net-snmp does */
            snmp_child_step(the_agent, i < 2 ? MODE_SET_FREE : MODE_SET_UNDO, requests);
        }
    }
    for (size_t i = 0; i < n; i++)
        snmp_free_varbind(requests[i].requestvb);
    return error;
}

static int set_one(const char *name, u_char type, long value)
{
    const struct binding bindings[VARBINDS_MAX] = {{name, type, value, NULL}};
    return set(bindings);
}

static int set_text(const char *name, const char *text)
{
    const struct binding bindings[VARBINDS_MAX] = {{name, ASN_OCTET_STR, 0, text}};
    return set(bindings);
}

static long get(const char *text)
{
    netsnmp_variable_list *vb;
    struct name name = name_of(text);
    snmp_child_request(the_agent, MODE_GET, &name, false, &vb);
    assert_int_equal(vb->type, ASN_INTEGER);
    long value = *vb->val.integer;
    snmp_free_varbind(vb);
    return value;
}

#define ADMIN  "R.1.2.1.12.2"
#define SWITCH "R.1.1.24.0"
#define REASON "R.1.2.1.38.2"
#define FOR    "R.1.2.1.39.2"

static void test_invalid(void **state)
{
    (void)state;
    pid_t pid = start_daemon(OBEYS);
    assert_int_equal(set_one(ADMIN, ASN_OCTET_STR, 2), SNMP_ERR_WRONGTYPE);
    assert_int_equal(set_one(ADMIN, ASN_GAUGE, 2), SNMP_ERR_WRONGTYPE);
    assert_int_equal(set_one(ADMIN, ASN_NULL, 0), SNMP_ERR_WRONGTYPE);
    assert_int_equal(set_one(ADMIN, ASN_INTEGER, 0), SNMP_ERR_WRONGVALUE);
    assert_int_equal(set_one(ADMIN, ASN_INTEGER, 4), SNMP_ERR_WRONGVALUE);
    assert_int_equal(set_one(ADMIN, ASN_INTEGER, -1), SNMP_ERR_WRONGVALUE);
    assert_int_equal(set_one(SWITCH, ASN_INTEGER, 3), SNMP_ERR_WRONGVALUE);
    assert_int_equal(set_one("R.1.1.24.1", ASN_INTEGER, 1), SNMP_ERR_NOCREATION);
    assert_int_equal(set_one("R.1.2.1.12.3", ASN_INTEGER, 2), SNMP_ERR_NOCREATION);
    assert_int_equal(set_one("R.1.2.1.12.2.1", ASN_INTEGER, 2), SNMP_ERR_NOCREATION);
    assert_int_equal(set_one("R.1.2.1.12", ASN_INTEGER, 2), SNMP_ERR_NOCREATION);
    assert_int_equal(set_one("R.1.2.1.2.2", ASN_OCTET_STR, 0), SNMP_ERR_NOTWRITABLE);
    assert_int_equal(set_one("R.1.2.1.3.9", ASN_INTEGER, 0), SNMP_ERR_NOTWRITABLE);
    assert_int_equal(set_one("R.1.2.1.1.2", ASN_INTEGER, 2), SNMP_ERR_NOTWRITABLE);
    assert_int_equal(set_one("R.1.9.9", ASN_INTEGER, 1), SNMP_ERR_NOTWRITABLE);
    assert_int_equal(set_one(FOR, ASN_INTEGER, 60), SNMP_ERR_WRONGTYPE);
    assert_int_equal(set_one(FOR, ASN_TIMETICKS, 60), SNMP_ERR_WRONGTYPE);
    assert_int_equal(set_one(FOR, ASN_UNSIGNED, 366 * 86400 + 1), SNMP_ERR_WRONGVALUE);
    assert_int_equal(set_one(FOR, ASN_UNSIGNED, -1), SNMP_ERR_WRONGVALUE);
    assert_int_equal(set_one("R.1.2.1.39.3", ASN_UNSIGNED, 1), SNMP_ERR_NOCREATION);
    assert_int_equal(set_one("R.1.2.1.37.2", ASN_UNSIGNED, 1), SNMP_ERR_NOTWRITABLE);
    assert_int_equal(set_one(REASON, ASN_UNSIGNED, 1), SNMP_ERR_WRONGTYPE);
    assert_int_equal(set_text(REASON, "a\nb"), SNMP_ERR_WRONGVALUE);
    assert_int_equal(set_text(REASON, "\xff"), SNMP_ERR_WRONGVALUE);
    char text[GROUP_REASON_MAX + 2];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(set_text(REASON, text), SNMP_ERR_WRONGLENGTH);
    assert_int_equal(get(ADMIN), 1); /* none of them had an effect */
    assert_int_equal(the_agent->set_number, 0);
    end_daemon(pid);
}

static void test_wrong_length(void **state)
{
    (void)state;
    pid_t pid = start_daemon(OBEYS);
    netsnmp_request_info requests[VARBINDS_MAX] = {{0}};
    const struct binding bindings[VARBINDS_MAX] = {{ADMIN, ASN_INTEGER, 2, NULL}};
    make_requests(bindings, requests);
    requests[0].requestvb->val_len = 4;
    assert_int_equal(snmp_child_step(the_agent, MODE_SET_RESERVE1, requests),
                     SNMP_ERR_WRONGLENGTH);
    snmp_free_varbind(requests[0].requestvb);
    end_daemon(pid);
}

static void test_valid(void **state)
{
    (void)state;
    pid_t pid = start_daemon(OBEYS);
    for (long admin = 3; admin >= 1; admin--) {
        assert_int_equal(set_one(ADMIN, ASN_INTEGER, admin), 0);
        assert_int_equal(get(ADMIN), admin); /* immediately */
    }
    assert_int_equal(set_one(SWITCH, ASN_INTEGER, 2), 0);
    assert_int_equal(get(SWITCH), 2);
    assert_int_equal(the_agent->n_undo, 0);
    end_daemon(pid);
}

/* All three in one request, and the bounds of the last two. */
static void test_maintenance(void **state)
{
    (void)state;
    char text[GROUP_REASON_MAX + 1];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    pid_t pid = start_daemon(OBEYS);
    *sent = '\0';
    const struct binding bindings[VARBINDS_MAX] = {{ADMIN, ASN_INTEGER, 2, NULL},
                                                   {FOR, ASN_UNSIGNED, 7200, NULL},
                                                   {REASON, ASN_OCTET_STR, 0, "disk"}};
    assert_int_equal(set(bindings), 0);
    assert_string_equal(sent, "status 2 2\nfor 2 7200000\nreason 2 0disk\n");
    assert_int_equal(set_one(FOR, ASN_UNSIGNED, 0), 0);
    assert_int_equal(set_one(FOR, ASN_UNSIGNED, 366 * 86400), 0);
    assert_int_equal(set_text(REASON, text), 0);
    assert_non_null(strstr(sent, "for 2 31622400000\n"));
    assert_non_null(strstr(sent, text));
    assert_int_equal(the_agent->n_undo, 0);
    end_daemon(pid);
}

/* What a group in maintenance had is set again: status, end, reason. */
static void test_maintenance_undone(void **state)
{
    (void)state;
    struct shape now = shape;
    now.admin = 2;
    now.until_ms = clock_now().wall_ms + 3600000;
    now.reason = "disk";
    pid_t pid = start_daemon(REFUSES_THIRD);
    int mine = the_agent->options.ipc_fd, fds[2];
    assert_int_equal(ipc_pair(fds), 0);
    daemon_fd = fds[0];
    the_agent->options.ipc_fd = fds[1];
    send_image(&now);
    daemon_link_receive(the_agent);
    the_agent->options.ipc_fd = mine;
    close(fds[0]);
    close(fds[1]);
    *sent = '\0';
    const struct binding bindings[VARBINDS_MAX] = {{ADMIN, ASN_INTEGER, 1, NULL},
                                                   {SWITCH, ASN_INTEGER, 2, NULL},
                                                   {SWITCH, ASN_INTEGER, 1, NULL}};
    assert_int_equal(set(bindings), SNMP_ERR_COMMITFAILED);
    long long left = 0;
    const char *end = strstr(sent, "for 2 ");
    assert_non_null(end);
    assert_int_equal(sscanf(end, "for 2 %lld\nreason 2 0disk\n", &left), 1);
    assert_in_range(left, 3500000, 3600000);
    assert_non_null(strstr(end, "reason 2 0disk\n"));
    assert_non_null(strstr(sent, "status 2 2\nfor 2 "));
    end_daemon(pid);
}

static void test_refused(void **state)
{
    (void)state;
    pid_t pid = start_daemon(REFUSES);
    assert_int_equal(set_one(ADMIN, ASN_INTEGER, 2), SNMP_ERR_COMMITFAILED);
    assert_int_equal(get(ADMIN), 1);
    assert_int_equal(the_agent->n_undo, 0);
    end_daemon(pid);
}

/* The third of three fails: the other two are undone. */
static void test_undone(void **state)
{
    (void)state;
    const struct binding bindings[VARBINDS_MAX] = {
        {SWITCH, ASN_INTEGER, 2, NULL},
        {ADMIN, ASN_INTEGER, 3, NULL},
        {"R.1.2.1.12.4", ASN_INTEGER, 2, NULL}};
    pid_t pid = start_daemon(REFUSES_THIRD);
    assert_int_equal(set(bindings), SNMP_ERR_COMMITFAILED);
    assert_int_equal(get(SWITCH), 1);
    assert_int_equal(get(ADMIN), 1);
    end_daemon(pid);
}

/* In less than 1 s in total: snmpd sends the request again after that. */
static void test_silent(void **state)
{
    (void)state;
    const struct binding bindings[VARBINDS_MAX] = {{SWITCH, ASN_INTEGER, 2, NULL},
                                                   {ADMIN, ASN_INTEGER, 3, NULL}};
    pid_t pid = start_daemon(SILENT);
    int64_t begin = clock_boot_ms();
    assert_int_equal(set(bindings), SNMP_ERR_COMMITFAILED);
    int64_t took = clock_boot_ms() - begin;
    assert_in_range(took, 600, 950);
    assert_int_equal(get(ADMIN), 1);
    end_daemon(pid);
}

static void test_daemon_gone(void **state)
{
    (void)state;
    pid_t pid = start_daemon(EXITS);
    assert_int_equal(set_one(ADMIN, ASN_INTEGER, 2), SNMP_ERR_COMMITFAILED);
    assert_true(the_agent->stopping);
    end_daemon(pid);
}

/* Images that are invalid or not sealed are refused. */
static void test_bad_images(void **state)
{
    (void)state;
    pid_t pid = start_daemon(SILENT);
    const struct table_image *before = the_agent->image;
    int fds[2];
    static const char junk[4096] = "junk";
    struct ipc_head head = {.kind = IPC_TABLE};
    assert_int_equal(ipc_pair(fds), 0);
    int mine = the_agent->options.ipc_fd;
    the_agent->options.ipc_fd = fds[1];
    int sealed = ipc_seal(junk, sizeof(junk));
    int open_one = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(write(open_one, junk, sizeof(junk)), sizeof(junk));
    assert_int_equal(ipc_send(fds[0], &head, NULL, 0, sealed), 0);
    assert_int_equal(ipc_send(fds[0], &head, NULL, 0, open_one), 0);
    assert_int_equal(ipc_send(fds[0], &head, junk, 100, -1), 0);
    daemon_link_receive(the_agent);
    assert_ptr_equal(the_agent->image, before);
    assert_false(the_agent->stopping);
    close(sealed);
    close(open_one);
    close(fds[0]);
    close(fds[1]);
    the_agent->options.ipc_fd = mine;
    end_daemon(pid);
}

/* Changes are put into the image; those of one that could not be used are not. */
static void test_changes(void **state)
{
    (void)state;
    size_t n;
    int fds[2];
    static const char junk[4096] = "junk";
    const struct ipc_head head = {.kind = IPC_TABLE};
    pid_t pid = start_daemon(SILENT);
    int mine = the_agent->options.ipc_fd;
    assert_int_equal(ipc_pair(fds), 0);
    daemon_fd = fds[0];
    the_agent->options.ipc_fd = fds[1];
    send_as(IPC_CHANGES, &(struct shape){.groups = 1, .step = 2, .admin = 2});
    daemon_link_receive(the_agent);
    const struct table_group *rows = table_groups(the_agent->image, &n);
    assert_int_equal(n, 3);
    assert_int_equal(rows[0].admin, 2);
    assert_int_equal(rows[1].admin, 1);
    assert_false(table_scalars(the_agent->image)->notify_on);
    int sealed = ipc_seal(junk, sizeof(junk));
    assert_int_equal(ipc_send(daemon_fd, &head, NULL, 0, sealed), 0);
    close(sealed);
    daemon_link_receive(the_agent);
    assert_false(the_agent->stopping);
    send_as(IPC_CHANGES, &(struct shape){.groups = 1, .step = 2, .admin = 3});
    daemon_link_receive(the_agent);
    assert_true(the_agent->stopping);
    assert_int_equal(table_groups(the_agent->image, NULL)[0].admin, 2);
    the_agent->stopping = false;
    send_image(&shape);
    send_as(IPC_CHANGES, &(struct shape){.groups = 1, .step = 2, .admin = 3});
    daemon_link_receive(the_agent);
    assert_false(the_agent->stopping);
    assert_int_equal(table_groups(the_agent->image, NULL)[0].admin, 3);
    close(fds[0]);
    close(fds[1]);
    the_agent->options.ipc_fd = mine;
    end_daemon(pid);
}

static int set_up(void **state)
{
    (void)state;
    the_agent = snmp_child_make(&daemon_fd, &reports);
    sent = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return sent == MAP_FAILED ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_wrong_length),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_undone),
        cmocka_unit_test(test_silent),
        cmocka_unit_test(test_bad_images),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_daemon_gone),
        cmocka_unit_test(test_maintenance),
        cmocka_unit_test(test_maintenance_undone),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, set_up, NULL);
}
