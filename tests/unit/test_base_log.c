#include "base/buf.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct ends {
    int read_fd, write_fd;
};

/* A pipe of packets: one read(2) gives what one write(2) gave (pipe(2), O_DIRECT). */
static int make_pipe(void **state)
{
    int fds[2];
    struct ends *ends = malloc(sizeof(*ends));
    if (!ends || pipe2(fds, O_DIRECT | O_NONBLOCK | O_CLOEXEC) < 0) {
        free(ends);
        return -1;
    }
    *ends = (struct ends){fds[0], fds[1]};
    *state = ends;
    return 0;
}

static int close_pipe(void **state)
{
    struct ends *ends = *state;
    close(ends->read_fd);
    close(ends->write_fd);
    free(ends);
    return 0;
}

static void assert_said(const struct ends *ends, const char *want)
{
    char text[4200];
    struct pollfd poll_fd = {.fd = ends->read_fd, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 10000), 1);
    ssize_t n = read(ends->read_fd, text, sizeof(text) - 1);
    assert_true(n > 0);
    text[n] = '\0';
    assert_string_equal(text, want);
}

/* `log` may be NULL: destroyed. */
static void assert_silent(const struct ends *ends, struct log *log)
{
    char c;
    if (log)
        assert_int_equal(log_flush(log), 0);
    assert_int_equal(read(ends->read_fd, &c, 1), -1);
    assert_int_equal(errno, EAGAIN);
}

static void test_plain_line_is_one_write(void **state)
{
    struct ends *ends = *state;
    struct log *log = log_create(ends->write_fd, "prog", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    assert_non_null(log);
    log_warn(log, "%s is %d", "answer", 42);
    assert_said(ends, "prog: answer is 42\n");
    assert_silent(ends, log);
    log_err(log, "one");
    log_info(log, "two");
    assert_said(ends, "prog: one\n");
    assert_said(ends, "prog: two\n");
    assert_silent(ends, log);
    log_destroy(log);
    /* The log does not close its descriptor. */
    assert_true(fcntl(ends->write_fd, F_GETFD) >= 0);
}

static void test_newlines_become_blanks(void **state)
{
    struct ends *ends = *state;
    struct log *log = log_create(ends->write_fd, "prog", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    assert_non_null(log);
    log_err(log, "a\nprog: forged%s", "\n\nb\n");
    assert_said(ends, "prog: a prog: forged  b \n");
    assert_silent(ends, log);
    log_destroy(log);
}

static void test_levels_of_the_journal(void **state)
{
    struct ends *ends = *state;
    struct log *log =
        log_create(ends->write_fd, "prog", LOG_STYLE_JOURNAL, LOG_LEVEL_DEBUG);
    assert_non_null(log);
    log_err(log, "e");
    log_warn(log, "w");
    log_notice(log, "n\n<0>x");
    log_info(log, "i");
    log_debug(log, "d");
    assert_said(ends, "<3>e\n");
    assert_said(ends, "<4>w\n");
    assert_said(ends, "<5>n <0>x\n");
    assert_said(ends, "<6>i\n");
    assert_said(ends, "<7>d\n");
    assert_silent(ends, log);
    log_destroy(log);
}

static void test_lower_levels_are_not_logged(void **state)
{
    struct ends *ends = *state;
    struct log *log =
        log_create(ends->write_fd, "prog", LOG_STYLE_PLAIN, LOG_LEVEL_NOTICE);
    assert_non_null(log);
    log_info(log, "i");
    log_debug(log, "d");
    assert_silent(ends, log);
    log_notice(log, "n");
    assert_said(ends, "prog: n\n");
    log_destroy(log);
    log_err(NULL, "user %d", 1);
    log_destroy(NULL);
    assert_silent(ends, NULL);
}

static void test_terminal_line_has_the_time(void **state)
{
    struct ends *ends = *state;
    struct log *log =
        log_create(ends->write_fd, "prog", LOG_STYLE_TERMINAL, LOG_LEVEL_INFO);
    assert_non_null(log);
    time_t before = time(NULL);
    log_info(log, "text");
    char text[100] = "";
    assert_int_equal(log_flush(log), 0);
    ssize_t n = read(ends->read_fd, text, sizeof(text) - 1);
    assert_true(n > 0);
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S%z", &tm);
    assert_non_null(rest);
    assert_string_equal(rest, " prog: text\n");
    long offset = tm.tm_gmtoff; /* timegm() ignores it */
    time_t said = timegm(&tm) - offset;
    /* time(2) may be one tick behind the clock of the log. */
    assert_true(said >= before && said <= time(NULL) + 1);
    log_destroy(log);
}

static void test_errno_is_the_callers(void **state)
{
    struct ends *ends = *state;
    struct log *log =
        log_create(ends->write_fd, "prog", LOG_STYLE_TERMINAL, LOG_LEVEL_INFO);
    struct log *bad = log_create(-1, "prog", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    assert_non_null(log);
    assert_non_null(bad);
    errno = ENOTTY;
    log_err(log, "%m");
    assert_int_equal(errno, ENOTTY);
    log_err(bad, "not logged");
    assert_int_equal(errno, ENOTTY);
    char text[200] = "";
    assert_int_equal(log_flush(log), 0);
    assert_true(read(ends->read_fd, text, sizeof(text) - 1) > 0);
    assert_non_null(strstr(text, strerror(ENOTTY)));
    log_destroy(log);
    log_destroy(bad);
}

static void test_long_line_is_whole(void **state)
{
    struct ends *ends = *state;
    char want[4097];
    struct log *log = log_create(ends->write_fd, "prog", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    assert_non_null(log);
    memset(want, 'x', 4096); /* the largest packet */
    memcpy(want, "prog: ", 6);
    want[4095] = '\0';
    log_err(log, "%s", want + 6);
    want[4095] = '\n';
    want[4096] = '\0';
    assert_said(ends, want);
    assert_silent(ends, log);
    log_destroy(log);
}

/* The line about a loss has the style of the log and is a warning. */
static void test_lost_lines_are_counted(void **state)
{
    struct ends *ends = *state;
    char text[4096];
    char filler[1000];
    memset(filler, 'x', sizeof(filler));
    filler[sizeof(filler) - 1] = '\0';
    struct log *log =
        log_create(ends->write_fd, "prog", LOG_STYLE_JOURNAL, LOG_LEVEL_INFO);
    assert_non_null(log);
    for (int i = 0; i < 1000; i++)
        log_info(log, "%s", filler);
    unsigned whole = 0, lost = 0;
    for (bool last = false;;) {
        struct pollfd poll_fd = {.fd = ends->read_fd, .events = POLLIN};
        if (poll(&poll_fd, 1, 10) == 0) {
            if (last)
                break;
            last = log_flush(log) == 0;
            continue;
        }
        ssize_t n = read(ends->read_fd, text, sizeof(text) - 1);
        assert_true(n > 0);
        text[n] = '\0';
        whole += strncmp(text, "<6>xxx", 6) == 0;
        if (sscanf(text, "<4>log: lost %u lines that could not be written\n", &lost) == 1)
            assert_int_equal(whole + lost, 1000);
    }
    assert_true(lost > 0 && whole > 100);
    log_destroy(log);
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, make_pipe, close_pipe)

/* A journal's socket in a folder of its own. */
static int make_socket(char *folder, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(folder));
    snprintf(ret_address->sun_path, sizeof(ret_address->sun_path), "%s/socket", folder);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)ret_address, sizeof(*ret_address)),
                     0);
    return fd;
}

