/* A daemon without its main loop, with an outbox file in a folder of its own, for the
 * tests of agent/daemon/event_store.c. Included by each. */
#include "agent/daemon/event_store.h"
#include "agent/daemon/outbox.h"
#include "agent/daemon/state_file.h"
#include "agent/ipc/ipc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/engine.h"
#include "log_lines.h"
#include "scratch.h"
#include "state/event_record.h"
#include "state/state_store.h"
#include "stub_disk.inc.c"
#include "table/table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED      __attribute__((unused))
#define PATIENCE_MS 60000
#define EVENTS      "state.events"
#define NOBODY      65534

static const struct moment now = {.boot_ms = 1000, .wall_ms = 1700000000123};
static struct log *log_file;
static int log_fd, fds[2];
static struct ipc_packet packet;

/* A daemon without its main loop. */
static struct state_store *state;
static struct engine *engine;
static struct outbox *outbox;
static struct event_store *store;

/* ------------------------------------------------------------ the clock */

/* So long the machine was suspended: what the store does at a time of CLOCK_BOOTTIME is
 * due so much earlier. This function stands in place of that of the C library. */
static time_t suspended_s;

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    int r = (int)syscall(SYS_clock_gettime, clock, ret_time);
    if (clock == CLOCK_BOOTTIME)
        ret_time->tv_sec += suspended_s;
    return r;
}

/* ------------------------------------------------------------ a daemon */

static UNUSED void begin(void)
{
    assert_int_equal(ipc_pair(fds), 0);
    state = state_create();
    assert_int_equal(state_file_load("state", state, log_file, now), 0);
    engine = engine_create(state);
    outbox = outbox_create(RECORD_EVENTS_MAX);
    assert_int_equal(event_store_open("state", state, outbox, log_file, now, &store), 0);
}

static UNUSED void take_events(void)
{
    for (struct event *t; (t = engine_take_event(engine));) {
        event_store_add(store, t, true);
        outbox_add(outbox, t);
    }
    (void)event_store_save_state(store, false);
}

/* The first event is there before the threads are, as in the daemon. */
static UNUSED void start_with(const char *text)
{
    if (text)
        assert_int_equal(engine_add_event(engine, EVENT_STARTED, text, now), 0);
    assert_int_equal(event_store_restore(store, engine, now), 0);
    take_events();
    assert_true(event_store_start(store) >= 0);
}

static UNUSED void start(void)
{
    start_with(NULL);
}

/* Adds events about nothing. Returns the number of the last one. */
static UNUSED uint64_t add_with(size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, text, now), 0);
    take_events();
    return state_coming_event(state) - 1;
}

static UNUSED uint64_t add(size_t n)
{
    return add_with(n, "an event");
}

/* The number of the next event that is sent; waits for it. 0: none, `patience` long. */
static UNUSED uint64_t sent(int patience_ms)
{
    struct pollfd poll_fd = {.fd = fds[1], .events = POLLIN};
    for (int waited = 0;; waited++) {
        event_store_update(store);
        assert_int_equal(outbox_send(outbox, fds[0]), 0);
        if (ipc_receive(fds[1], &packet) == 1)
            return packet.head.number;
        if (waited >= patience_ms)
            return 0;
        poll(&poll_fd, 1, 1);
    }
}

static UNUSED void expect_sent(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        assert_int_equal(sent(PATIENCE_MS), i);
}

static UNUSED void acknowledge(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        outbox_acknowledge(outbox, i);
}

static UNUSED void drop(void)
{
    event_store_destroy(store);
    outbox_destroy(outbox);
    engine_destroy(engine);
    state_destroy(state);
    close(fds[0]);
    close(fds[1]);
}

/* The end by a signal; what was given to the threads is written. */
static UNUSED void end_killed(void)
{
    event_store_update(store);
    drop();
}

static UNUSED void end(void)
{
    event_store_stop(store);
    drop();
}

/* ------------------------------------------------------------ files */

static UNUSED int enter_folder(void **test)
{
    static char folder[SCRATCH_PATH_SIZE];
    if (scratch_create("test_event_store", folder) < 0 || chdir(folder) < 0)
        return -1;
    log_fd = memfd_create("log", MFD_CLOEXEC);
    log_file = log_create(log_fd, "test", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    *test = folder;
    return log_file ? 0 : -1;
}

static UNUSED int leave_folder(void **test)
{
    char *folder = *test;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    log_destroy(log_file);
    close(log_fd);
    return chdir("/") < 0 ? -1 : rmdir(folder);
}

static UNUSED const char *logged(void)
{
    return log_lines_take(log_file, log_fd);
}

static UNUSED size_t times_in(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

static UNUSED struct buf contents(const char *path)
{
    struct buf b = {0};
    assert_int_equal(file_read_named(path, 1 << 28, &b), 0);
    return b;
}

static UNUSED void put(const char *path, const void *data, size_t len)
{
    assert_int_equal(file_replace(path, data, len, 0600), 0);
}

static UNUSED bool has_file(const char *prefix)
{
    DIR *dir = opendir(".");
    bool found = false;
    for (struct dirent *e; (e = readdir(dir));)
        found |= strncmp(e->d_name, prefix, strlen(prefix)) == 0;
    closedir(dir);
    return found;
}

/* Events go out although they cannot be kept; that is said once, and so is its end. */
static UNUSED void expect_outage(uint64_t first)
{
    for (uint64_t i = first; i < first + 5; i++) {
        assert_int_equal(add(1), i);
        expect_sent(i, i);
    }
    assert_int_equal(times_in(logged(), "cannot save events"), 1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
