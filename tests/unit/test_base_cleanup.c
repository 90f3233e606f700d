#include "base/cleanup.h"

#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int open_null(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static int leave_scope_with(int fd)
{
    CLEANUP_FD int mine = fd;
    CLEANUP_FD int none = -1;
    (void)mine;
    (void)none;
    errno = ENOTTY;
    return is_open(fd);
}

static void test_descriptor_is_closed(void **state)
{
    (void)state;
    int fd = open_null();
    assert_true(leave_scope_with(fd));
    assert_int_equal(errno, ENOTTY);
    assert_false(is_open(fd));
    /* A close() that fails keeps errno too. */
    errno = ENOTTY;
    cleanup_close_fd(&fd);
    assert_int_equal(errno, ENOTTY);
}

static void test_a_closed_descriptor_is_forgotten(void **state)
{
    (void)state;
    int fd = open_null();
    int number = fd;
    cleanup_close_fd(&fd);
    assert_int_equal(fd, -1);
    int other = open_null();
    assert_int_equal(other, number);
    cleanup_close_fd(&fd);
    assert_true(is_open(other));
    close(other);
}

static int take_out_of_scope(int fd)
{
    CLEANUP_FD int mine = fd;
    int taken = TAKE_FD(mine);
    assert_int_equal(mine, -1);
    return taken;
}

static void test_taken_descriptor_stays(void **state)
{
    (void)state;
    int fd = open_null();
    assert_int_equal(take_out_of_scope(fd), fd);
    assert_true(is_open(fd));
    close(fd);
}

static char *pointers(int give)
{
    CLEANUP_FREE char *text = strdup("text");
    CLEANUP_FREE int *number = malloc(sizeof(*number));
    CLEANUP_FREE char *none = NULL;
    CLEANUP_BUF struct buf b = {0};
    (void)none;
    assert_non_null(text);
    assert_non_null(number);
    assert_int_equal(buf_append_text(&b, "text"), 0);
    if (!give)
        return NULL;
    char *taken = TAKE_PTR(text);
    assert_null(text);
    return taken;
}

/* LeakSanitizer sees what is not freed, AddressSanitizer what is freed twice. */
static void test_memory_is_freed_or_taken(void **state)
{
    (void)state;
    assert_null(pointers(0));
    char *text = pointers(1);
    assert_string_equal(text, "text");
    free(text);
}

static void folders(int *ret_fd, DIR **ret_taken)
{
    CLEANUP_DIR DIR *dir = opendir("/");
    CLEANUP_DIR DIR *kept = opendir("/");
    CLEANUP_DIR DIR *no_dir = NULL;
    (void)no_dir;
    assert_non_null(dir);
    assert_non_null(kept);
    *ret_fd = dirfd(dir);
    *ret_taken = TAKE_PTR(kept);
    assert_null(kept);
    errno = ENOTTY;
}

static void test_folders_are_closed(void **state)
{
    (void)state;
    int fd = -1;
    DIR *taken = NULL;
    folders(&fd, &taken);
    assert_int_equal(errno, ENOTTY);
    assert_true(fd >= 0 && !is_open(fd));
    assert_non_null(taken);
    assert_true(is_open(dirfd(taken)));
    closedir(taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor_is_closed),
        cmocka_unit_test(test_a_closed_descriptor_is_forgotten),
        cmocka_unit_test(test_taken_descriptor_stays),
        cmocka_unit_test(test_memory_is_freed_or_taken),
        cmocka_unit_test(test_folders_are_closed),
    };
    return cmocka_run_group_tests_name("base_cleanup", tests, NULL, NULL);
}
