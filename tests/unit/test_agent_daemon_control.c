/* The control socket: which processes may request something of the daemon, and clients
 * that do harm. */
#include "agent/daemon/control.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define OTHER_ID 65534
#define GROUP_ID 61234

static char path[] = "/tmp/test_control.XXXXXX";
static int listener, epoll_fd;
static struct control_socket *control;
static pid_t snmp_leader; /* 0 = none */
static unsigned handled;
static struct control_request last;
static uid_t last_uid;

static void handle(void *ctx, const struct control_request *request, uid_t uid,
                   struct control_reply *reply)
{
    (void)ctx;
    handled++;
    last = *request;
    last_uid = uid;
    reply->until_ms = 4711;
}

static pid_t snmp_process(void *ctx)
{
    (void)ctx;
    return snmp_leader;
}

static int set_up(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct control_owner owner = {handle, snmp_process, NULL};
    strcpy(path, "/tmp/test_control.XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    unlink(path);
    strcpy(address.sun_path, path);
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        chmod(path, 0666) < 0 || listen(listener, 16) < 0)
        return -1;
    control = control_create(listener, GROUP_ID, epoll_fd, &owner);
    handled = 0;
    snmp_leader = 0;
    return control ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    control_destroy(control);
    close(listener);
    close(epoll_fd);
    return unlink(path);
}

/* As the daemon does, for all that clients have done: it is there at once. */
static void serve(int64_t boot_ms)
{
    struct epoll_event event;
    while (epoll_wait(epoll_fd, &event, 1, 0) > 0)
        assert_true(control_take(control, event.data.fd, boot_ms));
}

static int open_client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    strcpy(address.sun_path, path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static struct control_request make_request(void)
{
    struct control_request q = {.version = CONTROL_VERSION, .admin = GROUP_MAINTENANCE};
    strcpy(q.group, "one");
    return q;
}

/* 1 = a reply, 0 = the connection was closed without one, -1 = it is open */
static int take_reply(int fd, struct control_reply *ret_reply)
{
    ssize_t n = recv(fd, ret_reply, sizeof(*ret_reply), MSG_DONTWAIT);
    return n == (ssize_t)sizeof(*ret_reply) ? 1 : n == 0 ? 0 : -1;
}

/* Sends the request in the process that `become` makes of a child; the error of the reply
 * is its status. */
static int error_for(void (*become)(void))
{
    int ready[2], status;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct control_request q = make_request();
        struct control_reply reply;
        become();
        int fd = open_client();
        if (fd < 0 || send(fd, &q, sizeof(q), 0) != (ssize_t)sizeof(q))
            _exit(255);
        close(ready[1]);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        poll(&p, 1, 5000);
        _exit(take_reply(fd, &reply) == 1 ? -reply.error : 254);
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    serve(1000);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void become_nothing(void)
{
}

static void become_other(void)
{
    if (syscall(SYS_setgroups, 0, NULL) < 0 ||
        setresgid(OTHER_ID, OTHER_ID, OTHER_ID) < 0 ||
        setresuid(OTHER_ID, OTHER_ID, OTHER_ID) < 0)
        _exit(253);
}

static void become_member(void)
{
    if (syscall(SYS_setgroups, 2, (gid_t[]){7, GROUP_ID}) < 0 ||
        setresgid(OTHER_ID, OTHER_ID, OTHER_ID) < 0 ||
        setresuid(OTHER_ID, OTHER_ID, OTHER_ID) < 0)
        _exit(253);
}

static void become_of_group(void)
{
    if (syscall(SYS_setgroups, 0, NULL) < 0 ||
        setresgid(GROUP_ID, GROUP_ID, GROUP_ID) < 0 ||
        setresuid(OTHER_ID, OTHER_ID, OTHER_ID) < 0)
        _exit(253);
}

static void test_own_account(void **state)
{
    (void)state;
    assert_int_equal(error_for(become_nothing), 0);
    assert_int_equal(handled, 1);
    assert_int_equal(last_uid, geteuid());
    assert_string_equal(last.group, "one");
}

static void test_accounts(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* 17-maintenance.sh has the same cases */
    assert_int_equal(error_for(become_other), EACCES);
    assert_int_equal(handled, 0);
    assert_int_equal(error_for(become_member), 0);
    assert_int_equal(error_for(become_of_group), 0);
    assert_int_equal(handled, 2);
    assert_int_equal(last_uid, OTHER_ID);
}

/* ------------------------------------------------------------ the SNMP process */

static void become_leader(void)
{
    setsid();
}

/* A process in the session of a parent that has ended. */
static void become_child_of_leader(void)
{
    int status;
    setsid();
    pid_t pid = fork();
    if (pid == 0)
        return;
    close_range(3, ~0U, 0); /* the pipes of the test */
    waitpid(pid, &status, 0);
    _exit(WEXITSTATUS(status));
}

static void test_snmp_process(void **state)
{
    (void)state;
    int ready[2], go[2], status;
    void (*const becomes[])(void) = {become_leader, become_child_of_leader};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pipe(ready) | pipe(go), 0);
        pid_t pid = fork();
        if (pid == 0) {
            struct control_request q = make_request();
            struct control_reply reply;
            char byte;
            becomes[i]();
            int fd = open_client();
            send(fd, &q, sizeof(q), 0);
            close(ready[1]);
            close(go[1]);
            (void)!read(go[0], &byte, 1);
            _exit(take_reply(fd, &reply) == 1 ? -reply.error : 254);
        }
        char byte;
        close(ready[1]);
        assert_int_equal(read(ready[0], &byte, 1), 0);
        snmp_leader = pid;
        serve(1000);
        close(ready[0]);
        close(go[0]);
        close(go[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), EACCES);
    }
    assert_int_equal(handled, 0);
    /* Another process of the same account may. */
    snmp_leader = getppid();
    assert_int_equal(error_for(become_leader), 0);
}

