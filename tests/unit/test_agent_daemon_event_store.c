/* The outbox file: what a daemon finds of the one before it, after every kind of end and
 * with every kind of disk. No number is used twice, and each is delivered or counted. */
#include "agent/daemon/event_store.h"
#include "agent/daemon/outbox.h"
#include "agent/daemon/state_file.h"
#include "agent/ipc/ipc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/engine.h"
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
#include <unistd.h>

#include <cmocka.h>

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

/* ------------------------------------------------------------ a daemon */

static void begin(void)
{
    assert_int_equal(ipc_pair(fds), 0);
    state = state_create();
    assert_int_equal(state_file_load("state", state, log_file, now), 0);
    engine = engine_create(state);
    outbox = outbox_create(RECORD_EVENTS_MAX);
    assert_int_equal(event_store_open("state", state, outbox, log_file, now, &store), 0);
}

static void take_events(void)
{
    for (struct event *t; (t = engine_take_event(engine));) {
        event_store_add(store, t, true);
        outbox_add(outbox, t);
    }
    (void)event_store_save_state(store, false);
}

/* The first event is there before the threads are, as in the daemon. */
static void start_with(const char *text)
{
    if (text)
        assert_int_equal(engine_add_event(engine, EVENT_STARTED, text, now), 0);
    assert_int_equal(event_store_restore(store, engine, now), 0);
    take_events();
    assert_true(event_store_start(store) >= 0);
}

static void start(void)
{
    start_with(NULL);
}

/* Adds events about nothing. Returns the number of the last one. */
static uint64_t add(size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, "an event", now), 0);
    take_events();
    return state_coming_event(state) - 1;
}

/* The number of the next event that is sent; waits for it. 0: none, `patience` long. */
static uint64_t sent(int patience_ms)
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

static void expect_sent(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        assert_int_equal(sent(PATIENCE_MS), i);
}

static void acknowledge(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        outbox_acknowledge(outbox, i);
}

static void drop(void)
{
    event_store_destroy(store);
    outbox_destroy(outbox);
    engine_destroy(engine);
    state_destroy(state);
    close(fds[0]);
    close(fds[1]);
}

/* The end by a signal; what was given to the threads is written. */
static void end_killed(void)
{
    event_store_update(store);
    drop();
}

static void end(void)
{
    event_store_stop(store);
    drop();
}

/* ------------------------------------------------------------ files */

