/* What snmp-procgroup keeps between its runs: the cache, its text and its file. */
#include "base/buf.h"
#include "base/file.h"
#include "base/sum_line.h"
#include "monitor/cache.h"
#include "monitor/cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY INT64_C(86400)
#define NOW (20000 * DAY + 5)

static const struct engine_id engine = {
    .id = {0x80, 0, 0x1f, 0x88, 4, 0xff}, .len = 6, .boots = 12, .start_s = NOW - 1000};

static uint32_t index_of(const struct cache *cache, const char *peer, const char *name)
{
    const struct known_rows *known = cache_rows(cache, peer);
    for (size_t i = 0; known && i < known->n; i++)
        if (strcmp(known->rows[i].name, name) == 0)
            return known->rows[i].index;
    return 0;
}

static struct cache *make_cache(void)
{
    struct cache *cache = cache_create();
    assert_non_null(cache);
    assert_int_equal(cache_set_row(cache, "udp:web1:161", "sshd", 3), 0);
    assert_int_equal(cache_set_row(cache, "udp:web1:161", "a b\\c", 4294967295U), 0);
    assert_int_equal(cache_set_engine(cache, "udp:web1:161", &engine), 0);
    assert_int_equal(cache_use(cache, "udp:web1:161", NOW), 0);
    assert_int_equal(cache_set_row(cache, "unix:/a b", "cron", 1), 0);
    assert_int_equal(cache_use(cache, "unix:/a b", NOW - 3 * DAY), 0);
    return cache;
}

static void check_cache(const struct cache *cache)
{
    assert_int_equal(index_of(cache, "udp:web1:161", "sshd"), 3);
    assert_int_equal(index_of(cache, "udp:web1:161", "a b\\c"), 4294967295U);
    assert_int_equal(index_of(cache, "unix:/a b", "cron"), 1);
    const struct engine_id *e = cache_engine(cache, "udp:web1:161");
    assert_non_null(e);
    assert_int_equal(e->len, engine.len);
    assert_memory_equal(e->id, engine.id, engine.len);
    assert_int_equal(e->boots, 12);
    assert_int_equal(e->start_s, NOW - 1000);
    assert_null(cache_engine(cache, "unix:/a b"));
    assert_null(cache_rows(cache, "udp:web2:161"));
}

static int parse(struct cache *cache, const struct buf *text)
{
    struct buf why = {0};
    int r = cache_parse(cache, text->data, text->len, &why);
    assert_int_equal(r != 0, why.len != 0);
    buf_free(&why);
    return r;
}

static void test_text_is_read_back(void **state)
{
    struct cache *cache = make_cache(), *again = cache_create();
    struct buf text = {0}, same = {0};
    (void)state;
    assert_true(cache_has_changed(cache));
    assert_int_equal(cache_format(cache, NOW, &text), 0);
    assert_int_equal(parse(again, &text), 0);
    check_cache(again);
    assert_false(cache_has_changed(again));
    assert_int_equal(cache_format(again, NOW, &same), 0);
    assert_string_equal(buf_text(&same), buf_text(&text));
    buf_free(&text);
    buf_free(&same);
    cache_destroy(cache);
    cache_destroy(again);
}

/* Each damaged byte and each shorter text is noticed. */
static void test_damage(void **state)
{
    struct cache *cache = make_cache(), *again = cache_create();
    struct buf text = {0};
    (void)state;
    assert_int_equal(cache_format(cache, NOW, &text), 0);
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] ^= 1;
        assert_int_not_equal(parse(again, &text), 0);
        text.data[i] ^= 1;
        struct buf part = {text.data, i, text.cap, 0};
        assert_int_not_equal(parse(again, &part), 0);
        assert_null(cache_rows(again, "udp:web1:161"));
    }
    assert_int_equal(parse(again, &text), 0);
    buf_free(&text);
    cache_destroy(cache);
    cache_destroy(again);
}

