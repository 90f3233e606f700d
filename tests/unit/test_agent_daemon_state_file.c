/* The state file: written whole or not at all, renamed if damaged, used by one daemon. */
#include "agent/daemon/state_file.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "log_lines.h"
#include "state/state_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

static const struct group_admin_term no_term = {.reason = ""};

#define NOBODY 65534
#define ASIDE  "state.damaged-1700000000"

static const struct moment now = {.boot_ms = 1000, .wall_ms = 1700000000123};
static struct log *log_file;
static int log_fd;

/* ------------------------------------------------------------ a folder, a log */

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/test_agent_statefile.XXXXXX");
    if (!folder || !mkdtemp(folder) || chmod(folder, 0755) < 0 || chdir(folder) < 0)
        return -1;
    log_fd = memfd_create("log", MFD_CLOEXEC);
    log_file = log_create(log_fd, "test", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    *state = folder;
    return log_file ? 0 : -1;
}

static int leave_folder(void **state)
{
    CLEANUP_FREE char *folder = *state;
    CLEANUP_DIR DIR *dir = opendir(folder);
    if (!dir || chmod(folder, 0755) < 0)
        return -1;
    for (struct dirent *e; (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            unlinkat(dirfd(dir), e->d_name, 0) < 0)
            unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
    log_destroy(log_file);
    close(log_fd);
    return chdir("/") < 0 ? -1 : rmdir(folder);
}

/* The log lines since the last call. */
static const char *logged(void)
{
    return log_lines_take(log_file, log_fd);
}

static size_t entries(void)
{
    CLEANUP_DIR DIR *dir = opendir(".");
    size_t n = 0;
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    return n - 2;
}

static struct buf content(const char *path)
{
    struct buf b = {0};
    assert_int_equal(file_read_at(AT_FDCWD, path, 1 << 20, &b), 0);
    return b;
}

static void put(const char *path, const char *data, size_t len)
{
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, data, len), 0);
}

/* ------------------------------------------------------------ state stores */

/* 0 = none is free. */
static uint32_t row_index(struct state_store *store, const char *name)
{
    uint32_t index = 0;
    int r = state_group_index(store, name, &index);
    assert_true(r == 0 || (r == -ENOSPC && !index));
    return index;
}

static uint32_t condition_index(struct state_store *store, const char *group,
                                const char *condition)
{
    uint32_t index = 0;
    int r = state_condition_index(store, group, condition, &index);
    assert_true(r == 0 || (r == -ENOSPC && !index));
    return index;
}

static struct state_store *filled(void)
{
    struct state_store *l = state_create();
    assert_non_null(l);
    assert_int_equal(row_index(l, "web"), 1);
    assert_int_equal(condition_index(l, "web", "count"), 1);
    assert_int_equal(row_index(l, "gr\xc3\xbc\xc3\x9f\n\\\"x\" \x01"), 2);
    assert_int_equal(state_set_admin(l, "web", GROUP_MAINTENANCE, &no_term), 0);
    state_set_notify(l, false);
    assert_int_equal(state_next_event(l), 1);
    return l;
}

static void assert_filled(struct state_store *l)
{
    assert_false(state_is_dirty(l));
    assert_int_equal(row_index(l, "web"), 1);
    assert_int_equal(row_index(l, "gr\xc3\xbc\xc3\x9f\n\\\"x\" \x01"), 2);
    assert_int_equal(condition_index(l, "web", "count"), 1);
    assert_int_equal(state_admin(l, "web"), GROUP_MAINTENANCE);
    assert_false(state_notify_on(l));
    assert_int_equal(row_index(l, "next"), 3);
}

static struct state_store *loaded(int expected)
{
    struct state_store *l = state_create();
    assert_non_null(l);
    assert_int_equal(state_file_load("state", l, log_file, now), expected);
    return l;
}

static void assert_empty(struct state_store *l)
{
    assert_null(state_name(l, 1));
    assert_true(state_notify_on(l));
    assert_int_equal(state_next_event(l), 1);
}

static void save(int final)
{
    struct state_store *l = filled();
    assert_int_equal(state_file_save("state", l, final), 0);
    assert_false(state_is_dirty(l));
    state_destroy(l);
}

/* ------------------------------------------------------------ tests */