static int enter_folder(void **test)
{
    char *folder = strdup("/tmp/test_event_store.XXXXXX");
    if (!folder || !mkdtemp(folder) || chdir(folder) < 0)
        return -1;
    log_fd = memfd_create("log", MFD_CLOEXEC);
    log_file = log_create(log_fd, "test", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    *test = folder;
    return log_file ? 0 : -1;
}

static int leave_folder(void **test)
{
    char *folder = *test;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    log_destroy(log_file);
    close(log_fd);
    int r = chdir("/") < 0 ? -1 : rmdir(folder);
    free(folder);
    return r;
}

static const char *logged(void)
{
    static char text[8192];
    log_flush(log_file);
    ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    assert_int_equal(ftruncate(log_fd, 0), 0);
    lseek(log_fd, 0, SEEK_SET);
    return text;
}

static size_t times_in(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

static struct buf contents(const char *path)
{
    struct buf b = {0};
    assert_int_equal(file_read_named(path, 1 << 28, &b), 0);
    return b;
}

static void put(const char *path, const void *data, size_t len)
{
    assert_int_equal(file_replace(path, data, len, 0600), 0);
}

static bool has_file(const char *prefix)
{
    DIR *dir = opendir(".");
    bool found = false;
    for (struct dirent *e; (e = readdir(dir));)
        found |= strncmp(e->d_name, prefix, strlen(prefix)) == 0;
    closedir(dir);
    return found;
}

/* ------------------------------------------------------------ ends of daemons */

static void what_is_not_delivered_is_sent_again(void **test)
{
    (void)test;
    for (int killed = 0; killed < 2; killed++) {
        begin();
        start();
        uint64_t first = state_coming_event(state), last = add(10);
        expect_sent(first, last);
        acknowledge(first, first + 3);
        acknowledge(first + 5, first + 5);
        if (killed)
            end_killed();
        else
            end();
        begin();
        assert_int_equal(event_store_was_killed(store), killed);
        start();
        assert_int_equal(outbox_waiting(outbox), 5);
        assert_int_equal(outbox_dropped(outbox), 0);
        assert_int_equal(sent(PATIENCE_MS), first + 4);
        expect_sent(first + 6, last);
        assert_int_equal(add(1), last + 1); /* no number is skipped */
        expect_sent(last + 1, last + 1);
        acknowledge(first, last + 1);
        end();
    }
    struct stat st;
    assert_int_equal(stat(EVENTS, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_string_equal(logged(), "");
}

/* An event is in the file when it is sent. */
static void sent_is_written(void **test)
{
    (void)test;
    begin();
    start();
    for (uint64_t i = 1; i <= 50; i++) {
        char line[32];
        assert_int_equal(add(1), i);
        expect_sent(i, i);
        acknowledge(i, i);
        struct buf b = contents(EVENTS);
        snprintf(line, sizeof(line), "event\t%llu\t", (unsigned long long)i);
        assert_non_null(strstr(buf_text(&b), line));
        buf_free(&b);
    }
    end();
}

/* The first event, for which a block of numbers is reserved, does not wait. */
static void the_first_event_is_sent(void **test)
{
    (void)test;
    for (uint64_t i = 1; i <= 3; i++) {
        begin();
        start_with("started");
        expect_sent(i, i);
        acknowledge(i, i);
        end();
    }
    assert_string_equal(logged(), ""); /* the disk responds */
}

/* A crash of the machine may have taken what was sent: its number is not used again. */
static void another_boot_skips_the_block(void **test)
{
    (void)test;
    begin();
    start();
    add(3);
    expect_sent(1, 3);
    end_killed();
    struct buf b = contents(EVENTS);
    struct buf head = {0};
    event_text_begin(&head, "another-boot", 1001, 0);
    const char *events = strstr(b.data, "last\t");
    events = strchr(events, '\n') + 1;
    buf_append_text(&head, events);
    put(EVENTS, head.data, head.len);
    buf_free(&b);
    buf_free(&head);
    begin();
    assert_false(event_store_was_killed(store));
    start();
    assert_int_equal(outbox_dropped(outbox), 1000 - 3);
    assert_int_equal(times_in(logged(), "records of the last daemon are missing"), 1);
    expect_sent(1, 3);
    assert_int_equal(add(1), 1001);
    acknowledge(1, 1001);
    end();
    begin(); /* and the number of dropped ones is kept */
    assert_int_equal(outbox_dropped(outbox), 997);
    start();
    assert_int_equal(outbox_dropped(outbox), 997);
    assert_string_equal(logged(), "");
    end();
}

/* A state file that an earlier version has written: no outbox file, or an old one. */
static void upgrades_and_downgrades(void **test)
{
    (void)test;
    state = state_create();
    for (int i = 0; i < 4500; i++)
        state_next_event(state);
    assert_int_equal(state_file_save("state", state, 0), 0); /* ended by a crash */
    uint64_t reserved = state_reserved(state);
    state_destroy(state);
    begin();
    start();
    assert_int_equal(add(1), reserved);
    assert_int_equal(outbox_dropped(outbox), 0);
    expect_sent(reserved, reserved);
    end();
    /* The earlier version runs again, and uses some numbers. */
    state = state_create();
    assert_int_equal(state_file_load("state", state, log_file, now), 0);
    state_next_event(state);
    assert_int_equal(state_file_save("state", state, 0), 0);
    uint64_t next = state_reserved(state);
    state_destroy(state);
    begin();
    start();
    assert_int_equal(add(1), next);
    end();
}

/* As released versions have written it: when they stopped, and before a crash. */
static void the_released_format(void **test)
{
    (void)test;
    static const char rows[] = "notify 0\n"
                               "index 4\n"
                               "group 1 2 web\n"
                               "condition 1 1 count\n"
                               "condition 1 2 fat \"x\"\n"
                               "group 2 1 t-a\\\\x2db\\nc\n"
                               "condition 2 1 count\n"
                               "group 3 1 gone\n";
    static const struct {
        uint64_t number;
        const char *sum;
    } files[] = {{42, "3e0f655f"}, {1001, "90e7becf"}};
    for (size_t i = 0; i < 2; i++) {
        uint32_t index;
        struct buf b = {0};
        buf_printf(&b, "procgroup-state 1\nevent %u\n%ssum %s\n",
                   (unsigned)files[i].number, rows, files[i].sum);
        put("state", b.data, b.len);
        buf_free(&b);
        unlink(EVENTS);
        begin();
        assert_false(state_notify_on(state));
        assert_int_equal(state_admin(state, "web"), GROUP_MAINTENANCE);
        assert_int_equal(state_condition_index(state, "web", "fat \"x\"", &index), 0);
        assert_int_equal(index, 2);
        assert_int_equal(state_group_index(state, "t-a\\x2db\nc", &index), 0);
        assert_int_equal(index, 2);
        assert_int_equal(state_group_index(state, "new", &index), 0);
        assert_int_equal(index, 4);
        start();
        assert_int_equal(add(1), files[i].number);
        expect_sent(files[i].number, files[i].number);
        assert_int_equal(outbox_dropped(outbox), 0);
        assert_string_equal(logged(), "");
        end();
    }
}

static void too_many_are_dropped_and_counted_for_good(void **test)
{
    (void)test;
    begin();
    start();
    add(RECORD_EVENTS_MAX + 7);
    assert_int_equal(outbox_dropped(outbox), 7);
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_dropped(outbox), 7);
    assert_int_equal(outbox_waiting(outbox), RECORD_EVENTS_MAX);
    expect_sent(8, 8 + IPC_EVENTS_MAX - 1);
    end();
}

/* The file does not grow with what is delivered, and is seldom written anew. */
static void the_file_is_bounded(void **test)
{
    (void)test;
    begin();
    start();
    struct stat st;
    uint64_t last = 0;
    off_t largest = 0;
    ino_t inode = 0;
    size_t files = 0;
    for (int i = 0; i < 1200; i++) {
        uint64_t first = last + 1;
        last = add(30);
        expect_sent(first, last);
        acknowledge(first, last);
        assert_int_equal(stat(EVENTS, &st), 0);
        largest = st.st_size > largest ? st.st_size : largest;
        files += st.st_ino != inode;
        inode = st.st_ino;
    }
    assert_true(largest > (off_t)RECORD_SLACK_MAX / 2);
    assert_in_range(files, 2, 20);
    assert_true(largest < 2 * (off_t)RECORD_SLACK_MAX);
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 0);
    assert_int_equal(add(1), last + 1);
    end();
}

/* Of a group that is not configured: it does not wait. Returns its number. */
static uint64_t keep(enum event_kind kind, uint64_t ends)
{
    struct event *event;
    const struct event_record record = {
        .number = state_next_event(state),
        .kind = kind,
        .flags = kind == EVENT_RAISED ? RECORD_ACTIVE | RECORD_NOTIFIED : 0,
        .ends = ends,
        .group_index = 1,
        .condition_index = 1,
        .group = "gone",
        .condition = "count",
    };
    assert_int_equal(engine_load_event(engine, &record, &event), 0);
    event_store_add(store, event, false);
    event_destroy(event);
    return record.number;
}

/* Until the file has a size in this range. */
static bool becomes(off_t min, off_t max, ino_t *ret_inode)
{
    struct stat st;
    for (int i = 0; i < PATIENCE_MS; i++, usleep(1000)) {
        event_store_update(store);
        if (stat(EVENTS, &st) == 0 && st.st_size >= min && st.st_size <= max) {
            *ret_inode = st.st_ino;
            return true;
        }
    }
    return false;
}

/* It is written anew when it has much more than the violations that are active need, and
 * not because there are many of them. */
static void violations_count_for_the_bound(void **test)
{
    enum { MANY = 18000 };
    const off_t slack = (off_t)RECORD_SLACK_MAX;
    static uint64_t numbers[MANY];
    ino_t before = 0, after = 0;
    (void)test;
    begin();
    start();
    for (size_t i = 0; i < MANY; i++)
        numbers[i] = keep(EVENT_RAISED, 0);
    assert_true(becomes(slack + slack / 8, 3 * slack, &before));
    for (int i = 0; i < 20; i++) {
        uint64_t last = add(1);
        expect_sent(last, last);
        acknowledge(last, last);
    }
    assert_true(becomes(slack, 3 * slack, &after));
    assert_true(before == after);
    for (size_t i = 0; i < MANY; i++)
        keep(EVENT_RECOVERED, numbers[i]);
    assert_true(becomes(1, slack / 2, &after));
    end();
}

/* So much is delivered that the whole file is written anew. */
static void fill_the_file(void)
{
    char text[20000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (size_t i = 0; i < 2 * RECORD_SLACK_MAX / sizeof(text); i++) {
        assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, text, now), 0);
        take_events();
        uint64_t number = state_coming_event(state) - 1;
        expect_sent(number, number);
        acknowledge(number, number);
    }
}

/* The violation of a raise that was delivered is there after a restart until it has
 * ended, from the lines of one daemon and from a whole file. */
static void active_violations_are_kept(void **test)
{
    (void)test;
    for (int whole = 0; whole < 2; whole++) {
        begin();
        start();
        uint64_t first = keep(EVENT_RAISED, 0), second = keep(EVENT_RAISED, 0);
        keep(EVENT_RECOVERED, second);
        if (whole)
            fill_the_file();
        end_killed();
        begin();
        uint64_t next = state_coming_event(state);
        assert_int_equal(event_store_restore(store, engine, now), 0);
        struct event *t = engine_take_event(engine);
        assert_non_null(t);
        assert_int_equal(t->number, next);
        assert_int_equal(t->ends, first);
        assert_null(engine_take_event(engine));
        assert_int_equal(outbox_waiting(outbox), 0);
        event_store_add(store, t, false);
        event_destroy(t);
        assert_true(event_store_start(store) >= 0);
        end();
    }
    struct buf b = contents(EVENTS);
    assert_true(b.len < 1000); /* nothing is left */
    buf_free(&b);
}

/* The daemon is killed before it has written that they have ended. */
static void violations_outlive_a_short_daemon(void **test)
{
    (void)test;
    begin();
    start();
    uint64_t first = keep(EVENT_RAISED, 0);
    end_killed();
    for (int i = 0; i < 3; i++) {
        begin();
        assert_int_equal(event_store_restore(store, engine, now), 0);
        struct event *t = engine_take_event(engine);
        assert_non_null(t);
        assert_int_equal(t->ends, first);
        event_destroy(t);
        assert_true(event_store_start(store) >= 0);
        end();
    }
}

static void too_many_violations(void **test)
{
    (void)test;
    begin();
    start();
    for (int i = 0; i < RECORD_VIOLATIONS_MAX; i++)
        keep(EVENT_RAISED, 0);
    assert_null(strstr(logged(), " violations: some will be raised anew"));
    keep(EVENT_RAISED, 0);
    keep(EVENT_RAISED, 0);
    assert_int_equal(times_in(logged(), " violations: some will be raised anew"), 1);
    end();
}

/* ------------------------------------------------------------ damage */

static void damaged_files_are_set_aside(void **test)
{
    (void)test;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"nonsense", "not an outbox file"},
        {"", "not an outbox file"},
        {"procgroup-outbox 2 +\nx\n", "written by a newer version"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put(EVENTS, rows[i].text, strlen(rows[i].text));
        begin();
        start();
        const char *text = logged();
        assert_int_equal(times_in(text, rows[i].message), 1);
        assert_int_equal(times_in(text, "\n"), 1);
        struct buf b = contents(EVENTS ".damaged-1700000000");
        assert_string_equal(buf_text(&b), rows[i].text);
        buf_free(&b);
        uint64_t number = add(1);
        expect_sent(number, number);
        acknowledge(number, number);
        end();
        unlink(EVENTS ".damaged-1700000000");
    }
}