/* Lines that no version writes, with a correct sum. */
static void test_malformed_lines(void **state)
{
    static const char *const lines[] = {
        "host\n",
        "host 1\n",
        "host x a\n",
        "host -1 a\n",
        "host 1 \n",
        "host 1 a\\q\n",
        "host 99999999999999999999 a\n",
        "host 1 a\nhost 1 a\n",
        "row 1 a\n",
        "engine 1 1 8000112233\n",
        "host 1 a\nrow 0 x\n",
        "host 1 a\nrow 4294967296 x\n",
        "host 1 a\nrow 1 x\nrow 1 y\n",
        "host 1 a\nrow 1 x\nrow 2 x\n",
        "host 1 a\nrow 1 \n",
        "host 1 a\nengine 1 1 80001122\n",
        "host 1 a\nengine 1 1 800011223\n",
        "host 1 a\nengine 1 1 80001122gg\n",
        "host 1 a\nengine 2147483648 1 8000112233\n",
        "host 1 a\nengine 1 -1 8000112233\n",
        "host 1 a\nengine 1 1 8000112233\nengine 1 1 8000112233\n",
        "\n",
        "future 1 a\n"};
    struct cache *cache = cache_create();
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct buf text = {0};
        buf_printf(&text, "snmp-procgroup-cache 1\n%s", lines[i]);
        assert_int_equal(sum_line_add(&text, 0), 0);
        if (parse(cache, &text) != -EBADMSG)
            fail_msg("accepted: %s", lines[i]);
        buf_free(&text);
    }
    struct buf other = {0}, foreign = {0};
    buf_printf(&other, "snmp-procgroup-cache 2\n");
    sum_line_add(&other, 0);
    assert_int_equal(parse(cache, &other), -EBADMSG);
    buf_printf(&foreign, "root:x:0:0:root:/root:/bin/sh\n");
    assert_int_equal(parse(cache, &foreign), -EINVAL);
    buf_free(&other);
    buf_free(&foreign);
    cache_destroy(cache);
}

static void test_names_and_indexes_are_unique(void **state)
{
    struct cache *cache = cache_create();
    (void)state;
    cache_set_row(cache, "h", "a", 1);
    cache_set_row(cache, "h", "b", 2);
    cache_set_row(cache, "h", "a", 2); /* b has lost it */
    assert_int_equal(index_of(cache, "h", "a"), 2);
    assert_int_equal(index_of(cache, "h", "b"), 0);
    cache_set_row(cache, "h", "a", 0);
    assert_null(cache_rows(cache, "h"));
    assert_int_equal(cache_set_row(cache, "i", "a", 0), 0);
    for (unsigned i = 1; i <= CACHE_ROWS_MAX + 10; i++) {
        char name[20];
        snprintf(name, sizeof(name), "g%u", i);
        assert_int_equal(cache_set_row(cache, "h", name, i), 0);
    }
    assert_int_equal(cache_rows(cache, "h")->n, CACHE_ROWS_MAX);
    assert_int_equal(index_of(cache, "h", "g10"), 0);
    assert_int_equal(index_of(cache, "h", "g11"), 11);
    cache_destroy(cache);
}

/* Hosts that were not polled for a month, and the oldest ones of too many, are dropped.
 */
static void test_hosts_are_bounded(void **state)
{
    struct cache *cache = make_cache(), *again = cache_create();
    struct buf text = {0};
    char peer[30];
    (void)state;
    for (unsigned i = 0; i < CACHE_HOSTS_MAX - 1; i++) {
        snprintf(peer, sizeof(peer), "h%u", i);
        assert_int_equal(cache_set_row(cache, peer, "g", 1), 0);
        assert_int_equal(cache_use(cache, peer, NOW - 2 * DAY), 0);
    }
    assert_int_equal(cache_format(cache, NOW, &text), 0);
    assert_int_equal(parse(again, &text), 0);
    assert_non_null(cache_rows(again, "udp:web1:161"));
    assert_non_null(cache_rows(again, "h1"));
    assert_null(cache_rows(again, "unix:/a b")); /* used three days ago */
    buf_clear(&text);
    cache_destroy(again);
    again = cache_create();
    assert_int_equal(cache_format(cache, NOW + 29 * DAY, &text), 0);
    assert_int_equal(parse(again, &text), 0);
    assert_non_null(cache_rows(again, "udp:web1:161"));
    assert_null(cache_rows(again, "h1"));
    buf_free(&text);
    cache_destroy(cache);
    cache_destroy(again);
}

/* The file is not written for a clock that differs by seconds. */
static void test_what_counts_as_a_change(void **state)
{
    struct cache *cache = make_cache(), *again = cache_create();
    struct buf text = {0};
    struct engine_id e = engine;
    (void)state;
    cache_format(cache, NOW, &text);
    assert_int_equal(parse(again, &text), 0);
    e.start_s += 10;
    cache_set_engine(again, "udp:web1:161", &e);
    cache_use(again, "udp:web1:161", NOW + 100);
    cache_set_row(again, "udp:web1:161", "sshd", 3);
    assert_false(cache_has_changed(again));
    e.boots++;
    cache_set_engine(again, "udp:web1:161", &e);
    assert_true(cache_has_changed(again));
    buf_free(&text);
    cache_destroy(cache);
    cache_destroy(again);
}

