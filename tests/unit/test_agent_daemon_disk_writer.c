/* The writer of the outbox file: in which order it writes, syncs and puts files in place,
 * and what it says when the disk is slow, full or broken. */
#include "agent/daemon/disk_writer.h"
#include "base/buf.h"
#include "base/file.h"
#include "heap.h"
#include "state/event_record.h"
#include "stub_disk.inc.c"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATIENCE_MS 60000
#define HEAD        "procgroup-outbox 1 +\n"

/* ------------------------------------------------------------ the writer */

static int wake_fd;
static struct disk_writer *writer;

static int set_up(void **test)
{
    char *folder = strdup("/tmp/test_disk_writer.XXXXXX");
    if (!folder || !mkdtemp(folder) || chdir(folder) < 0)
        return -1;
    *test = folder;
    disk.room = disk.piece = SIZE_MAX;
    disk_release();
    disk_break(0, 0);
    forget_calls();
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return disk_writer_create("events", "state", wake_fd, &writer);
}

static int tear_down(void **test)
{
    char *folder = *test;
    int r = disk_writer_destroy(writer, PATIENCE_MS);
    writer = NULL;
    close(wake_fd);
    DIR *dir = opendir(".");
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    if (chdir("/") < 0 || rmdir(folder) < 0)
        r = -1;
    free(folder);
    return r;
}

static void replace(const char *text, uint64_t mark)
{
    disk_writer_replace(writer, strdup(text), strlen(text), mark);
}

static void append(const char *text, uint64_t mark)
{
    disk_writer_append(writer, text, strlen(text), mark);
}

static struct disk_status status(void)
{
    struct disk_status s;
    disk_writer_status(writer, &s);
    return s;
}

static void flush(void)
{
    assert_int_equal(disk_writer_flush(writer, PATIENCE_MS), 0);
}

/* A file that is replaced, and nothing to do. */
static void begin(void)
{
    replace(HEAD, 1);
    flush();
    forget_calls();
}

static void expect_file(const char *path, const char *text)
{
    struct buf b = {0};
    assert_int_equal(file_read_named(path, 1 << 28, &b), 0);
    assert_string_equal(buf_text(&b), text);
    buf_free(&b);
}

static bool is_woken(void)
{
    uint64_t n;
    return read(wake_fd, &n, sizeof(n)) == sizeof(n);
}

/* Waits for the error, which may be 0. */
static void expect_error(int error)
{
    for (int i = 0; i < PATIENCE_MS && (status().error != error || status().is_replacing);
         i++)
        usleep(1000);
    assert_int_equal(status().error, error);
}

/* ------------------------------------------------------------ order */