static void test_a_first_start(void **state)
{
    (void)state;
    struct state_store *l = loaded(0);
    assert_empty(l);
    state_destroy(l);
    assert_string_equal(logged(), "");
    assert_int_equal(entries(), 0);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct stat st;
    for (int final = 0; final <= 1; final++) {
        save(final);
        struct state_store *l = loaded(0);
        assert_filled(l);
        uint64_t event = state_next_event(l);
        assert_true(
            final ? event == 2
                  : event > 2); /* after a crash numbers are skipped, never repeated */
        state_destroy(l);
    }
    assert_int_equal(stat("state", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(entries(), 1);
    assert_string_equal(logged(), "");
}

static void expect_set_aside(const char *data, size_t len)
{
    put("state", data, len);
    struct state_store *l = loaded(0);
    assert_empty(l);
    state_destroy(l);
    const char *text = logged();
    assert_non_null(strstr(text, "state"));
    assert_non_null(strstr(text, "renamed to " ASIDE ", rows get new indexes"));
    assert_int_equal(access("state", F_OK), -1);
    struct buf kept = content(ASIDE);
    assert_int_equal(kept.len, len);
    if (len)
        assert_memory_equal(kept.data, data, len);
    buf_free(&kept);
    assert_int_equal(unlink(ASIDE), 0);
    assert_int_equal(entries(), 0);
}

static void test_damaged_files(void **state)
{
    (void)state;
    save(1);
    struct buf good = content("state");
    for (size_t len = 0; len < good.len; len++) /* cut at any place */
        expect_set_aside(good.data, len);
    for (size_t i = 0; i < good.len; i++) { /* one bit */
        good.data[i] ^= (char)(1 << i % 8);
        expect_set_aside(good.data, good.len);
        good.data[i] ^= (char)(1 << i % 8);
    }
    expect_set_aside("\0\0\0\0", 4); /* what a crash of some file systems leaves */
    put("state", good.data, good.len);
    struct state_store *l = loaded(0); /* and the undamaged one is accepted */
    assert_filled(l);
    state_destroy(l);
    buf_free(&good);
}

/* Two of the same second, after a restart: both are kept. */
static void test_two_damaged_files(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        put("state", i ? "second" : "first", i ? 6 : 5);
        state_destroy(loaded(0));
    }
    assert_non_null(strstr(logged(), "renamed to " ASIDE "-2, rows get new indexes"));
    struct buf first = content(ASIDE), second = content(ASIDE "-2");
    assert_string_equal(buf_text(&first), "first");
    assert_string_equal(buf_text(&second), "second");
    buf_free(&first);
    buf_free(&second);
    assert_int_equal(entries(), 2);
}

/* Its new name would be too long. Then it is not renamed, and that is logged. */
static void test_a_damaged_file_that_cannot_be_renamed(void **state)
{
    char name[241];
    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    put(name, "x", 1);
    struct state_store *l = state_create();
    assert_int_equal(state_file_load(name, l, log_file, now), 0);
    assert_empty(l);
    state_destroy(l);
    assert_non_null(strstr(logged(), "cannot rename the file: "));
    struct buf kept = content(name);
    assert_string_equal(buf_text(&kept), "x");
    buf_free(&kept);
}

/* A file that cannot be read is an error, not a first start. */
static void test_unreadable(void **state)
{
    (void)state;
    assert_int_equal(symlink("state", "state"), 0);
    state_destroy(loaded(-ELOOP));
    assert_int_equal(unlink("state"), 0);
    save(1);
    assert_int_equal(chmod("state", 0), 0);
    if (geteuid() == 0) {
        assert_int_equal(seteuid(NOBODY), 0);
        struct state_store *l = state_create();
        int r = state_file_load("state", l, log_file, now);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(r, -EACCES);
        state_destroy(l);
    }
    assert_int_equal(entries(), 1);
}

/* What is not a regular file is neither locked nor renamed nor replaced. */
static void test_not_a_regular_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("state", 0600), 0);
    for (int i = 0; i < 3; i++) {
        struct stat before, after;
        assert_int_equal(stat("state", &before), 0);
        struct state_store *l = state_create();
        assert_int_equal(state_file_lock("state", log_file), -EINVAL);
        assert_non_null(strstr(logged(), "state: not a regular file"));
        assert_int_equal(state_file_load("state", l, log_file, now), -EINVAL);
        state_destroy(l);
        assert_int_equal(stat("state", &after), 0);
        assert_int_equal(after.st_ino, before.st_ino);
        assert_int_equal(entries(), 1);
        assert_int_equal(remove("state"), 0);
        if (i == 1 && geteuid() != 0)
            break;
        /* Like /dev/null, which may be given to keep no state. */
        assert_int_equal(i == 0   ? mkdir("state", 0755)
                         : i == 1 ? mknod("state", S_IFCHR | 0666, makedev(1, 3))
                                  : mkfifo("state", 0600),
                         0);
    }
}