/* ------------------------------------------------------------ the file */

static char folder[] = "/tmp/procgroup-cache.XXXXXX";
static char path[100];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/procgroup-cache.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/cache", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char lock[120];
    (void)state;
    snprintf(lock, sizeof(lock), "%s.lock", path);
    unlink(lock);
    unlink(path);
    return rmdir(folder);
}

static int read_file(struct cache *cache)
{
    struct buf why = {0};
    int r = cache_file_read(path, cache, &why);
    assert_int_equal(r != 0, why.len != 0);
    buf_free(&why);
    return r;
}

static int write_file(const struct cache *cache)
{
    struct buf why = {0};
    int r = cache_file_write(path, cache, NOW, &why);
    assert_int_equal(r != 0, why.len != 0);
    buf_free(&why);
    return r;
}

static void test_file(void **state)
{
    struct cache *cache = make_cache(), *again = cache_create(), *more = cache_create();
    struct stat st;
    (void)state;
    assert_int_equal(read_file(again), 0); /* there is none */
    assert_int_equal(write_file(cache), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    cache_set_row(more, "other", "g", 7); /* of a run beside it */
    cache_use(more, "other", NOW);
    assert_int_equal(write_file(more), 0);
    assert_int_equal(read_file(again), 0);
    check_cache(again);
    assert_int_equal(index_of(again, "other", "g"), 7);
    cache_destroy(cache);
    cache_destroy(again);
    cache_destroy(more);
}

static void test_no_run_waits(void **state)
{
    struct cache *cache = make_cache();
    char lock[120];
    (void)state;
    snprintf(lock, sizeof(lock), "%s.lock", path);
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(write_file(cache), -EAGAIN);
    close(fd);
    assert_int_equal(write_file(cache), 0);
    cache_destroy(cache);
}

static void put(const char *text, mode_t mode)
{
    assert_int_equal(file_replace(path, text, strlen(text), mode), 0);
}

/* A damaged cache is replaced; what is none is left alone. */
static void test_wrong_files(void **state)
{
    struct cache *cache = make_cache(), *again = cache_create();
    struct buf kept = {0};
    (void)state;
    put("snmp-procgroup-cache 1\nhost", 0600);
    assert_int_equal(read_file(again), -EBADMSG);
    assert_int_equal(write_file(cache), 0);
    assert_int_equal(read_file(again), 0);
    put("precious\n", 0600);
    assert_int_equal(read_file(again), -EINVAL);
    assert_int_equal(write_file(cache), -EINVAL);
    assert_int_equal(file_read_at(AT_FDCWD, path, 100, &kept), 0);
    assert_string_equal(buf_text(&kept), "precious\n");
    buf_free(&kept);
    put("", 0600); /* a crash may leave this */
    assert_int_equal(write_file(cache), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(read_file(again), -EPERM);
    assert_int_equal(write_file(cache), -EPERM);
    unlink(path);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_int_equal(read_file(again), -ELOOP);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(read_file(again), -EINVAL); /* and it does not wait */
    if (geteuid() == 0) {
        unlink(path);
        assert_int_equal(write_file(cache), 0);
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_int_equal(read_file(again), -EPERM);
        assert_int_equal(write_file(cache), -EPERM);
    }
    cache_destroy(cache);
    cache_destroy(again);
}

static void test_default_path(void **state)
{
    static const struct {
        const char *xdg, *home, *path;
    } rows[] = {
        {"/x", "/home/mon", "/x/procgroup/snmp-procgroup"},
        {"x", "/home/mon", "/home/mon/.cache/procgroup/snmp-procgroup"},
        {"", "/home/mon", "/home/mon/.cache/procgroup/snmp-procgroup"},
        {NULL, "/", "/var/cache/procgroup/7/snmp-procgroup"},
        {NULL, "", "/var/cache/procgroup/7/snmp-procgroup"},
        {NULL, NULL, "/var/cache/procgroup/7/snmp-procgroup"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *found = cache_file_find(rows[i].xdg, rows[i].home, 7);
        assert_string_equal(found, rows[i].path);
        free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_read_back),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_malformed_lines),
        cmocka_unit_test(test_names_and_indexes_are_unique),
        cmocka_unit_test(test_hosts_are_bounded),
        cmocka_unit_test(test_what_counts_as_a_change),
        cmocka_unit_test_setup_teardown(test_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_no_run_waits, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_wrong_files, make_folder, remove_folder),
        cmocka_unit_test(test_default_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