/* It would be replaced. */
static void an_unreadable_file_is_set_aside(void **test)
{
    (void)test;
    if (geteuid() != 0)
        skip();
    put(EVENTS, "procgroup-outbox 1 +\n", 21);
    assert_int_equal(chmod(EVENTS, 0), 0);
    assert_int_equal(chown(".", NOBODY, NOBODY), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    begin();
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(times_in(logged(), "Permission denied; renamed to "), 1);
    struct buf b = contents(EVENTS ".damaged-1700000000");
    assert_string_equal(buf_text(&b), "procgroup-outbox 1 +\n");
    buf_free(&b);
    start();
    assert_int_equal(add(1), 1);
    expect_sent(1, 1);
    end();
}

static void a_file_that_is_too_large(void **test)
{
    (void)test;
    put(EVENTS, "procgroup-outbox 1 +\n", 21);
    assert_int_equal(truncate(EVENTS, (off_t)RECORD_FILE_MAX + 1), 0);
    begin();
    assert_int_equal(times_in(logged(), "not an outbox file; renamed to "), 1);
    assert_true(has_file(EVENTS ".damaged-"));
    start();
    assert_int_equal(add(1), 1);
    expect_sent(1, 1);
    end();
}

/* What is read of a damaged file is sent, and its damage counted. */
static void damaged_lines_are_counted(void **test)
{
    (void)test;
    begin();
    start();
    add(5);
    expect_sent(1, 5);
    end_killed();
    struct buf b = contents(EVENTS);
    char *third = strstr(b.data, "event\t3\t");
    third[40] ^= 1;
    put(EVENTS, b.data, b.len);
    buf_free(&b);
    begin();
    start();
    assert_int_equal(times_in(logged(), "damaged: 1 lines were left out"), 1);
    assert_true(has_file(EVENTS ".damaged-"));
    assert_int_equal(outbox_waiting(outbox), 4);
    assert_int_equal(outbox_dropped(outbox), 1001 - 6 + 1);
    end();
}

/* Killed in the middle of a write. */
static void a_cut_line_was_not_sent(void **test)
{
    (void)test;
    begin();
    start();
    add(4);
    expect_sent(1, 4);
    end_killed();
    struct buf b = contents(EVENTS);
    put(EVENTS, b.data, b.len - 10);
    buf_free(&b);
    begin();
    start();
    assert_string_equal(logged(), "");
    assert_int_equal(outbox_waiting(outbox), 3);
    assert_int_equal(add(1), 4);
    end();
}

/* ------------------------------------------------------------ disks */

/* Events go out although they cannot be kept; that is said once, and so is its end. */
static void expect_outage(uint64_t first)
{
    for (uint64_t i = first; i < first + 5; i++) {
        assert_int_equal(add(1), i);
        expect_sent(i, i);
    }
    assert_int_equal(times_in(logged(), "cannot save events"), 1);
}

static void a_full_disk(void **test)
{
    (void)test;
    struct rlimit old, limit;
    struct stat st;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    begin();
    start();
    add(3);
    expect_sent(1, 3);
    assert_int_equal(stat(EVENTS, &st), 0);
    limit = (struct rlimit){(rlim_t)st.st_size + 20, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (uint64_t i = 4; i < 9; i++) {
        assert_int_equal(add(1), i);
        expect_sent(i, i);
    }
    end_killed(); /* and so are the numbers that were used meanwhile */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    struct buf b = contents(EVENTS);
    assert_int_equal(b.data[RECORD_MARK_AT], RECORD_NOT_COMPLETE);
    assert_int_equal(b.data[b.len - 1], '\n');
    buf_free(&b);
    begin();
    start();
    assert_int_equal(times_in(logged(), "records of the last daemon are missing"), 1);
    assert_int_equal(outbox_waiting(outbox), 3); /* whole lines are kept */
    assert_int_equal(add(1), 1001);
    end();
}

/* The first number of a block waits until the block is on disk, but not forever. */
static void a_block_that_is_not_saved(void **test)
{
    (void)test;
    begin();
    start();
    assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, "an event", now), 0);
    struct event *t = engine_take_event(engine);
    event_store_add(store, t, true);
    assert_int_equal(outbox_add(outbox, t), 0);
    uint64_t number = sent(0);
    int64_t due = event_store_due(store);
    const char *text = logged();
    if (!strstr(text, "the disk does not respond")) { /* so slow is this machine */
        assert_int_equal(number, 0);
        assert_true(due <= clock_boot_ms() + 1000);
        assert_int_equal(sent(PATIENCE_MS), 1);
        assert_int_equal(times_in(logged(), "the disk does not respond"), 1);
    }
    assert_int_equal(event_store_due(store), CLOCK_NEVER);
    assert_int_equal(event_store_save_state(store, false), 0);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "saving works again"); i++)
        (void)sent(1);
    add(1);
    assert_int_equal(sent(PATIENCE_MS), 2);
    end();
}

