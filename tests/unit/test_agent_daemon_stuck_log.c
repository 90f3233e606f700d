/* Processes that do not answer are named in the log. */
#include "agent/daemon/stuck_log.h"

#include "base/log.h"
#include "model/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 30 };

static struct process processes[N];
static struct process *list[N];
static struct snapshot snapshot;
static struct stuck_log *stuck;
static struct log *logger;
static int log_fd;

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        processes[i] = (struct process){.pid = 100 + i, .start = 7, .comm = "d"};
        list[i] = &processes[i];
    }
    snapshot = (struct snapshot){.list = list, .count = N};
    log_fd = memfd_create("log", 0);
    logger = log_create(log_fd, "x", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    stuck = stuck_log_create();
    return stuck && logger ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    stuck_log_destroy(stuck);
    log_destroy(logger);
    close(log_fd);
    return 0;
}

static size_t hidden; /* processes that do not answer */

/* The lines of one cycle. */
static const char *lines(void)
{
    static char text[4096];
    snapshot.unresponsive = hidden;
    for (size_t i = 0; i < snapshot.count; i++)
        snapshot.unresponsive += process_denied_by(list[i], ETIMEDOUT) != 0;
    stuck_log_update(stuck, &snapshot, logger);
    assert_int_equal(log_flush(logger), 0);
    ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    assert_int_equal(ftruncate(log_fd, 0), 0);
    assert_int_equal(lseek(log_fd, 0, SEEK_SET), 0);
    return text;
}

static void test_a_process_is_named_once(void **state)
{
    (void)state;
    assert_string_equal(lines(), "");
    processes[3].comm = "evil\n";
    process_set_error(&processes[3], PROCESS_CMDLINE, ETIMEDOUT);
    process_set_error(&processes[3], PROCESS_NAME, ETIMEDOUT);
    process_set_error(&processes[4], PROCESS_EXE, EACCES);
    process_set_error(&processes[5], PROCESS_CMDLINE, EBUSY);
    assert_string_equal(lines(),
                        "x: process 103 (evil\\n) does not answer within 100 ms: "
                        "arguments, name could not be read\n");
    assert_string_equal(lines(), "");
    processes[3].denied = 0;
    process_set_error(&processes[3], PROCESS_CMDLINE, EBUSY); /* is not known */
    assert_string_equal(lines(), "");
    processes[3].denied = 0;
    assert_string_equal(lines(), "x: process 103 answers again\n");
    assert_string_equal(lines(), "");
    process_set_error(&processes[3], PROCESS_PSS, ETIMEDOUT);
    assert_non_null(strstr(lines(), "103"));
    /* Another process with its pid. */
    processes[3].start = 8;
    assert_non_null(strstr(lines(), "103"));
    assert_string_equal(lines(), "");
    /* A failed scan says nothing about it. */
    snapshot.state = SNAPSHOT_FAILED;
    snapshot.count = 0;
    assert_string_equal(lines(), "");
    snapshot.state = SNAPSHOT_COMPLETE;
    snapshot.count = N;
    assert_string_equal(lines(), "");
}

static void test_many_processes_are_counted(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++)
        process_set_error(&processes[i], PROCESS_CMDLINE, ETIMEDOUT);
    const char *text = lines();
    assert_non_null(strstr(text, "process 109 "));
    assert_null(strstr(text, "process 110 "));
    assert_non_null(strstr(text, "x: 20 more processes do not answer\n"));
    assert_string_equal(lines(), "");
}

static void test_hidden_processes_are_counted(void **state)
{
    (void)state;
    hidden = 1;
    assert_string_equal(lines(), "x: 1 hidden process does not answer within 100 ms: "
                                 "stat could not be read\n");
    assert_string_equal(lines(), "");
    hidden = 3;
    assert_string_equal(lines(), "x: 3 hidden processes do not answer within 100 ms: "
                                 "stat could not be read\n");
    hidden = 0;
    assert_string_equal(lines(), "");
    hidden = 1;
    assert_non_null(strstr(lines(), "1 hidden"));
    hidden = 0;
}

#define STUCK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STUCK_TEST(test_a_process_is_named_once),
        STUCK_TEST(test_many_processes_are_counted),
        STUCK_TEST(test_hidden_processes_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
