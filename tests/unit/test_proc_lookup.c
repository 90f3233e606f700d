/* Files are identified from the kernel's cache. */
#include "proc/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_proc_lookup.XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void test_a_file_in_the_cache_is_found(void **state)
{
    (void)state;
    struct file_identity a, b;
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    assert_true(fd >= 0);
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(lookup_cached(AT_FDCWD, "file", &a), 0);
    assert_int_equal(lookup_cached(AT_FDCWD, "link", &b), 0);
    assert_true(lookup_is_same(&a, &b));
    assert_int_equal(a.links, 1);
    assert_true(S_ISREG(a.mode));
    char name[40];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    assert_int_equal(lookup_link(AT_FDCWD, name, &b), 0);
    assert_true(lookup_is_same(&a, &b));
    assert_int_equal(lookup_cached(AT_FDCWD, ".", &b), 0);
    assert_false(lookup_is_same(&a, &b));
    assert_int_equal(unlink("file"), 0);
    assert_int_equal(lookup_link(AT_FDCWD, name, &b), 0);
    assert_int_equal(b.links, 0);
    /* The kernel knows for some time that there is none. */
    int r = lookup_cached(AT_FDCWD, "file", &b);
    assert_true(r == -ENOENT || r == -EAGAIN);
    assert_int_equal(lookup_link(AT_FDCWD, "file", &b), -ENOENT);
    unlink("link");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_in_the_cache_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