/* The disk may be slow. */
static void save_again(void)
{
    (void)event_store_save_state(store, true);
    event_store_update(store);
    poll(NULL, 0, 1);
}

static void a_state_file_that_cannot_be_written(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    state_set_notify(state, false);
    if (event_store_save_state(store, true) == 0) { /* the disk is fast enough */
        struct buf b = contents("state");
        assert_non_null(strstr(buf_text(&b), "notify 0\n"));
        buf_free(&b);
    }
    while (event_store_save_state(store, true) < 0 || state_is_dirty(state))
        poll(NULL, 0, 1);
    logged();
    unlink("state");
    assert_int_equal(mkdir("state", 0700), 0);
    state_set_notify(state, true);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "cannot save row indexes"); i++)
        save_again();
    assert_true(state_is_dirty(state));
    assert_int_equal(rmdir("state"), 0);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "saving works again"); i++)
        save_again();
    assert_false(state_is_dirty(state));
    end();
}

/* The order of a write and what it allows. */
static void nothing_is_sent_before_it_is_written(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    disk_hold(WRITE);
    assert_int_equal(add(1), 2);
    uint64_t early = sent(50);
    if (!strstr(logged(), "the disk does not respond")) /* so slow is this machine */
        assert_int_equal(early, 0);
    disk_release();
    assert_int_equal(early ? early : sent(PATIENCE_MS), 2);
    end();
}