static void assert_received(int fd, const char *want)
{
    char text[400];
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 10000), 1);
    ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    assert_true(n > 0);
    text[n] = '\0';
    assert_string_equal(text, want);
}

static void test_an_entry_is_one_datagram(void **state)
{
    struct ends *ends = *state;
    char folder[] = "/tmp/test_base_log.XXXXXX";
    struct sockaddr_un address;
    struct buf fields = {0};
    int fd = make_socket(folder, &address);
    struct log *log =
        log_create(ends->write_fd, "prog", LOG_STYLE_JOURNAL, LOG_LEVEL_NOTICE);
    assert_non_null(log);
    assert_int_equal(log_set_journal(log, address.sun_path), 0);
    /* A value cannot add a field. */
    log_field_add(&fields, "A_KEY", "a\nPRIORITY=0\n");
    log_field_add(&fields, "NONE", NULL);
    log_write_entry(log, LOG_LEVEL_NOTICE, buf_text(&fields), "two\nlines");
    log_write_entry(log, LOG_LEVEL_INFO, buf_text(&fields), "below the level");
    assert_received(fd, "MESSAGE=two lines\nPRIORITY=5\nSYSLOG_IDENTIFIER=prog\n"
                        "A_KEY=a PRIORITY=0 \nNONE=\n");
    assert_silent(ends, log);
    /* Other lines are not entries. */
    log_notice(log, "plain");
    assert_said(ends, "<5>plain\n");
    /* The receiver is gone, and there again. */
    close(fd);
    log_write_entry(log, LOG_LEVEL_ERR, buf_text(&fields), "one");
    assert_said(ends, "<3>one\n");
    unlink(address.sun_path);
    log_write_entry(log, LOG_LEVEL_ERR, buf_text(&fields), "two");
    assert_said(ends, "<3>two\n");
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    log_write_entry(log, LOG_LEVEL_ERR, "", "three");
    assert_received(fd, "MESSAGE=three\nPRIORITY=3\nSYSLOG_IDENTIFIER=prog\n");
    assert_silent(ends, log);
    log_destroy(log);
    close(fd);
    unlink(address.sun_path);
    rmdir(folder);
    buf_free(&fields);
}

static void test_without_a_journal_an_entry_is_a_line(void **state)
{
    struct ends *ends = *state;
    struct log *log = log_create(ends->write_fd, "prog", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    assert_non_null(log);
    log_write_entry(log, LOG_LEVEL_NOTICE, "A_KEY=a\n", "two\nlines");
    assert_said(ends, "prog: two lines\n");
    char longer[200];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(log_set_journal(log, longer), -ENAMETOOLONG);
    log_write_entry(NULL, LOG_LEVEL_NOTICE, "", "none");
    assert_silent(ends, log);
    log_destroy(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PIPE(test_plain_line_is_one_write),
        WITH_PIPE(test_newlines_become_blanks),
        WITH_PIPE(test_levels_of_the_journal),
        WITH_PIPE(test_lower_levels_are_not_logged),
        WITH_PIPE(test_terminal_line_has_the_time),
        WITH_PIPE(test_errno_is_the_callers),
        WITH_PIPE(test_long_line_is_whole),
        WITH_PIPE(test_lost_lines_are_counted),
        WITH_PIPE(test_an_entry_is_one_datagram),
        WITH_PIPE(test_without_a_journal_an_entry_is_a_line),
    };
    return cmocka_run_group_tests_name("base_log", tests, NULL, NULL);
}