static void a_new_file_is_synced_before_it_is_in_place(void **test)
{
    (void)test;
    replace(HEAD, 7);
    flush();
    assert_int_equal(strncmp(disk.calls, "wsrd", 4), 0);
    expect_file("events", HEAD);
    assert_int_equal(access("events.new", F_OK), -1);
    assert_int_equal(status().written, 7);
    assert_int_equal(status().error, 0);
    assert_false(status().is_replacing);
    struct stat st;
    assert_int_equal(stat("events", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void nothing_is_written_before_there_is_a_file(void **test)
{
    (void)test;
    append("early\n", 3);
    assert_int_equal(disk_writer_flush(writer, 20), -ETIMEDOUT);
    assert_string_equal(disk.calls, "");
    assert_int_equal(status().written, 0);
    replace(HEAD "early\n", 4); /* it has what was to be appended */
    flush();
    assert_int_equal(status().written, 4);
    expect_file("events", HEAD "early\n");
}

/* What counts as written is in the kernel, and what was flushed is synced. */
static void what_is_written_is_synced(void **test)
{
    (void)test;
    begin();
    (void)is_woken();
    disk_hold(WRITE);
    append("one\n", 2);
    wait_held();
    assert_int_equal(status().written, 1);
    disk_hold(SYNC);
    wait_held();
    assert_int_equal(status().written, 2);
    assert_true(is_woken());
    expect_file("events", HEAD "one\n");
    assert_int_equal(disk_writer_flush(writer, 20), -ETIMEDOUT);
    append("two\n", 3); /* a slow sync does not hold up the next write */
    append("three\n", 4);
    for (int i = 0; i < PATIENCE_MS && status().written != 4; i++)
        usleep(1000);
    expect_file("events", HEAD "one\ntwo\nthree\n");
    disk_release();
    flush();
    assert_string_equal(disk.calls, "wsws"); /* one sync for both */
}

/* The lines that are appended while a file is made are in the old one and in the new one,
 * once and in their order. */
static void lines_are_in_both_files(void **test)
{
    (void)test;
    begin();
    disk_hold(SYNC);
    replace(HEAD "new\n", 2);
    wait_held();
    assert_true(status().is_replacing);
    append("one\n", 3);
    append("two\n", 4);
    for (int i = 0; i < PATIENCE_MS && status().written != 4; i++)
        usleep(1000);
    expect_file("events", HEAD "one\ntwo\n");
    disk_hold(RENAME);
    wait_held();
    expect_file("events", HEAD "one\ntwo\n");
    expect_file("events.new", HEAD "new\none\ntwo\n");
    append("three\n", 5);
    disk_release();
    flush();
    assert_int_equal(status().written, 5);
    expect_file("events", HEAD "new\none\ntwo\nthree\n");
    append("four\n", 6);
    flush();
    expect_file("events", HEAD "new\none\ntwo\nthree\nfour\n");
}

/* The lines of a new file that were written last are synced as well. */
static void the_lines_of_a_new_file_are_synced(void **test)
{
    (void)test;
    begin();
    disk_hold(RENAME);
    replace(HEAD "new\n", 2);
    wait_held();
    append("one\n", 3);
    forget_calls();
    disk_release();
    flush();
    expect_file("events", HEAD "new\none\n");
    assert_non_null(strrchr(disk.calls, SYNC));
    assert_null(strchr(strrchr(disk.calls, SYNC), WRITE));
}

/* So are those of the first file, which are in no queue any more. */
static void the_lines_of_the_first_file_are_synced(void **test)
{
    (void)test;
    disk_hold(SYNC);
    replace(HEAD, 1);
    wait_held();
    append("one\n", 2);
    forget_calls();
    disk_release();
    flush();
    expect_file("events", HEAD "one\n");
    assert_string_equal(disk.calls, "wrds");
}

/* ------------------------------------------------------------ errors */

static void a_file_that_cannot_be_synced_is_not_put_in_place(void **test)
{
    static const struct {
        enum call call;
        int error;
    } rows[] = {{WRITE, ENOSPC}, {SYNC, EIO}, {RENAME, EROFS}};
    (void)test;
    begin();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)is_woken();
        disk_break(rows[i].call, rows[i].error);
        replace("other\n", 10 + i);
        expect_error(-rows[i].error);
        assert_true(is_woken());
        expect_file("events", HEAD);
        assert_int_equal(access("events.new", F_OK), -1);
        append("lost\n", 20 + i); /* until the file is replaced */
        flush();
        assert_true(status().written < 10);
        expect_file("events", HEAD);
        disk_break(0, 0);
        replace(HEAD, 2 + i);
        flush();
        expect_error(0);
        assert_int_equal(status().written, 2 + i);
    }
}

static void a_link_is_not_followed(void **test)
{
    (void)test;
    begin();
    assert_int_equal(symlink("target", "events.new"), 0);
    replace("other\n", 2);
    expect_error(-ELOOP);
    assert_int_equal(access("target", F_OK), -1);
    expect_file("events", HEAD);
}

static void a_sync_that_fails_is_an_error(void **test)
{
    (void)test;
    begin();
    disk_break(SYNC, EIO);
    append("one\n", 2);
    expect_error(-EIO);
    flush(); /* no more can be done */
    append("two\n", 3);
    flush();
    assert_int_equal(status().written, 2);
    expect_file("events", HEAD "one\n");
}

/* Of a full disk: whole lines are kept, and the file says that some are missing. */
static void a_part_of_a_line_is_taken_back(void **test)
{
    (void)test;
    begin();
    disk_limit(10);
    append("one\n", 2);
    flush();
    append("two is longer\n", 3);
    expect_error(-ENOSPC);
    assert_int_equal(status().written, 2);
    expect_file("events", "procgroup-outbox 1 -\none\n");
    disk_limit(SIZE_MAX);
    append("three\n", 4); /* one line is missing: no later one */
    flush();
    expect_file("events", "procgroup-outbox 1 -\none\n");
}

static void short_writes_are_continued(void **test)
{
    (void)test;
    disk.piece = 3;
    begin();
    append("a line of some length\n", 2);
    flush();
    expect_file("events", HEAD "a line of some length\n");
    assert_int_equal(status().written, 2);
    assert_int_equal(status().error, 0);
}

/* ------------------------------------------------------------ bounds */

static char *make_lines(size_t len)
{
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    text[len - 1] = '\n';
    text[len] = '\0';
    return text;
}

static void the_queue_is_bounded(void **test)
{
    (void)test;
    char *lines = make_lines(DISK_QUEUE_MAX);
    begin();
    disk_hold(WRITE);
    append("one\n", 2);
    wait_held();
    disk_writer_append(writer, lines, DISK_QUEUE_MAX, 3);
    assert_int_equal(status().error, 0);
    disk_writer_append(writer, "x", 1, 4);
    assert_int_equal(status().error, -ENOBUFS);
    disk_release();
    flush();
    expect_file("events", HEAD "one\n");
    assert_int_equal(status().written, 1);
    replace(HEAD, 5);
    flush();
    assert_int_equal(status().error, 0);
    assert_int_equal(status().written, 5);
    free(lines);
}

/* So are the lines that wait for a new file. */
static void the_lines_for_a_new_file_are_bounded(void **test)
{
    (void)test;
    for (size_t more = 0; more < 2; more++) {
        char *lines = make_lines(DISK_QUEUE_MAX);
        begin();
        disk_hold(SYNC);
        replace(HEAD, 3);
        wait_held();
        disk_writer_append(writer, lines, DISK_QUEUE_MAX, 4);
        for (int i = 0; i < PATIENCE_MS && status().written != 4; i++)
            usleep(1000);
        if (more)
            append("y\n", 5);
        for (int i = 0; i < PATIENCE_MS && more && status().written != 5; i++)
            usleep(1000);
        disk_release();
        flush();
        assert_int_equal(status().error, more ? -ENOBUFS : 0);
        assert_int_equal(status().written, more ? 5 : 4);
        struct stat st;
        assert_int_equal(stat("events", &st), 0);
        assert_true(st.st_size >= (off_t)DISK_QUEUE_MAX);
        free(lines);
    }
}

/* Those that are added while the new file comes into place: it lacks some, and that is
 * an error of the new file. */
static void lines_that_come_at_the_last_moment_are_bounded(void **test)
{
    (void)test;
    char *lines = make_lines(DISK_QUEUE_MAX);
    begin();
    disk_hold(RENAME);
    replace(HEAD "new\n", 2);
    wait_held();
    disk_writer_append(writer, lines, DISK_QUEUE_MAX, 3);
    append("y\n", 4);
    disk_release();
    expect_error(-ENOBUFS);
    replace(HEAD, 5);
    flush();
    assert_int_equal(status().error, 0);
    free(lines);
}

/* ------------------------------------------------------------ the state file, the end */

static void the_state_file(void **test)
{
    (void)test;
    assert_false(status().has_state);
    disk_writer_save_state(writer, strdup("first\n"), 6, 1001);
    flush();
    assert_true(status().has_state);
    assert_int_equal(status().state_error, 0);
    assert_int_equal(status().saved, 1001);
    expect_file("state", "first\n");
    disk_break(SYNC, EIO);
    disk_writer_save_state(writer, strdup("second\n"), 7, 2001);
    flush();
    assert_int_equal(status().state_error, -EIO);
    assert_int_equal(status().saved, 1001);
    expect_file("state", "first\n");
    disk_break(0, 0);
    disk_writer_save_state(writer, strdup("third\n"), 6, 3001);
    flush();
    assert_int_equal(status().state_error, 0);
    assert_int_equal(status().saved, 3001);
    expect_file("state", "third\n");
    assert_int_equal(status().error, 0); /* the two files have errors of their own */
}

static void only_the_last_state_is_saved(void **test)
{
    (void)test;
    disk_hold(SYNC);
    disk_writer_save_state(writer, strdup("first\n"), 6, 1);
    wait_held();
    disk_writer_save_state(writer, strdup("second\n"), 7, 2);
    disk_writer_save_state(writer, strdup("third\n"), 6, 3);
    disk_release();
    flush();
    expect_file("state", "third\n");
    assert_int_equal(status().saved, 3);
    assert_string_equal(disk.calls, "wsrdwsrd");
}

static void all_is_written_at_the_end(void **test)
{
    (void)test;
    begin();
    disk_hold(SYNC);
    append("one\n", 2);
    wait_held();
    append("two\n", 3);
    disk_writer_save_state(writer, strdup("state\n"), 6, 1);
    disk_release();
    assert_int_equal(disk_writer_destroy(writer, PATIENCE_MS), 0);
    writer = NULL;
    expect_file("events", HEAD "one\ntwo\n");
    expect_file("state", "state\n");
    assert_int_equal(disk.calls[strlen(disk.calls) - 1], SYNC);
}

/* Until all threads but this one have ended. */
static void wait_alone(void)
{
    struct stat st = {0};
    for (int i = 0; i < PATIENCE_MS && st.st_nlink != 3; i++) {
        assert_int_equal(stat("/proc/self/task", &st), 0);
        usleep(1000);
    }
    assert_int_equal(st.st_nlink, 3);
}

/* The thread that syncs has nothing to do before that write has returned. */
static void the_last_write_is_synced_at_the_end(void **test)
{
    (void)test;
    begin();
    disk_hold(WRITE);
    append("one\n", 2);
    wait_held();
    assert_int_equal(disk_writer_destroy(writer, 100), -ETIMEDOUT);
    writer = NULL;
    disk_release();
    wait_alone();
    assert_string_equal(disk.calls, "ws");
}

/* The threads release all when the disk responds again. */
static void a_disk_that_hangs_is_left_alone(void **test)
{
    long before = 0;
    (void)test;
    begin();
    for (int i = 0; i < 2; i++) { /* the C library keeps blocks of the first one */
        struct disk_writer *other;
        before = heap_blocks(before);
        assert_int_equal(disk_writer_create("other", "state", wake_fd, &other), 0);
        disk_hold(SYNC);
        disk_writer_replace(other, strdup(HEAD), strlen(HEAD), 1);
        wait_held();
        assert_int_equal(disk_writer_destroy(other, 20), -ETIMEDOUT);
        disk_release();
        for (int w = 0; w < PATIENCE_MS && access("other", F_OK) < 0; w++)
            usleep(1000);
        expect_file("other", HEAD);
        assert_int_equal(unlink("other"), 0);
        for (int w = 0; w < 60 && i > 0 && heap_blocks(before) != before; w++)
            ;
        assert_true(i == 0 || heap_blocks(before) == before);
    }
}

int main(void)
{
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ON_DISK(a_new_file_is_synced_before_it_is_in_place),
        ON_DISK(nothing_is_written_before_there_is_a_file),
        ON_DISK(what_is_written_is_synced),
        ON_DISK(lines_are_in_both_files),
        ON_DISK(the_lines_of_a_new_file_are_synced),
        ON_DISK(the_lines_of_the_first_file_are_synced),
        ON_DISK(a_file_that_cannot_be_synced_is_not_put_in_place),
        ON_DISK(a_link_is_not_followed),
        ON_DISK(a_sync_that_fails_is_an_error),
        ON_DISK(a_part_of_a_line_is_taken_back),
        ON_DISK(short_writes_are_continued),
        ON_DISK(the_queue_is_bounded),
        ON_DISK(the_lines_for_a_new_file_are_bounded),
        ON_DISK(lines_that_come_at_the_last_moment_are_bounded),
        ON_DISK(the_state_file),
        ON_DISK(only_the_last_state_is_saved),
        ON_DISK(all_is_written_at_the_end),
        ON_DISK(the_last_write_is_synced_at_the_end),
        ON_DISK(a_disk_that_hangs_is_left_alone),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