/* After a second its events are sent all the same; that is said once, and so is its end.
 */
static void a_disk_that_hangs(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    logged();
    disk_hold(WRITE);
    int64_t began = clock_boot_ms();
    assert_int_equal(add(1), 2);
    event_store_update(store);
    int64_t due = event_store_due(store);
    assert_true(due >= began + 1000 && due <= clock_boot_ms() + 1000);
    assert_int_equal(sent(PATIENCE_MS), 2);
    assert_in_range(clock_boot_ms() - began, 1000, 8000);
    assert_int_equal(event_store_due(store), CLOCK_NEVER);
    assert_int_equal(add(1), 3);
    assert_int_equal(sent(500), 3); /* at once */
    assert_int_equal(times_in(logged(), "the disk does not respond"), 1);
    disk_pass_one(); /* event 2 is written, and 3 is not yet */
    wait_held();
    (void)sent(0);
    assert_string_equal(logged(), "");
    disk_release();
    size_t again = 0;
    for (int i = 0; i < PATIENCE_MS && !again; i++) {
        (void)sent(1);
        again = times_in(logged(), "saving works again");
    }
    assert_int_equal(again, 1);
    end();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 3);
    assert_int_equal(outbox_dropped(outbox), 0);
    end();
}

static void a_state_file_that_takes_long(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    while (event_store_save_state(store, true) < 0 || state_is_dirty(state))
        poll(NULL, 0, 1);
    state_set_notify(state, false);
    disk_hold(SYNC);
    assert_int_equal(event_store_save_state(store, true), -ETIMEDOUT);
    disk_release();
    end();
    struct buf b = contents("state");
    assert_non_null(strstr(buf_text(&b), "notify 0\n"));
    buf_free(&b);
}

