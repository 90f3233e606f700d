#include "heap.h"
#include "proc/exit_watch.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "proc/procfs.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHILDREN = 4, DEADLINE_MS = 10000 };

static struct exit_watch *watch;
static pid_t pids[CHILDREN];
static uint64_t keys[CHILDREN];
static pid_t last_ended;

static pid_t start_child(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    return pid;
}

static void find_keys(void)
{
    const struct procfs_options options = {.root = "/proc"};
    const struct snapshot *s;
    struct procfs *procfs;
    assert_int_equal(procfs_create(&options, &procfs), 0);
    struct process_source_ops source = procfs_source(procfs);
    assert_int_equal(source.scan(source.ctx, 0, clock_now(), &s), 0);
    for (size_t i = 0; i < CHILDREN; i++) {
        const struct process *p = snapshot_find(s, pids[i]);
        assert_non_null(p);
        keys[i] = process_key(p);
    }
    procfs_destroy(procfs);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHILDREN; i++)
        pids[i] = start_child();
    find_keys();
    watch = NULL;
    int r = exit_watch_create(100, &watch);
    return r == -ENOSYS ? 0 : r; /* Linux before 5.3, valgrind */
}

static void kill_child(size_t i)
{
    siginfo_t info;
    assert_int_equal(kill(pids[i], SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT), 0);
}

static int tear_down(void **state)
{
    (void)state;
    exit_watch_destroy(watch);
    for (size_t i = 0; i < CHILDREN; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    return 0;
}

static int wait_readable(int timeout_ms)
{
    struct pollfd fd = {.fd = exit_watch_fd(watch), .events = POLLIN};
    return poll(&fd, 1, timeout_ms);
}

/* Returns the number of events; the last one is in `last_ended`. */
static size_t drain(void)
{
    CLEANUP_BUF struct buf events = {0};
    exit_watch_drain(watch, &events);
    const struct source_event *list = (const void *)events.data;
    size_t n = events.len / sizeof(*list);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].kind, SOURCE_ENDED);
        last_ended = list[i].pid;
    }
    return n;
}

static void test_an_end_is_reported_once(void **state)
{
    (void)state;
    if (watch == NULL)
        skip();
    assert_int_equal(exit_watch_set(watch, keys, CHILDREN), CHILDREN);
    assert_int_equal(wait_readable(0), 0);
    assert_int_equal(drain(), 0);
    kill_child(1);
    kill_child(2);
    assert_int_equal(wait_readable(DEADLINE_MS), 1);
    assert_int_equal(drain(), 2);
    assert_int_equal(wait_readable(0), 0);
}

static void test_a_zombie_that_stays_wakes_once(void **state)
{
    (void)state;
    if (watch == NULL)
        skip();
    assert_int_equal(exit_watch_set(watch, keys, CHILDREN), CHILDREN);
    kill_child(0);
    assert_int_equal(drain(), 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(exit_watch_set(watch, keys, CHILDREN), CHILDREN - 1);
        assert_int_equal(wait_readable(0), 0);
    }
    /* After it was removed and added again it is reported again. */
    assert_int_equal(exit_watch_set(watch, keys, 0), 0);
    assert_int_equal(exit_watch_set(watch, keys, 1), 1);
    assert_int_equal(wait_readable(0), 1);
    assert_int_equal(drain(), 1);
}

static void test_removed_processes_are_not_reported(void **state)
{
    (void)state;
    if (watch == NULL)
        skip();
    assert_int_equal(exit_watch_set(watch, keys, CHILDREN), CHILDREN);
    assert_int_equal(exit_watch_set(watch, keys + 2, 2), 2);
    kill_child(0);
    assert_int_equal(wait_readable(0), 0);
    kill_child(3);
    assert_int_equal(wait_readable(DEADLINE_MS), 1);
    assert_int_equal(drain(), 1);
    assert_int_equal(last_ended, pids[3]);
}

static void test_the_limit_holds(void **state)
{
    (void)state;
    if (watch == NULL)
        skip();
    struct exit_watch *small;
    assert_int_equal(exit_watch_create(2, &small), 0);
    assert_int_equal(exit_watch_set(small, keys, CHILDREN), 2);
    assert_int_equal(exit_watch_set(small, keys + 1, 3), 2);
    exit_watch_destroy(small);
}

static void test_an_earlier_end_is_reported_once(void **state)
{
    (void)state;
    if (watch == NULL)
        skip();
    kill_child(0);
    assert_int_equal(waitpid(pids[0], NULL, 0), pids[0]);
    keys[1] += 1 << 22; /* another start time: the pid was used again */
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(exit_watch_set(watch, keys, CHILDREN), 2);
        assert_int_equal(wait_readable(0), i == 0);
        assert_int_equal(drain(), i == 0 ? 2 : 0);
    }
    pids[0] = start_child(); /* for tear_down() */
}

static void test_no_descriptors_left_is_no_error(void **state)
{
    (void)state;
    if (watch == NULL)
        skip();
    struct rlimit limit, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(exit_watch_set(watch, keys, 1), 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(exit_watch_set(watch, keys, CHILDREN), 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(exit_watch_set(watch, keys, CHILDREN), CHILDREN);
}

static void test_the_source_reports_wanted_ends(void **state)
{
    (void)state;
    if (watch == NULL)
        skip();
    const struct procfs_options options = {.root = "/proc", .max_exits = 1};
    struct source_config config = {.exits = keys, .n_exits = 2};
    struct source_events events;
    struct procfs *procfs;
    assert_int_equal(procfs_create(&options, &procfs), 0);
    struct process_source_ops source = procfs_source(procfs);
    struct pollfd fd = {.fd = source.event_fd(source.ctx), .events = POLLIN};
    assert_int_equal(source.configure(source.ctx, &config), 0);
    kill_child(1); /* beyond max_exits */
    assert_int_equal(poll(&fd, 1, 0), 0);
    kill_child(0);
    assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
    assert_int_equal(source.drain(source.ctx, &events), 0);
    assert_int_equal(events.count, 1);
    assert_int_equal(events.list[0].pid, pids[0]);
    assert_int_equal(events.list[0].kind, SOURCE_ENDED);
    assert_int_equal(events.received, 1);
    assert_int_equal(events.lost, 0);
    assert_false(events.rescan);
    assert_int_equal(source.drain(source.ctx, &events), 0);
    assert_int_equal(events.received, 0);
    procfs_destroy(procfs);
}

static void test_a_source_without_events(void **state)
{
    (void)state;
    const struct procfs_options options = {.root = "/proc"};
    struct source_config config = {.exits = keys, .n_exits = CHILDREN};
    struct source_events events;
    struct procfs *procfs;
    assert_int_equal(procfs_create(&options, &procfs), 0);
    struct process_source_ops source = procfs_source(procfs);
    assert_int_equal(source.event_fd(source.ctx), -1);
    assert_int_equal(source.configure(source.ctx, &config), 0);
    assert_int_equal(source.drain(source.ctx, &events), 0);
    assert_int_equal(events.count, 0);
    procfs_destroy(procfs);
}

#define WATCH_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCH_TEST(test_an_end_is_reported_once),
        WATCH_TEST(test_a_zombie_that_stays_wakes_once),
        WATCH_TEST(test_removed_processes_are_not_reported),
        WATCH_TEST(test_the_limit_holds),
        WATCH_TEST(test_an_earlier_end_is_reported_once),
        WATCH_TEST(test_no_descriptors_left_is_no_error),
        WATCH_TEST(test_the_source_reports_wanted_ends),
        WATCH_TEST(test_a_source_without_events),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
