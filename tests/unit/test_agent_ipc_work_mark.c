/* The page in which the SNMP process says since when it works. */
#include "agent/ipc/work_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int fd;
static struct work_mark *mark;

static int begin(void **state)
{
    (void)state;
    fd = work_mark_create();
    assert_true(fd >= 0);
    assert_int_equal(work_mark_open(fd, &mark), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    work_mark_close(mark);
    close(fd);
    return 0;
}

static void test_work(void **state)
{
    (void)state;
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(work_mark_read(fd, 1000), 0);
    work_mark_begin(mark, 1000);
    assert_int_equal(work_mark_read(fd, 6500), 5500);
    work_mark_begin(mark, 6000);
    assert_int_equal(work_mark_read(fd, 6500), 500);
    work_mark_wait(mark);
    assert_int_equal(work_mark_read(fd, 9000), 0);
    /* None: the SNMP process of a test. */
    work_mark_begin(NULL, 1);
    work_mark_wait(NULL);
    work_mark_close(NULL);
}

/* It works all the same: at times whose low 32 bits are 0, and when it began just now. */
static void test_low_bits(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1ll << 32, (1ll << 40) - 3, INT32_MAX};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        work_mark_begin(mark, times[i]);
        assert_in_range(work_mark_read(fd, times[i] + 5000), 4999, 5000);
        assert_int_equal(work_mark_read(fd, times[i]), 1);
        assert_int_equal(work_mark_read(fd, times[i] - 1), 1);
    }
}

/* A compromised process: the page stays as it is, and any content is a time. */
static void test_hostile_pages(void **state)
{
    (void)state;
    uint32_t bits;
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, 4096), -1);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    for (int i = 0; i < 1000; i++) {
        bits = (uint32_t)rand() << 1;
        assert_int_equal(pwrite(fd, &bits, sizeof(bits), 0), sizeof(bits));
        assert_in_range(work_mark_read(fd, rand()), 0, INT32_MAX);
    }
    assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096),
                     0);
    assert_int_equal(work_mark_read(fd, 1000), 0);
    work_mark_begin(mark, 1000);
    assert_int_equal(work_mark_read(fd, 2000), 1000);
}

static void test_other_files(void **state)
{
    (void)state;
    int pipe_fds[2];
    struct work_mark *none = NULL;
    int other = memfd_create("test", MFD_CLOEXEC);
    assert_int_equal(work_mark_open(other, &none), -EBADMSG); /* empty */
    assert_int_equal(work_mark_read(other, 1000), 0);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(work_mark_open(pipe_fds[0], &none), -EBADMSG);
    assert_int_equal(work_mark_read(pipe_fds[0], 1000), 0);
    assert_int_equal(work_mark_open(-1, &none), -EBADF);
    assert_int_equal(work_mark_read(-1, 1000), 0);
    assert_null(none);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_work, begin, end),
        cmocka_unit_test_setup_teardown(test_low_bits, begin, end),
        cmocka_unit_test_setup_teardown(test_hostile_pages, begin, end),
        cmocka_unit_test(test_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
