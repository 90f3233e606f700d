/* The source of events: does it notice that it gets none, and what happens then? */
#include "base/clock.h"
#include "heap.h"
#include "model/process_source.h"
#include "proc/connector.h"
#include "proc/internal.h"
#include "proc/procfs.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap.h"

static struct procfs *procfs;
static struct process_source_ops source;
static struct moment now;

/* Where the kernel refuses the connector (a container) there is nothing to test. */
static int open_source(void **state)
{
    const struct procfs_options options = {
        .root = "/proc", .use_events = true, .max_exits = 4, .deadline_ms = 2000};
    (void)state;
    now = clock_now();
    assert_int_equal(procfs_create(&options, &procfs), 0);
    source = procfs_source(procfs);
    return 0;
}

static int close_source(void **state)
{
    (void)state;
    procfs_destroy(procfs);
    return 0;
}

static bool has_events(void)
{
    return strstr(source.name(source.ctx), "+events");
}

static void skip_without_events(void)
{
    if (!has_events())
        skip();
}

/* Ten seconds later. */
static void scan(void)
{
    const struct snapshot *snapshot;
    now.boot_ms += 10000;
    assert_int_equal(source.scan(source.ctx, PROCESS_STAT, now, &snapshot), 0);
}

static struct source_events drain(void)
{
    struct source_events events;
    assert_int_equal(source.drain(source.ctx, &events), 0);
    return events;
}

static bool is_readable(void)
{
    struct pollfd poll_fd = {.fd = source.event_fd(source.ctx), .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

static void test_its_own_event_is_not_reported(void **state)
{
    (void)state;
    skip_without_events();
    for (int i = 0; i < 5; i++) {
        scan();
        assert_true(is_readable());
        struct source_events events = drain();
        if (events.lost > 0) /* the machine is very busy */
            continue;
        assert_false(events.rescan);
        for (size_t k = 0; k < events.count; k++)
            assert_false(events.list[k].pid == getpid());
    }
    connector_cause_event(); /* one that it does not expect */
    struct source_events events = drain();
    bool found = false;
    for (size_t k = 0; k < events.count; k++)
        found = found ||
                (events.list[k].pid == getpid() && events.list[k].kind == SOURCE_RENAMED);
    assert_true(found);
}

static void unsubscribe(int fd)
{
    enum { HEADS = NLMSG_HDRLEN + sizeof(struct cn_msg) };
    const uint32_t operation = PROC_CN_MCAST_IGNORE;
    char request[HEADS + sizeof(operation)];
    const struct nlmsghdr head = {.nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE};
    const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC},
                                   .len = sizeof(operation)};
    memcpy(request, &head, sizeof(head));
    memcpy(request + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(request + HEADS, &operation, sizeof(operation));
    assert_int_equal(send(fd, request, sizeof(request), 0), sizeof(request));
}

/* The kernel has stopped to report events: that is noticed, and it goes on. */
static void test_a_silence_ends_with_a_scan(void **state)
{
    (void)state;
    skip_without_events();
    scan();
    drain();
    unsubscribe(connector_fd(procfs->connector));
    scan();
    if (is_readable()) /* before Linux 6.6 all get events as long as one wants them */
        skip();
    scan();
    assert_true(is_readable());
    struct source_events events = drain();
    assert_true(events.rescan);
    assert_true(events.lost > 0);
    assert_true(events.all);
    assert_true(has_events());
    for (int i = 0; i < 3; i++) { /* the event that did not come is not waited for */
        scan();
        events = drain();
        assert_false(events.rescan);
        assert_int_equal(events.lost, 0);
    }
}

/* Nothing helps: the source goes on without events, under another name. */
static void test_a_silence_that_does_not_end(void **state)
{
    const int group = CN_IDX_PROC;
    (void)state;
    skip_without_events();
    scan();
    drain();
    setsockopt(connector_fd(procfs->connector), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP,
               &group, sizeof(group));
    drain();
    scan();
    assert_true(has_events());
    scan();
    assert_false(has_events());
    struct source_events events = drain();
    assert_true(events.rescan);
    assert_false(events.all);
    scan();
    assert_false(drain().rescan);
}

/* While events wait to be taken together, the end of a needed process does not. */
static void test_a_needed_end_interrupts_a_pause(void **state)
{
    (void)state;
    skip_without_events();
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    scan();
    const struct process *p = snapshot_find(&procfs->snapshot, pid);
    assert_non_null(p);
    const uint64_t key = process_key(p);
    const struct source_config config = {.exits = &key, .n_exits = 1};
    assert_int_equal(source.configure(source.ctx, &config), 0);
    drain();
    source.pause(source.ctx, true);
    connector_cause_event();
    assert_false(is_readable());
    kill(pid, SIGKILL);
    struct pollfd poll_fd = {.fd = source.event_fd(source.ctx), .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 10000), 1);
    struct source_events events = drain();
    bool ended = false;
    for (size_t k = 0; k < events.count; k++)
        ended =
            ended || (events.list[k].pid == pid && events.list[k].kind == SOURCE_ENDED);
    assert_true(ended);
    waitpid(pid, NULL, 0);
    drain();
    connector_cause_event();
    assert_false(is_readable());
    source.pause(source.ctx, false);
    assert_true(is_readable());
}