/* The end does not wait for it either. */
static void a_disk_that_hangs_at_the_end(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    disk_hold(SYNC);
    state_set_notify(state, false);
    int64_t began = clock_boot_ms();
    event_store_stop(store);
    assert_true(clock_boot_ms() - began >= 5000);
    assert_int_equal(times_in(logged(), "Connection timed out"), 1);
    disk_release();
    for (int i = 0; i < PATIENCE_MS && access(EVENTS, F_OK) < 0; i++)
        usleep(1000);
    drop();
    poll(NULL, 0, 200); /* the threads still use the folder */
}

static void a_file_that_cannot_be_set_aside(void **test)
{
    (void)test;
    put(EVENTS, "nonsense", 8);
    disk_break(RENAME, EACCES);
    begin();
    const char *text = logged();
    assert_non_null(
        strstr(text, "not an outbox file; cannot rename the file: Permission"));
    assert_int_equal(times_in(text, "\n"), 1);
    disk_break(0, 0);
    start();
    assert_int_equal(add(1), 1);
    expect_sent(1, 1);
    end();
}

/* It cannot be read; what comes later is sent, and kept when the folder is gone. */
static void a_folder_in_its_place(void **test)
{
    (void)test;
    assert_int_equal(mkdir(EVENTS, 0700), 0);
    begin();
    assert_int_equal(times_in(logged(), EVENTS ": Is a directory"), 1);
    assert_false(has_file(EVENTS ".damaged"));
    start();
    expect_outage(1);
    assert_int_equal(rmdir(EVENTS), 0);
    for (int i = 0; i < PATIENCE_MS / 10 && !has_file(EVENTS); i++)
        (void)sent(0), poll(NULL, 0, 10);
    (void)sent(100);
    assert_int_equal(times_in(logged(), "saving works again"), 1);
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 5);
    end();
}

