/* The first table of a new SNMP process: it is awaited, whatever else arrives. */
#include "snmp_child.h"

#include "base/clock.h"
#include "table/table.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG_MS = 30000 };

static struct snmp_agent *agent;
static int daemon_fd, reports;

/* The daemon, in a process of its own: sends a ping, then a table, later. */
static pid_t start_daemon(void)
{
    const struct shape shape = {.groups = 3, .step = 2, .admin = 1, .notify_on = true};
    const struct ipc_head ping = {.kind = IPC_PING, .number = 7};
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    usleep(50000);
    ipc_send(daemon_fd, &ping, NULL, 0, -1);
    usleep(50000);
    snmp_child_send(daemon_fd, IPC_TABLE, snmp_child_image(&shape));
    _exit(0);
}

static bool is_reported(enum ipc_kind kind, uint64_t number)
{
    struct ipc_report report;
    bool found = false;
    while (snmp_child_report(reports, &report))
        found |= report.head.kind == kind && report.head.number == number;
    return found;
}

static void test_without_a_table_it_goes_on(void **state)
{
    (void)state;
    int64_t began_ms = clock_run_ms();
    daemon_link_await_image(agent, 20);
    assert_true(clock_run_ms() - began_ms >= 20);
    assert_null(agent->image);
    assert_false(agent->stopping);
}

static void test_the_first_table_is_awaited(void **state)
{
    (void)state;
    int64_t began_ms = clock_run_ms();
    pid_t pid = start_daemon();
    daemon_link_await_image(agent, LONG_MS);
    assert_non_null(agent->image);
    assert_true(clock_run_ms() - began_ms < LONG_MS);
    assert_true(is_reported(IPC_PONG, 7));
    waitpid(pid, NULL, 0);
}

static void test_then_nothing_is_awaited(void **state)
{
    (void)state;
    int64_t began_ms = clock_run_ms();
    daemon_link_await_image(agent, LONG_MS);
    assert_true(clock_run_ms() - began_ms < LONG_MS);
}

static void test_the_end_of_the_daemon_ends_it(void **state)
{
    (void)state;
    int64_t began_ms = clock_run_ms();
    table_destroy(agent->image);
    agent->image = NULL;
    close(daemon_fd);
    daemon_link_await_image(agent, LONG_MS);
    assert_true(agent->stopping);
    assert_true(clock_run_ms() - began_ms < LONG_MS);
}

static int set_up(void **state)
{
    (void)state;
    agent = snmp_child_make(&daemon_fd, &reports);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_table_it_goes_on),
        cmocka_unit_test(test_the_first_table_is_awaited),
        cmocka_unit_test(test_then_nothing_is_awaited),
        cmocka_unit_test(test_the_end_of_the_daemon_ends_it),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, set_up, NULL);
}