/* Without events of all processes, as another source would be. */
static void test_a_muted_source(void **state)
{
    (void)state;
    skip_without_events();
    scan();
    drain();
    assert_int_equal(source.mute(source.ctx, true), 0);
    assert_false(has_events());
    drain();
    connector_cause_event();
    assert_false(is_readable());
    for (int i = 0; i < 3; i++) {
        scan();
        struct source_events events = drain();
        assert_int_equal(events.count, 0);
        assert_false(events.all);
        assert_false(events.rescan);
    }
    assert_int_equal(source.mute(source.ctx, false), 0);
    assert_true(has_events());
    connector_cause_event();
    assert_true(is_readable());
    struct source_events events = drain();
    assert_true(events.all);
    assert_true(events.count > 0);
}

static void test_comm_is_read_at_once(void **state)
{
    char comm[PROCESS_COMM_SIZE];
    (void)state;
    assert_int_equal(source.peek(source.ctx, getpid(), comm), 0);
    assert_string_equal(comm, "test_proc_event");
    assert_true(source.peek(source.ctx, 4194303, comm) < 0);
}

static size_t count_unknown(pid_t pid)
{
    const pid_t *pids;
    size_t n, found = 0;
    assert_int_equal(source.find_unknown(source.ctx, clock_now(), &pids, &n), 0);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || pids[i - 1] < pids[i]);
        found += pids[i] == pid;
    }
    return found;
}

/* Also without its event; what has been read is not unknown any more. */
static void test_a_process_that_no_scan_has_seen_is_found(void **state)
{
    const struct snapshot *s;
    (void)state;
    assert_int_equal(source.scan(source.ctx, PROCESS_STAT, clock_now(), &s), 0);
    assert_int_equal(count_unknown(getpid()), 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(count_unknown(child), 1);
    assert_int_equal(source.update(source.ctx, &child, 1, PROCESS_STAT, clock_now()), 0);
    assert_int_equal(count_unknown(child), 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(count_unknown(child), 0);
}

/* With events of everything, few processes are read one by one. */
static void test_when_an_update_is_cheaper(void **state)
{
    const struct snapshot *s;
    (void)state;
    skip_without_events();
    assert_int_equal(source.scan(source.ctx, PROCESS_STAT, clock_now(), &s), 0);
    assert_true(source.prefers_update(source.ctx, 0));
    assert_false(source.prefers_update(source.ctx, s->count + 1));
    assert_int_equal(source.mute(source.ctx, true), 0);
    assert_false(source.prefers_update(source.ctx, 0));
    assert_int_equal(source.mute(source.ctx, false), 0);
    assert_true(source.prefers_update(source.ctx, 0));
}

/* A part of a pass takes less time than all of it, or it must be read from files. */
static void test_when_a_part_of_a_pass_is_cheaper(void **state)
{
    const struct procfs_options options = {
        .root = "/proc", .use_events = true, .use_bpf = true, .deadline_ms = 2000};
    const struct snapshot *s;
    struct procfs *other;
    (void)state;
    assert_int_equal(procfs_create(&options, &other), 0);
    struct process_source_ops ops = procfs_source(other);
    bool can_run = procfs_bpf_result(other) == 0 && strstr(ops.name(ops.ctx), "+events");
    size_t most = 0, all = 0;
    if (can_run) {
        assert_int_equal(ops.scan(ops.ctx, PROCESS_STAT, clock_now(), &s), 0);
        for (all = s->count; most <= all && ops.prefers_update(ops.ctx, most + 1);)
            most++;
    }
    procfs_destroy(other);
    if (!can_run)
        skip();
    assert_true(most == all / 2 || most == all / 10);
}

#define WITH_SOURCE(test) cmocka_unit_test_setup_teardown(test, open_source, close_source)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SOURCE(test_its_own_event_is_not_reported),
        WITH_SOURCE(test_a_silence_ends_with_a_scan),
        WITH_SOURCE(test_a_silence_that_does_not_end),
        WITH_SOURCE(test_a_needed_end_interrupts_a_pause),
        WITH_SOURCE(test_a_muted_source),
        WITH_SOURCE(test_comm_is_read_at_once),
        WITH_SOURCE(test_a_process_that_no_scan_has_seen_is_found),
        WITH_SOURCE(test_when_an_update_is_cheaper),
        WITH_SOURCE(test_when_a_part_of_a_pass_is_cheaper),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
