/* The log pipe of the SNMP process: levels, escapes, bounds of length and rate. */
#include "agent/daemon/snmp_log.h"
#include "base/log.h"
#include "log_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct snmp_log snmp_log;
static struct log *out;
static int write_fd, out_fd;
static int64_t now = 1000;

static int set_up(void **state)
{
    (void)state;
    out_fd = memfd_create("log", MFD_CLOEXEC);
    out = log_create(out_fd, "d", LOG_STYLE_JOURNAL, LOG_LEVEL_DEBUG);
    snmp_log = (struct snmp_log){0};
    if (!out || snmp_log_open(&snmp_log, now, &write_fd) < 0)
        return -1;
    snmp_log.pid = 7;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    snmp_log_close(&snmp_log, now, out);
    log_destroy(out);
    close(out_fd);
    close(write_fd);
    return 0;
}

static const char *logged(void)
{
    return log_lines_take(out, out_fd);
}

static void put(const char *bytes, size_t len)
{
    assert_int_equal(write(write_fd, bytes, len), len);
}

static void expect(const char *in, const char *want)
{
    put(in, strlen(in));
    assert_false(snmp_log_read(&snmp_log, now, out));
    assert_string_equal(logged(), want);
}

static void test_levels(void **state)
{
    (void)state;
    expect("<3>e\n<4>w\n<5>n\n", "<3>SNMP process 7: e\n<4>SNMP process 7: w\n"
                                 "<5>SNMP process 7: n\n");
    expect("<6>i\n<7>d\n", "<6>SNMP process 7: i\n<7>SNMP process 7: d\n");
    /* An emergency goes to all terminals. */
    expect("<0>x\n<2>x\n", "<3>SNMP process 7: x\n<3>SNMP process 7: x\n");
    /* Libraries know no levels. */
    expect("malloc(): corrupted\n", "<4>SNMP process 7: malloc(): corrupted\n");
    expect("<8>x\n<4x\n<\n", "<4>SNMP process 7: <8>x\n<4>SNMP process 7: <4x\n"
                             "<4>SNMP process 7: <\n");
    expect("\n\n<4>\n", "");
}

static void test_lines_in_pieces(void **state)
{
    (void)state;
    expect("<5>a", "");
    expect("b", "");
    expect("c\n<5>d\n<5", "<5>SNMP process 7: abc\n<5>SNMP process 7: d\n");
    expect(">e\n", "<5>SNMP process 7: e\n");
}

/* A line may come from an attacker that controls that process. */
static void test_text_is_escaped(void **state)
{
    (void)state;
    expect("<5>\x1b[2J\x80\r<3>forged\n",
           "<5>SNMP process 7: \\x1b[2J\\x80\\x0d<3>forged\n");
    put("<5>a\0b\n", 7);
    expect("", "<5>SNMP process 7: a\\x00b\n");
    /* An escape of its own stays as it is. */
    expect("<5>name \\x1b[2J of \xc3\xa4\n",
           "<5>SNMP process 7: name \\x1b[2J of \xc3\xa4\n");
}

static void test_long_lines_are_cut(void **state)
{
    (void)state;
    char text[3000], want[3000];
    memset(text, 'x', sizeof(text));
    memcpy(text, "<5>", 3);
    text[2990] = '\n';
    memcpy(text + 2991, "<5>next\n", 9);
    snprintf(want, sizeof(want), "<5>SNMP process 7: %.*s\n<5>SNMP process 7: next\n",
             SNMP_LOG_LINE_MAX - 3, text + 3);
    expect(text, want);
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

/* Many lines: some are logged, the others counted when lines are logged again. */
static void test_rate(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        put("<5>x\n", 5);
    snmp_log_read(&snmp_log, now, out);
    const char *text = logged();
    assert_int_equal(count(text, ": x\n"), 200);
    assert_int_equal(count(text, "dropped"), 0);
    now += 1000;
    snmp_log_read(&snmp_log, now, out);
    assert_string_equal(logged(),
                        "<4>SNMP process 7: 800 lines of its log were dropped\n");
    for (int i = 0; i < 1000; i++)
        put("<5>x\n", 5);
    snmp_log_read(&snmp_log, now, out);
    assert_int_equal(count(logged(), ": x\n"), 20);
    now += 3600000;
    for (int i = 0; i < 1000; i++)
        put("<5>x\n", 5);
    snmp_log_read(&snmp_log, now, out);
    text = logged();
    assert_non_null(strstr(text, "980 lines of its log were dropped"));
    assert_int_equal(count(text, ": x\n"), 200);
}

/* A process that writes without end: a bounded part is read in each second. */
static void test_a_flood(void **state)
{
    (void)state;
    static char chunk[65536];
    size_t total = 0;
    int reads = 0;
    memset(chunk, 'x', sizeof(chunk));
    chunk[100] = '\n';
    for (bool hold = false; !hold; reads++) {
        ssize_t n = write(write_fd, chunk, sizeof(chunk));
        total += n > 0 ? (size_t)n : 0;
        hold = snmp_log_read(&snmp_log, now, out);
        assert_true(reads < 100);
    }
    assert_true(total < 400000);
    put("y", 1);
    assert_true(snmp_log_read(&snmp_log, now, out)); /* nothing more in this second */
    now += 1000;
    assert_false(snmp_log_read(&snmp_log, now, out));
}

/* What it writes last is logged, also without a newline; then the pipe is closed. */
static void test_end(void **state)
{
    (void)state;
    put("<3>a\nstack smashing detected", 28);
    snmp_log_close(&snmp_log, now, out);
    assert_string_equal(logged(), "<3>SNMP process 7: a\n"
                                  "<4>SNMP process 7: stack smashing detected\n");
    assert_int_equal(snmp_log.fd, -1);
    assert_int_equal(write(write_fd, "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_false(snmp_log_read(&snmp_log, now, out));
}

/* It closes its end, but goes on: nothing is left that could wake the daemon up. */
/* One that ends again and again gets no more lines than one that goes on. */
static void test_the_rate_of_many_processes(void **state)
{
    (void)state;
    size_t lines = 0;
    for (int i = 0; i < 10; i++) {
        for (int n = 0; n < 100; n++)
            put("x\n", 2);
        snmp_log_read(&snmp_log, now, out);
        snmp_log_close(&snmp_log, now, out);
        close(write_fd);
        assert_int_equal(snmp_log_open(&snmp_log, now, &write_fd), 0);
        snmp_log.pid = 7;
    }
    const char *text = logged();
    for (const char *p = text; (p = strstr(p, ": x\n")); p++)
        lines++;
    assert_int_equal(lines, 200);
}

static void test_closed_by_the_process(void **state)
{
    (void)state;
    close(write_fd);
    assert_false(snmp_log_read(&snmp_log, now, out));
    assert_int_equal(snmp_log.fd, -1);
    write_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
}

/* Neither side may wait for the other. */
static void test_ends_do_not_block(void **state)
{
    (void)state;
    assert_true(fcntl(snmp_log.fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(write_fd, F_GETFL) & O_NONBLOCK);
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PIPE(test_levels),
        WITH_PIPE(test_lines_in_pieces),
        WITH_PIPE(test_text_is_escaped),
        WITH_PIPE(test_long_lines_are_cut),
        WITH_PIPE(test_rate),
        WITH_PIPE(test_a_flood),
        WITH_PIPE(test_end),
        WITH_PIPE(test_the_rate_of_many_processes),
        WITH_PIPE(test_closed_by_the_process),
        WITH_PIPE(test_ends_do_not_block),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
