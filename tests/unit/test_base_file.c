#include "base/file.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/test_base_file.XXXXXX");
    if (!folder || !mkdtemp(folder) || chmod(folder, 0755) < 0 || chdir(folder) < 0)
        return -1;
    *state = folder;
    return 0;
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
    return chdir("/") < 0 ? -1 : rmdir(folder);
}

static size_t entries_of(const char *path)
{
    CLEANUP_DIR DIR *dir = opendir(path);
    assert_non_null(dir);
    size_t n = 0;
    while (readdir(dir))
        n++;
    return n - 2; /* . and .. */
}

static void assert_content(const char *path, const char *want)
{
    CLEANUP_BUF struct buf b = {0};
    assert_int_equal(file_read_at(AT_FDCWD, path, SIZE_MAX, &b), 0);
    assert_string_equal(buf_text(&b), want);
}

static void *write_late(void *path)
{
    const struct timespec moment = {.tv_nsec = 200 * 1000 * 1000};
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC); /* waits for the reader */
    nanosleep(&moment, NULL);
    for (int i = 0; i < 3; i++)
        if (write(fd, "late ", 5) != 5 || nanosleep(&moment, NULL) < 0)
            break;
    return NULL;
}

/* A file that a user names may be a FIFO: with a writer it is read, and without one the
 * read ends after a while. */
static void test_read_named(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf b = {0};
    pthread_t writer;
    struct timespec begin, end;
    assert_int_equal(file_replace("f", "text", 4, 0644), 0);
    assert_int_equal(file_read_named("f", 10, &b), 0);
    assert_string_equal(buf_text(&b), "text");
    assert_int_equal(file_read_named("f", 3, &b), -EFBIG); /* its size is enough */
    assert_int_equal(file_read_named("f", 4, &b), 0);
    assert_string_equal(buf_text(&b), "texttext");
    assert_int_equal(file_read_named("/proc/self/stat", 3, &b), -EFBIG);
    assert_int_equal(b.len, strlen("texttext") + 3);
    b.len = strlen("texttext");
    b.data[b.len] = '\0';
    assert_int_equal(file_read_named("none", 10, &b), -ENOENT);
    assert_int_equal(file_read_named(".", 10, &b), -EISDIR);
    assert_int_equal(file_read_named("/dev/null", 10, &b), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(file_read_named("fifo", 10, &b), -ENODATA);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_in_range(end.tv_sec - begin.tv_sec, 0, 10);
    assert_string_equal(buf_text(&b), "texttext");
    buf_clear(&b);
    assert_int_equal(pthread_create(&writer, NULL, write_late, (char[]){"fifo"}), 0);
    assert_int_equal(file_read_named("fifo", 100, &b), 0);
    pthread_join(writer, NULL);
    assert_string_equal(buf_text(&b), "late late late ");
}

static void test_read_up_to_max(void **state)
{
    (void)state;
    /* Around the edge of a chunk and of `max`. */
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, 20000};
    char *data = malloc(20000);
    assert_non_null(data);
    for (size_t i = 0; i < 20000; i++)
        data[i] = (char)(i * 7 % 251);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t n = sizes[i];
        assert_int_equal(file_replace("f", data, n, 0644), 0);
        for (size_t max = n < 2 ? 0 : n - 2; max <= n + 2; max++) {
            CLEANUP_BUF struct buf b = {0};
            assert_int_equal(buf_append_text(&b, "before"), 0);
            int r = file_read_at(AT_FDCWD, "f", max, &b);
            assert_int_equal(r, max < n ? -EFBIG : 0);
            assert_int_equal(b.len, 6 + (max < n ? max : n));
            assert_memory_equal(b.data, "before", 6);
            assert_memory_equal(b.data + 6, data, b.len - 6);
            assert_int_equal(b.data[b.len], '\0');
            /* In one piece: a regular file fills every read but the last. */
            CLEANUP_BUF struct buf record = {0};
            assert_int_equal(file_read_record(AT_FDCWD, "f", max, &record), r);
            assert_int_equal(record.len, b.len - 6);
            assert_memory_equal(buf_text(&record), b.data + 6, record.len);
        }
    }
    assert_int_equal(symlink("f", "link"), 0);
    CLEANUP_BUF struct buf none = {0};
    assert_int_equal(file_read_record(AT_FDCWD, "link", 10, &none), -ELOOP);
    free(data);
}

static void test_read_of_a_folders_file(void **state)
{
    CLEANUP_FD int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    assert_int_equal(file_replace("f", "here", 4, 0644), 0);
    assert_int_equal(chdir("/"), 0);
    CLEANUP_BUF struct buf b = {0};
    assert_int_equal(file_read_at(dir, "f", 100, &b), 0);
    assert_int_equal(chdir(*state), 0);
    assert_string_equal(buf_text(&b), "here");
}

