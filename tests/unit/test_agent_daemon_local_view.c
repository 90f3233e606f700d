/* The file that the daemon leaves for procgroup status, as procgroup status reads it. */
#include "agent/daemon/local_view.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/daemon_view.h"
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define START_MS 1795438380000 /* wall time at running time 0 */

static char folder[64];
static int log_fd;
static struct log *log_file;
static struct table_builder *b;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_local_view.XXXXXX");
    log_fd = memfd_create("log", MFD_CLOEXEC);
    log_file = log_create(log_fd, "test", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    b = table_builder_create();
    if (!mkdtemp(folder) || !log_file || !b)
        return -1;
    strcat(folder, "/run");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char path[128];
    table_builder_destroy(b);
    log_destroy(log_file);
    close(log_fd);
    snprintf(path, sizeof(path), "%s/lock", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    *strrchr(folder, '/') = '\0';
    return rmdir(folder);
}

static bool is_logged(const char *text)
{
    CLEANUP_BUF struct buf lines = {0};
    log_flush(log_file);
    file_read_open(log_fd, 65536, &lines);
    return strstr(buf_text(&lines), text);
}

/* An image with `n` groups of this name and the time of a scan; its size grows with n. */
static void publish(struct local_view *view, uint32_t n, const char *name, int64_t run_ms)
{
    struct table_image *image;
    for (uint32_t i = 1; i <= n; i++)
        table_add_group(
            b, &(struct table_group){.index = i, .name = table_add_string(b, name)});
    table_builder_scalars(b)->sampled_run_ms = run_ms;
    table_builder_scalars(b)->stale_run_ms = run_ms + 1000;
    assert_int_equal(table_finish(b, &image), 0);
    local_view_publish(view, image, local_view_wants_whole(view));
    table_destroy(image);
}

static void add_event(struct local_view *view, uint64_t number)
{
    struct table_image *image;
    table_builder_event(b)->number = number;
    assert_int_equal(table_finish(b, &image), 0);
    local_view_add_event(view, image);
    table_destroy(image);
}

static int read_view(int64_t run_ms, struct daemon_view *ret_view, const char *reason)
{
    CLEANUP_BUF struct buf why = {0};
    const struct moment now = {.boot_ms = run_ms, .wall_ms = START_MS + run_ms};
    int r = daemon_view_read(folder, now, ret_view, &why);
    assert_true(r == 0 ? why.len == 0 : strstr(buf_text(&why), reason) != NULL);
    return r;
}

static const char *first_name(const struct daemon_view *view)
{
    size_t n;
    const struct table_group *g = table_groups(view->file.image, &n);
    return n ? table_text(view->file.image, g->name, NULL) : "";
}

static size_t file_size(void)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof(path), "%s/table", folder);
    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static void test_it_is_seen_from_the_start_to_the_end(void **state)
{
    (void)state;
    struct daemon_view view;
    assert_int_equal(read_view(0, &view, "is not running: there is no"), -ESRCH);
    struct local_view *local = local_view_open(folder, log_file);
    assert_non_null(local);
    assert_int_equal(read_view(0, &view, "runs, but there is no table"), -ENODATA);
    assert_true(local_view_wants_whole(local));
    publish(local, 2, "first", 5000);
    assert_false(local_view_wants_whole(local));
    assert_int_equal(read_view(5500, &view, ""), 0);
    assert_string_equal(first_name(&view), "first");
    assert_int_equal(view.age.ms, 500);
    assert_false(view.age.stale);
    daemon_view_free(&view);
    publish(local, 0, "", 7000); /* a scan without changes */
    assert_int_equal(read_view(9000, &view, ""), 0);
    assert_string_equal(first_name(&view), "first");
    assert_int_equal(view.age.ms, 2000);
    assert_true(view.age.stale);
    assert_int_equal(view.age.since_ms, START_MS + 8000);
    daemon_view_free(&view);
    local_view_close(local);
    assert_int_equal(read_view(9000, &view, "is not running: there is no"), -ESRCH);
    assert_false(is_logged("test: "));
}

static void test_the_file_is_replaced_before_it_is_long(void **state)
{
    (void)state;
    struct daemon_view view;
    struct local_view *local = local_view_open(folder, log_file);
    assert_non_null(local);
    publish(local, 100, "many", 1);
    size_t whole = file_size();
    for (int i = 0; i < 64; i++) {
        assert_false(local_view_wants_whole(local));
        publish(local, 1, "change", 2);
    }
    assert_true(local_view_wants_whole(local)); /* many changes */
    assert_int_equal(read_view(2, &view, ""), 0);
    assert_string_equal(first_name(&view), "change");
    daemon_view_free(&view);
    publish(local, 100, "many", 3);
    assert_int_equal(file_size(), whole);
    while (!local_view_wants_whole(local)) {
        publish(local, 0, "", 4);
        assert_true(file_size() < 2 * whole + 300000);
    }
    assert_true(file_size() > 2 * whole + 250000); /* many bytes */
    local_view_close(local);
}

static void test_the_last_events_are_in_each_file(void **state)
{
    (void)state;
    struct daemon_view view;
    struct local_view *local = local_view_open(folder, log_file);
    assert_non_null(local);
    for (uint64_t i = 1; i <= 20; i++)
        add_event(local, i);
    publish(local, 1, "one", 1);
    add_event(local, 21);
    publish(local, 0, "", 2);
    assert_int_equal(read_view(2, &view, ""), 0);
    assert_int_equal(view.file.n_events, TABLE_FILE_EVENTS);
    assert_int_equal(table_event(view.file.events[TABLE_FILE_EVENTS - 1])->number, 21);
    assert_int_equal(table_event(view.file.events[0])->number, 6);
    daemon_view_free(&view);
    for (uint64_t i = 22; i <= 5000; i++) /* more than are worth a file */
        add_event(local, i);
    assert_true(local_view_wants_whole(local));
    publish(local, 1, "two", 3);
    assert_true(file_size() < 65536);
    assert_int_equal(read_view(3, &view, ""), 0);
    assert_int_equal(table_event(view.file.events[TABLE_FILE_EVENTS - 1])->number, 5000);
    daemon_view_free(&view);
    local_view_close(local);
}

static void test_one_daemon_has_the_folder(void **state)
{
    (void)state;
    struct daemon_view view;
    struct local_view *local = local_view_open(folder, log_file);
    assert_non_null(local);
    publish(local, 1, "first", 1);
    assert_null(local_view_open(folder, log_file));
    assert_true(is_logged("another procgroupd"));
    assert_true(is_logged("is not used: `procgroup status` does not see"));
    assert_int_equal(read_view(1, &view, ""), 0);
    daemon_view_free(&view);
    local_view_close(local);
}

static void test_without_a_folder_nothing_is_done(void **state)
{
    (void)state;
    assert_null(local_view_open("/proc/1/nothing", log_file));
    assert_true(is_logged("/proc/1/nothing: No such file"));
    assert_int_equal(local_view_socket(NULL), -1);
    assert_false(local_view_wants_whole(NULL));
    add_event(NULL, 1);
    publish(NULL, 1, "one", 1);
    local_view_close(NULL);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_it_is_seen_from_the_start_to_the_end),
        IN_FOLDER(test_the_file_is_replaced_before_it_is_long),
        IN_FOLDER(test_the_last_events_are_in_each_file),
        IN_FOLDER(test_one_daemon_has_the_folder),
        IN_FOLDER(test_without_a_folder_nothing_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