/* The state file has the numbers up to 1,000 only. Adds those from 2 to `added`, and
 * expects them up to `last`. */
static void use_numbers(uint64_t added, uint64_t last)
{
    for (uint64_t i = 2; i <= added; i++) {
        assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, "an event", now), 0);
        struct event *t = engine_take_event(engine);
        event_store_add(store, t, true);
        assert_int_equal(outbox_add(outbox, t), 0);
    }
    for (uint64_t i = 2; i <= last; i++) {
        expect_sent(i, i);
        acknowledge(i, i);
    }
}

static void begin_a_block(void)
{
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    acknowledge(1, 1);
    while (event_store_save_state(store, true) < 0 || state_is_dirty(state))
        poll(NULL, 0, 1);
    event_store_update(store);
    logged();
}

static void the_first_number_of_a_block_waits(void **test)
{
    (void)test;
    begin_a_block();
    use_numbers(1001, 1000);
    uint64_t early = sent(0);
    if (!strstr(logged(), "the disk does not respond")) /* so slow is this machine */
        assert_int_equal(early, 0);
    end();
}

/* It does not if the state file cannot be saved at all: that was said. */
static void no_number_waits_for_a_broken_state_file(void **test)
{
    (void)test;
    begin_a_block();
    unlink("state");
    assert_int_equal(mkdir("state", 0700), 0);
    state_set_notify(state, false);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "cannot save row indexes"); i++)
        save_again();
    use_numbers(1003, 1003);
    assert_null(strstr(logged(), "the disk does not respond"));
    assert_int_equal(rmdir("state"), 0);
    end();
}

static void no_folder(void **test)
{
    (void)test;
    char here[256], away[280];
    assert_non_null(getcwd(here, sizeof(here)));
    snprintf(away, sizeof(away), "%s.away", here);
    begin();
    start();
    add(3);
    expect_sent(1, 3);
    end_killed();
    begin();
    assert_int_equal(rename(EVENTS, "kept"), 0);
    assert_int_equal(mkdir(EVENTS ".new", 0700), 0); /* nothing can be written there */
    int64_t began = clock_boot_ms();
    start();
    expect_sent(1, 3);
    expect_outage(4);
    int64_t due = event_store_due(store);
    assert_true(due != CLOCK_NEVER && due >= began + 5000); /* again, but not at once */
    assert_int_equal(rmdir(EVENTS ".new"), 0);
    for (int i = 0; i < PATIENCE_MS / 10 && !has_file(EVENTS); i++)
        (void)sent(0), poll(NULL, 0, 10);
    (void)sent(100);
    assert_int_equal(times_in(logged(), "saving works again"), 1);
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 8);
    assert_int_equal(add(1), 9);
    end();
    unlink("kept");
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_not_delivered_is_sent_again),
        IN_FOLDER(sent_is_written),
        IN_FOLDER(the_first_event_is_sent),
        IN_FOLDER(another_boot_skips_the_block),
        IN_FOLDER(upgrades_and_downgrades),
        IN_FOLDER(the_released_format),
        IN_FOLDER(too_many_are_dropped_and_counted_for_good),
        IN_FOLDER(the_file_is_bounded),
        IN_FOLDER(violations_count_for_the_bound),
        IN_FOLDER(active_violations_are_kept),
        IN_FOLDER(violations_outlive_a_short_daemon),
        IN_FOLDER(too_many_violations),
        IN_FOLDER(damaged_files_are_set_aside),
        IN_FOLDER(an_unreadable_file_is_set_aside),
        IN_FOLDER(a_file_that_is_too_large),
        IN_FOLDER(damaged_lines_are_counted),
        IN_FOLDER(a_cut_line_was_not_sent),
        IN_FOLDER(a_full_disk),
        IN_FOLDER(a_block_that_is_not_saved),
        IN_FOLDER(a_state_file_that_cannot_be_written),
        IN_FOLDER(nothing_is_sent_before_it_is_written),
        IN_FOLDER(a_disk_that_hangs),
        IN_FOLDER(a_state_file_that_takes_long),
        IN_FOLDER(a_disk_that_hangs_at_the_end),
        IN_FOLDER(a_file_that_cannot_be_set_aside),
        IN_FOLDER(a_folder_in_its_place),
        IN_FOLDER(the_first_number_of_a_block_waits),
        IN_FOLDER(no_number_waits_for_a_broken_state_file),
        IN_FOLDER(no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