static void test_read_that_fails(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf fresh = {0};
    assert_int_equal(file_read_at(AT_FDCWD, "none", 100, &fresh), -ENOENT);
    assert_int_equal(file_read_at(AT_FDCWD, ".", 100, &fresh), -EISDIR);
    assert_string_equal(buf_text(&fresh), "");
    CLEANUP_BUF struct buf b = {0};
    assert_int_equal(buf_append_text(&b, "before"), 0);
    assert_int_equal(file_read_at(AT_FDCWD, ".", 100, &b), -EISDIR);
    assert_string_equal(buf_text(&b), "before");
    /* After an earlier -ENOMEM the buffer is unchanged. */
    assert_int_equal(buf_reserve(&b, SIZE_MAX), -ENOMEM);
    assert_int_equal(file_read_at(AT_FDCWD, "/proc/self/stat", 100, &b), -ENOMEM);
    assert_string_equal(buf_text(&b), "before");
}

/* pagemap gives only words of 8 bytes (fs/proc/task_mmu.c): after a chunk the read of one
 * more byte fails with EINVAL. */
static void test_read_that_fails_half_way(void **state)
{
    (void)state;
    static const char path[] = "/proc/self/pagemap";
    char word[8];
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, word, 8) != 8 || read(fd, word, 1) != -1)
        skip();
    CLEANUP_BUF struct buf b = {0};
    assert_int_equal(buf_append_text(&b, "before"), 0);
    assert_int_equal(file_read_at(AT_FDCWD, path, 4096, &b), -EINVAL);
    assert_int_equal(b.len, 6);
    assert_string_equal(buf_text(&b), "before");
}

static void assert_mode(const char *path, unsigned mode)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void test_replace(void **state)
{
    mode_t mask = umask(077); /* the umask has no effect */
    assert_int_equal(file_replace("f", "one", 3, 0644), 0);
    assert_content("f", "one");
    assert_mode("f", 0644);
    struct stat before, after;
    assert_int_equal(stat("f", &before), 0);
    CLEANUP_FD int old = open("f", O_RDONLY | O_CLOEXEC);
    assert_true(old >= 0);
    assert_int_equal(file_replace("f", "", 0, 0600), 0);
    umask(mask);
    assert_content("f", "");
    assert_mode("f", 0600);
    /* A descriptor of the old file still has all of it. */
    char text[8] = "";
    assert_int_equal(read(old, text, sizeof(text)), 3);
    assert_string_equal(text, "one");
    assert_int_equal(stat("f", &after), 0);
    assert_true(before.st_ino != after.st_ino);

    char path[128];
    snprintf(path, sizeof(path), "%s/f", (const char *)*state);
    assert_int_equal(file_replace(path, "absolute", 8, 0600), 0);
    assert_content("f", "absolute");
    assert_int_equal(entries_of("."), 1);
}

static void test_replace_without_a_folder(void **state)
{
    (void)state;
    assert_int_equal(file_replace("none/f", "x", 1, 0644), -ENOENT);
    assert_int_equal(file_replace("f", "old", 3, 0644), 0);
    assert_int_equal(file_replace("f/f", "x", 1, 0644), -ENOTDIR);
    assert_content("f", "old");
    assert_int_equal(entries_of("."), 1);
}

static void test_replace_in_an_unwritable_folder(void **state)
{
    (void)state;
    assert_int_equal(file_replace("f", "old", 3, 0644), 0);
    assert_int_equal(chmod(".", 0555), 0);
    int root = geteuid() == 0; /* root ignores permissions */
    if (root && seteuid(NOBODY) < 0)
        skip();
    int r = file_replace("f", "new", 3, 0644);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, -EACCES);
    assert_content("f", "old");
    assert_int_equal(entries_of("."), 1);
}