/* A failed save changes no file, and the store stays dirty. */
static void expect_no_save(int expected)
{
    struct state_store *l = state_create();
    assert_int_equal(row_index(l, "other"), 1);
    assert_int_equal(state_file_save("state", l, 0), expected);
    assert_true(state_is_dirty(l));
    state_destroy(l);
    l = loaded(0);
    assert_filled(l);
    state_destroy(l);
    assert_int_equal(entries(), 1);
}

static void test_unwritable(void **state)
{
    (void)state;
    struct rlimit old, none = {10, 10};
    save(0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    none.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    struct state_store *l = filled();
    int r = state_file_save("state", l, 0); /* the disk is full in the middle */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(r, -EFBIG);
    assert_true(state_is_dirty(l));
    state_destroy(l);
    if (geteuid() == 0) {
        assert_int_equal(chmod(".", 0555), 0);
        assert_int_equal(seteuid(NOBODY), 0);
        expect_no_save(-EACCES);
        assert_int_equal(seteuid(0), 0);
    }
    l = filled();
    assert_int_equal(state_file_save("no/state", l, 0), -ENOENT);
    assert_true(state_is_dirty(l));
    state_destroy(l);
}

/* The next start removes the temporary files of an interrupted save, and nothing else. */
static void test_temporary_files(void **state)
{
    (void)state;
    static const char *const stay[] = {
        ".state",        ".state.1234567", ".state.12345",       ".state.12_456",
        ".other.abcdef", "state.abcdef",   ".state.lock.abcdef",
    };
    size_t n = sizeof(stay) / sizeof(stay[0]);
    save(1);
    put(".state.aB3xYz", "half", 4);
    put(".state.000000", "", 0);
    for (size_t i = 0; i < n; i++)
        put(stay[i], "", 0);
    assert_int_equal(symlink("state", ".state.symlin"), 0);
    assert_int_equal(mkdir(".state.folder", 0755), 0);
    struct state_store *l = loaded(0);
    assert_filled(l);
    state_destroy(l);
    assert_int_equal(access(".state.aB3xYz", F_OK), -1);
    assert_int_equal(access(".state.000000", F_OK), -1);
    assert_int_equal(entries(), n + 3);
}

static void test_lock(void **state)
{
    char text[64];
    (void)state;
    int fd = state_file_lock("folder/state", log_file); /* makes the folder */
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_string_equal(logged(), "");
    struct buf pid = content("folder/state.lock");
    snprintf(text, sizeof(text), "%d\n", (int)getpid());
    assert_string_equal(buf_text(&pid), text);
    buf_free(&pid);
    assert_int_equal(state_file_lock("folder/state", log_file), -EWOULDBLOCK);
    snprintf(text, sizeof(text), "another procgroupd (pid %d) uses this", (int)getpid());
    assert_non_null(strstr(logged(), text));
    close(fd); /* closing releases the lock */
    struct stat st;
    assert_int_equal(chmod("folder/state.lock", 0644), 0); /* of an earlier version */
    fd = state_file_lock("folder/state", log_file);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(stat("folder/state.lock", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600); /* no other user can take it */
    assert_int_equal(unlink("folder/state.lock"), 0);
}

static void test_no_lock(void **state)
{
    (void)state;
    assert_int_equal(state_file_lock("a/b/state", log_file), -ENOENT);
    assert_non_null(strstr(logged(), "a/b/state.lock: No such file"));
    put("target", "kept", 4);
    assert_int_equal(symlink("target", "state.lock"), 0);
    assert_int_equal(state_file_lock("state", log_file),
                     -ELOOP); /* a link is not followed */
    struct buf kept = content("target");
    assert_string_equal(buf_text(&kept), "kept");
    buf_free(&kept);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_first_start),
        IN_FOLDER(test_round_trip),
        IN_FOLDER(test_damaged_files),
        IN_FOLDER(test_unreadable),
        IN_FOLDER(test_two_damaged_files),
        IN_FOLDER(test_a_damaged_file_that_cannot_be_renamed),
        IN_FOLDER(test_unwritable),
        IN_FOLDER(test_temporary_files),
        IN_FOLDER(test_lock),
        IN_FOLDER(test_no_lock),
        IN_FOLDER(test_not_a_regular_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