/* ------------------------------------------------------------ packets */

static void test_wrong_packets(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, sizeof(struct control_request) - 1,
                                     sizeof(struct control_request) + 1};
    struct control_request q = make_request();
    struct control_reply reply;
    char bytes[sizeof(q) + 1] = {0};
    memcpy(bytes, &q, sizeof(q));
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        int fd = open_client();
        assert_int_equal(send(fd, bytes, lengths[i], 0), lengths[i]);
        serve(1000);
        assert_int_equal(take_reply(fd, &reply), 1);
        assert_int_equal(reply.error, -EPROTO);
        assert_int_equal(reply.version, CONTROL_VERSION);
        close(fd);
    }
    struct control_request wrong[3] = {q, q, q};
    wrong[0].version++;
    memset(wrong[1].group, 'x', sizeof(q.group));
    memset(wrong[2].reason, 'x', sizeof(q.reason));
    for (size_t i = 0; i < 3; i++) {
        int fd = open_client();
        assert_int_equal(send(fd, &wrong[i], sizeof(q), 0), sizeof(q));
        serve(1000);
        assert_int_equal(take_reply(fd, &reply), 1);
        assert_int_equal(reply.error, -EPROTO);
        close(fd);
    }
    assert_int_equal(handled, 0);
}

/* What a client that has given up requested is not done later. */
static void test_client_has_left(void **state)
{
    (void)state;
    struct control_request q = make_request();
    int fd = open_client();
    assert_int_equal(send(fd, &q, sizeof(q), 0), sizeof(q));
    close(fd);
    serve(1000);
    assert_int_equal(handled, 0);
}

/* Those that send nothing are displaced by the ninth one. */
static void test_silent_clients(void **state)
{
    (void)state;
    int fds[9];
    struct control_request q = make_request();
    struct control_reply reply;
    for (size_t i = 0; i < 9; i++) {
        fds[i] = open_client();
        assert_true(fds[i] >= 0);
        serve(1000);
    }
    assert_int_equal(take_reply(fds[0], &reply), 0);
    assert_int_equal(take_reply(fds[1], &reply), -1);
    assert_int_equal(send(fds[8], &q, sizeof(q), 0), sizeof(q));
    serve(1000);
    assert_int_equal(take_reply(fds[8], &reply), 1);
    assert_int_equal(reply.until_ms, 4711);
    assert_int_equal(handled, 1);
    for (size_t i = 0; i < 9; i++)
        close(fds[i]);
}

static void test_many_connections(void **state)
{
    (void)state;
    int n = 0;
    assert_true(control_due(control) == CLOCK_NEVER);
    while (control_due(control) == CLOCK_NEVER && n < 1000) {
        int fd = open_client();
        assert_true(fd >= 0);
        serve(1000);
        close(fd);
        n++;
    }
    assert_in_range(n, 100, 120);
    assert_int_equal(control_due(control), 2000);
    int fd = open_client();
    struct control_request q = make_request();
    struct control_reply reply;
    assert_int_equal(send(fd, &q, sizeof(q), 0), sizeof(q));
    serve(1500);
    control_resume(control, 1999);
    serve(1999);
    assert_int_equal(take_reply(fd, &reply), -1); /* it waits */
    control_resume(control, 2000);
    serve(2000);
    assert_int_equal(take_reply(fd, &reply), 1);
    assert_true(control_due(control) == CLOCK_NEVER);
    close(fd);
}

static void test_others(void **state)
{
    (void)state;
    assert_false(control_take(NULL, 3, 0));
    assert_false(control_take(control, epoll_fd, 0));
    assert_true(control_due(NULL) == CLOCK_NEVER);
    control_resume(NULL, 0);
    control_destroy(NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_own_account),      TEST(test_accounts),
        TEST(test_snmp_process),     TEST(test_wrong_packets),
        TEST(test_client_has_left),  TEST(test_silent_clients),
        TEST(test_many_connections), TEST(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