/* The temporary file exists already when the disk is full. */
static void test_replace_that_can_not_write(void **state)
{
    (void)state;
    struct rlimit saved, small;
    char data[4096] = "";
    assert_int_equal(file_replace("f", "old", 3, 0644), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    small = saved;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int r = file_replace("f", data, sizeof(data), 0644);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(r, -EFBIG);
    assert_content("f", "old");
    assert_int_equal(entries_of("."), 1);
}

static void test_replace_that_can_not_rename(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder", 0755), 0);
    assert_int_equal(file_replace("folder", "x", 1, 0644), -EISDIR);
    assert_int_equal(entries_of("."), 1);
    assert_int_equal(entries_of("folder"), 0);
}

#define BIG ((size_t)1 << 20)

struct reader {
    int fd;
    pthread_t writer;
    unsigned char *data;
    size_t len;
    int was_full;
};

static void on_alarm(int signal)
{
    (void)signal;
}

/* Interrupts the writer with signals while it sleeps in write(2). */
static void *interrupt_and_read(void *p)
{
    struct reader *reader = p;
    const struct timespec ms = {.tv_nsec = 1000000};
    int queued = 0;
    for (int i = 0; i < 5000 && queued < fcntl(reader->fd, F_GETPIPE_SZ); i++) {
        ioctl(reader->fd, FIONREAD, &queued);
        nanosleep(&ms, NULL);
    }
    reader->was_full = queued == fcntl(reader->fd, F_GETPIPE_SZ);
    for (int i = 0; i < 20; i++) {
        pthread_kill(reader->writer, SIGALRM);
        nanosleep(&ms, NULL);
    }
    for (ssize_t n; reader->len < BIG; reader->len += (size_t)n) {
        n = read(reader->fd, reader->data + reader->len, BIG - reader->len);
        if (n <= 0)
            break;
    }
    return NULL;
}

static void put(const char *path, const char *text)
{
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
}

/* Files that are set aside in the same second are all kept. */
static void test_set_aside(void **state)
{
    static const char *const names[] = {"file.damaged-1700000000",
                                        "file.damaged-1700000000-2",
                                        "file.damaged-1700000000-3"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        CLEANUP_FREE char *aside = NULL;
        put("file", names[i]);
        assert_int_equal(file_set_aside("file", 1700000000123, &aside), 0);
        assert_string_equal(aside, names[i]);
        assert_int_equal(access("file", F_OK), -1);
    }
    for (int i = 0; i < 3; i++)
        assert_content(names[i], names[i]);
    char *unchanged = NULL;
    assert_int_equal(file_set_aside("file", 1700000000123, &unchanged), -ENOENT);
    assert_null(unchanged);
    assert_int_equal(entries_of("."), 3);
}

static void test_write_all_with_interruptions(void **state)
{
    (void)state;
    int fds[2];
    pthread_t thread;
    struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
    struct sigaction saved;
    CLEANUP_FREE unsigned char *data = malloc(BIG);
    CLEANUP_FREE unsigned char *got = malloc(BIG);
    assert_non_null(data);
    assert_non_null(got);
    for (size_t i = 0; i < BIG; i++)
        data[i] = (unsigned char)(i * 31 + i / 256);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(sigaction(SIGALRM, &action, &saved), 0);
    struct reader reader = {.fd = fds[0], .writer = pthread_self(), .data = got};
    assert_int_equal(pthread_create(&thread, NULL, interrupt_and_read, &reader), 0);
    int r = file_write_all(fds[1], data, BIG);
    close(fds[1]);
    pthread_join(thread, NULL);
    close(fds[0]);
    sigaction(SIGALRM, &saved, NULL);
    assert_int_equal(r, 0);
    assert_true(reader.was_full);
    assert_int_equal(reader.len, BIG);
    assert_memory_equal(got, data, BIG);
}

static void test_write_all_that_fails(void **state)
{
    (void)state;
    assert_int_equal(file_write_all(-1, "x", 1), -EBADF);
    assert_int_equal(file_write_all(-1, "", 0), 0);
    CLEANUP_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(file_write_all(full, "x", 1), -ENOSPC);
}

static void test_group_of_a_file(void **state)
{
    char name[8] = "same";
    (void)state;
    assert_int_equal(file_find_group("missing", name, sizeof(name)), -ENOENT);
    assert_string_equal(name, "same");
    assert_int_equal(mkdir("folder", 0700), 0);
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown("folder", 0, 0), 0);
    assert_int_equal(file_find_group("folder", name, sizeof(name)), 0);
    assert_string_equal(name, "root");
    assert_int_equal(chown("folder", 0, 4123456), 0); /* without a name */
    assert_int_equal(file_find_group("folder", name, sizeof(name)), 0);
    assert_string_equal(name, "4123456");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_read_named),
        IN_FOLDER(test_read_up_to_max),
        IN_FOLDER(test_read_of_a_folders_file),
        IN_FOLDER(test_read_that_fails),
        cmocka_unit_test(test_read_that_fails_half_way),
        IN_FOLDER(test_replace),
        IN_FOLDER(test_replace_without_a_folder),
        IN_FOLDER(test_replace_in_an_unwritable_folder),
        IN_FOLDER(test_replace_that_can_not_write),
        IN_FOLDER(test_replace_that_can_not_rename),
        IN_FOLDER(test_set_aside),
        IN_FOLDER(test_group_of_a_file),
        cmocka_unit_test(test_write_all_with_interruptions),
        cmocka_unit_test(test_write_all_that_fails),
    };
    return cmocka_run_group_tests_name("base_file", tests, NULL, NULL);
}
