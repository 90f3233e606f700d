#include "proc/connector.h"

#include "base/buf.h"
#include "model/process_source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ACK_MS = 1000, DEADLINE_MS = 10000, OTHER_UID = 65534 };

/* ------------------------------------------------------------ datagrams */

enum { HEADS = NLMSG_HDRLEN + sizeof(struct cn_msg) };

struct datagram {
    char bytes[HEADS + sizeof(struct proc_event)];
};

static struct datagram datagram_with(struct nlmsghdr head, struct cn_msg message,
                                     uint32_t what, const pid_t ids[4])
{
    struct proc_event event = {.what = what};
    struct datagram d;
    memcpy(&event.event_data, ids, 4 * sizeof(pid_t));
    memcpy(d.bytes, &head, sizeof(head));
    memcpy(d.bytes + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(d.bytes + HEADS, &event, sizeof(event));
    return d;
}

static const struct nlmsghdr good_head = {.nlmsg_len = sizeof(struct datagram),
                                          .nlmsg_type = NLMSG_DONE};
static const struct cn_msg good_message = {.id = {CN_IDX_PROC, CN_VAL_PROC},
                                           .len = sizeof(struct proc_event)};

static struct datagram datagram_of(uint32_t what, const pid_t ids[4])
{
    return datagram_with(good_head, good_message, what, ids);
}

static void test_kinds_of_events(void **state)
{
    static const struct {
        uint32_t what;
        pid_t ids[4];
        int n;
        struct source_event event;
    } rows[] = {
        {PROC_EVENT_FORK, {1, 1, 70, 70}, 1, {70, SOURCE_STARTED}},
        {PROC_EVENT_FORK, {1, 1, 71, 70}, 0, {0}},                  /* a thread */
        {PROC_EVENT_FORK, {2, 1, 70, 70}, 1, {70, SOURCE_STARTED}}, /* by a thread */
        {PROC_EVENT_EXEC, {70, 70}, 1, {70, SOURCE_EXECUTED}},
        {PROC_EVENT_UID, {70, 70, 5, 5}, 1, {70, SOURCE_CHANGED_IDS}},
        {PROC_EVENT_UID, {71, 70, 5, 5}, 0, {0}},
        {PROC_EVENT_GID, {70, 70, 5, 5}, 1, {70, SOURCE_CHANGED_IDS}},
        {PROC_EVENT_COMM, {70, 70}, 1, {70, SOURCE_RENAMED}},
        {PROC_EVENT_EXIT, {70, 70}, 1, {70, SOURCE_ENDED}},
        {PROC_EVENT_EXIT, {71, 70}, 0, {0}},
        {PROC_EVENT_EXIT, {0, 0}, 0, {0}},
        {PROC_EVENT_EXIT, {-5, -5}, 0, {0}},
        {PROC_EVENT_SID, {70, 70}, 0, {0}},
        {PROC_EVENT_NONE, {70, 70}, 0, {0}},
        {0x00000400, {70, 70}, 0, {0}}, /* not known yet */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf events = {0};
        struct datagram d = datagram_of(rows[i].what, rows[i].ids);
        assert_int_equal(connector_parse(&d, sizeof(d), &events), rows[i].n);
        assert_int_equal(events.len, (size_t)rows[i].n * sizeof(struct source_event));
        if (rows[i].n) {
            const struct source_event *e = (const void *)events.data;
            assert_int_equal(e->pid, rows[i].event.pid);
            assert_int_equal(e->kind, rows[i].event.kind);
        }
        buf_free(&events);
    }
}

static void test_other_datagrams_are_skipped(void **state)
{
    struct buf events = {0};
    const struct datagram good = datagram_of(PROC_EVENT_EXEC, (pid_t[4]){70, 70});
    const pid_t ids[4] = {70, 70};
    struct nlmsghdr head = good_head;
    struct cn_msg messages[3] = {good_message, good_message, good_message};
    (void)state;
    head.nlmsg_type = NLMSG_ERROR;
    messages[0].id.idx++;
    messages[1].id.val++;
    messages[2].len = 8;
    const struct datagram bad[] = {
        datagram_with(head, good_message, PROC_EVENT_EXEC, ids),
        datagram_with(good_head, messages[0], PROC_EVENT_EXEC, ids),
        datagram_with(good_head, messages[1], PROC_EVENT_EXEC, ids),
        datagram_with(good_head, messages[2], PROC_EVENT_EXEC, ids),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(connector_parse(&bad[i], sizeof(bad[i]), &events), 0);
    for (size_t len = 0; len < sizeof(good); len++)
        assert_int_equal(connector_parse(&good, len, &events), 0);
    assert_int_equal(connector_parse(&good, sizeof(good), &events), 1);
    buf_free(&events);
}

/* ------------------------------------------------------------ the kernel */

/* Where the kernel refuses the connector (a container) there is nothing to test. */
static struct connector *open_or_skip(size_t buffer)
{
    struct connector *c = NULL;
    int r = connector_create(buffer, ACK_MS, &c);
    if (r == -ECONNREFUSED || r == -ETIMEDOUT || r == -EPERM)
        skip();
    assert_int_equal(r, 0);
    return c;
}

/* Waits until `pid` has had this event; fails after some seconds. Adds the number of
 * events of `pid` to *ret_of_pid. */
static void await_event(struct connector *c, pid_t pid, enum source_event_kind kind,
                        unsigned *ret_of_pid)
{
    for (bool found = false; !found;) {
        struct pollfd poll_fd = {.fd = connector_fd(c), .events = POLLIN};
        struct buf events = {0};
        struct connector_count count;
        assert_int_equal(poll(&poll_fd, 1, DEADLINE_MS), 1);
        assert_int_equal(connector_drain(c, &events, &count), 0);
        assert_int_equal(count.lost, 0);
        assert_int_equal(count.received, events.len / sizeof(struct source_event));
        const struct source_event *e = (const void *)events.data;
        for (size_t i = 0; i < count.received; i++) {
            *ret_of_pid += e[i].pid == pid;
            found = found || (e[i].pid == pid && e[i].kind == kind);
        }
        buf_free(&events);
    }
}

static void *do_nothing(void *arg)
{
    return arg;
}

/* Steps of a child; after each it waits for a byte. */
static void run_child(int go)
{
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "renamed");
    for (int step = 0; read(go, &byte, 1) == 1; step++) {
        if (step == 0) {
            for (int i = 0; i < 20; i++) {
                pthread_t thread;
                pthread_create(&thread, NULL, do_nothing, NULL);
                pthread_join(thread, NULL);
            }
            if (setgid(OTHER_UID) < 0 || setuid(OTHER_UID) < 0)
                _exit(1);
        } else if (step == 1) {
            dup2(go, 0);
            execl("/bin/cat", "cat", (char *)NULL);
        }
    }
    _exit(0);
}

static void test_the_life_of_a_process(void **state)
{
    int go[2];
    unsigned seen = 0;
    struct connector *c = open_or_skip(CONNECTOR_BUFFER);
    (void)state;
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        run_child(go[0]);
    }
    await_event(c, pid, SOURCE_STARTED, &seen);
    if (seen == 1)
        await_event(c, pid, SOURCE_RENAMED, &seen);
    assert_int_equal(seen, 2);
    if (geteuid() == 0) {
        assert_int_equal(write(go[1], "1", 1), 1);
        while (seen < 4) /* none of the threads */
            await_event(c, pid, SOURCE_CHANGED_IDS, &seen);
        assert_int_equal(write(go[1], "2", 1), 1);
        await_event(c, pid, SOURCE_EXECUTED, &seen);
    }
    close(go[1]);
    await_event(c, pid, SOURCE_ENDED, &seen);
    close(go[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    connector_destroy(c);
}

static void test_lost_events_are_counted(void **state)
{
    struct connector_count count = {0};
    struct buf events = {0};
    struct connector *c = open_or_skip(1); /* the kernel has a least size */
    (void)state;
    for (int i = 0; i < 200; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
    assert_int_equal(connector_drain(c, &events, &count), 0);
    assert_true(count.lost > 0);
    assert_true(count.received > 0 && count.received < 400);
    buf_clear(&events);
    assert_int_equal(connector_drain(c, &events, &count), 0); /* and it goes on */
    assert_int_equal(count.lost, 0);
    buf_free(&events);
    connector_destroy(c);
}

/* Another process sends what looks like an event. */
static void test_only_the_kernel_is_believed(void **state)
{
    struct connector *c = open_or_skip(CONNECTOR_BUFFER);
    struct datagram d = datagram_of(PROC_EVENT_EXIT, (pid_t[4]){4194303, 4194303});
    struct sockaddr_nl target;
    socklen_t len = sizeof(target);
    struct connector_count count;
    struct buf events = {0};
    (void)state;
    assert_int_equal(getsockname(connector_fd(c), (struct sockaddr *)&target, &len), 0);
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    assert_true(fd >= 0);
    target.nl_groups = 0;
    assert_int_equal(sendto(fd, &d, sizeof(d), 0, (struct sockaddr *)&target, len),
                     sizeof(d));
    assert_int_equal(connector_drain(c, &events, &count), 0);
    const struct source_event *e = (const void *)events.data;
    for (size_t i = 0; i < count.received; i++)
        assert_int_not_equal(e[i].pid, 4194303);
    close(fd);
    buf_free(&events);
    connector_destroy(c);
}

/* Whether the connector reports what this process causes. */
static bool is_heard(struct connector *c)
{
    struct connector_count count;
    struct buf events = {0};
    bool heard = false;
    connector_cause_event();
    assert_int_equal(connector_drain(c, &events, &count), 0);
    const struct source_event *e = (const void *)events.data;
    for (size_t i = 0; i < count.received; i++)
        heard = heard || (e[i].pid == getpid() && e[i].kind == SOURCE_RENAMED);
    buf_free(&events);
    return heard;
}

/* Of this socket only: an unsubscription of another one would silence all programs of the
 * host. Before Linux 6.6 those are reported to as long as one is. */
static void test_it_subscribes_again(void **state)
{
    const uint32_t operation = PROC_CN_MCAST_IGNORE;
    char request[HEADS + sizeof(operation)];
    const struct nlmsghdr head = {.nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE};
    const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC},
                                   .len = sizeof(operation)};
    struct connector *c = open_or_skip(CONNECTOR_BUFFER);
    (void)state;
    assert_true(is_heard(c));
    memcpy(request, &head, sizeof(head));
    memcpy(request + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(request + HEADS, &operation, sizeof(operation));
    assert_int_equal(send(connector_fd(c), request, sizeof(request), 0), sizeof(request));
    bool was_silent = !is_heard(c);
    assert_int_equal(connector_subscribe_again(c), 0);
    assert_true(connector_has_events(c));
    assert_true(is_heard(c));
    connector_destroy(c);
    if (!was_silent)
        skip();
}

static void test_it_may_not_help(void **state)
{
    const int group = CN_IDX_PROC;
    struct connector *c = open_or_skip(CONNECTOR_BUFFER);
    (void)state;
    assert_int_equal(setsockopt(connector_fd(c), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP,
                                &group, sizeof(group)),
                     0);
    is_heard(c); /* what came before */
    assert_false(is_heard(c));
    assert_int_equal(connector_subscribe_again(c), -ENOTCONN);
    assert_int_equal(connector_subscribe_again(c), -ENOTCONN);
    connector_destroy(c);
}

/* The result of connector_create() in a namespace of its own, 1 = not permitted. */
static int create_inside(int flags)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct connector *c;
        if (unshare(flags) < 0)
            _exit(1);
        pid_t inner = fork(); /* a new pid namespace begins with a child */
        if (inner == 0)
            _exit(-connector_create(CONNECTOR_BUFFER, 100, &c));
        waitpid(inner, &status, 0);
        _exit(WEXITSTATUS(status));
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static void test_it_is_refused_in_other_namespaces(void **state)
{
    (void)state;
    int r = create_inside(CLONE_NEWNET);
    if (r == 1)
        skip();
    assert_int_equal(r, ECONNREFUSED);
    connector_destroy(open_or_skip(CONNECTOR_BUFFER)); /* this is another namespace */
    /* Confirmations of other listeners do not count as its own. */
    pid_t other = fork();
    if (other == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (struct connector *c; connector_create(CONNECTOR_BUFFER, 100, &c) == 0;)
            connector_destroy(c);
        _exit(1);
    }
    r = create_inside(CLONE_NEWPID);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    assert_int_equal(r, ETIMEDOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_of_events),
        cmocka_unit_test(test_other_datagrams_are_skipped),
        cmocka_unit_test(test_the_life_of_a_process),
        cmocka_unit_test(test_lost_events_are_counted),
        cmocka_unit_test(test_only_the_kernel_is_believed),
        cmocka_unit_test(test_it_subscribes_again),
        cmocka_unit_test(test_it_may_not_help),
        cmocka_unit_test(test_it_is_refused_in_other_namespaces),
    };
    return cmocka_run_group_tests_name("proc connector", tests, NULL, NULL);
}
