/* The line of progress, on a terminal of its own. */
#include "monitor/progress.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

/* A terminal that controls this process: the other end in *ret_master. */
static int open_terminal(int *ret_master)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    assert_true(setsid() >= 0);
    int fd = open(ptsname(master), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)ioctl(fd, TIOCSCTTY, 0);
    assert_int_equal(tcsetpgrp(fd, getpgrp()), 0);
    *ret_master = master;
    return fd;
}

/* What was written since the last call. */
static const char *written(int master, char *ret_text, size_t size)
{
    struct pollfd p = {.fd = master, .events = POLLIN};
    ssize_t n = poll(&p, 1, 50) == 1 ? read(master, ret_text, size - 1) : 0;
    ret_text[n > 0 ? n : 0] = '\0';
    return ret_text;
}

static void set_width(int master, unsigned short width)
{
    struct winsize size = {.ws_col = width, .ws_row = 10};
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
}

static void check_line(void)
{
    struct progress p;
    char text[200];
    int master, fd = open_terminal(&master);
    set_width(master, 40);
    assert_true(progress_is_possible(fd, "xterm"));
    assert_false(progress_is_possible(fd, "dumb"));
    assert_false(progress_is_possible(fd, ""));
    assert_false(progress_is_possible(fd, NULL));
    progress_begin(&p, fd, 5000);
    progress_update(&p, 5999, 1, 30);
    assert_string_equal(written(master, text, sizeof(text)), "");
    progress_update(&p, 6000, 2, 30);
    assert_string_equal(written(master, text, sizeof(text)), "\r\033[K2 of 30 hosts");
    progress_update(&p, 6099, 3, 30);
    assert_string_equal(written(master, text, sizeof(text)), "");
    progress_update(&p, 6100, 4, 30);
    assert_string_equal(written(master, text, sizeof(text)), "\r\033[K4 of 30 hosts");
    set_width(master, 13); /* it would wrap */
    progress_update(&p, 7000, 5, 30);
    assert_string_equal(written(master, text, sizeof(text)), "");
    set_width(master, 40);
    assert_int_equal(tcflow(fd, TCOOFF), 0); /* Ctrl-S: it does not wait */
    progress_update(&p, 8000, 6, 30);
    assert_int_equal(tcflow(fd, TCOON), 0);
    assert_string_equal(written(master, text, sizeof(text)), "");
    progress_end(&p);
    assert_string_equal(written(master, text, sizeof(text)), "\r\033[K");
}

/* In a child, because it needs a session of its own. */
static void test_line(void **state)
{
    int status;
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        check_line();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_no_terminal(void **state)
{
    int ends[2];
    struct progress p;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_false(progress_is_possible(ends[1], "xterm"));
    progress_begin(&p, ends[1], 0);
    progress_update(&p, 5000, 1, 2);
    progress_end(&p);
    progress_update(NULL, 5000, 1, 2);
    progress_end(NULL);
    struct pollfd in = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&in, 1, 0), 0);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
