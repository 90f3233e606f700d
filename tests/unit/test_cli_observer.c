/* Which processes are there because of this call, or another one like it? */
#include "cli/observer.h"

#include "base/buf.h"
#include "engine/engine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A literal as a vector: with its last NUL. */
#define VECTOR(literal) literal, sizeof(literal)

#define CALL "procgroup\0check\0,cmdline=X:1-1"

static const struct {
    const char *arguments;
    size_t len;
    const char *call;
    size_t call_len;
    bool contains;
} rows[] = {
    {VECTOR("sh\0-c\0procgroup check ,cmdline=X:1-1; true"), VECTOR(CALL), true},
    {VECTOR("sh\0-c\0/usr/bin/procgroup check ',cmdline=X:1-1'; true"), VECTOR(CALL),
     true},
    {VECTOR("sh\0-c\0procgroup   check \\\n  \",cmdline=X:1-1\""), VECTOR(CALL), true},
    {VECTOR("sudo\0procgroup\0check\0,cmdline=X:1-1"), VECTOR(CALL), true},
    {VECTOR("timeout\0"
            "5\0/opt/procgroup\0check\0,cmdline=X:1-1"),
     VECTOR(CALL), true},
    {VECTOR("sshd-session: joe@notty"), VECTOR(CALL), false},
    {VECTOR("/usr/bin/perl\0/usr/sbin/mon\0-f\0-c\0/etc/mon/mon.cf"), VECTOR(CALL),
     false},
    {VECTOR("sh\0-c\0X --cmdline=X"), VECTOR(CALL), false},
    {VECTOR(""), VECTOR(CALL), false},
    /* a script that hands over its SPEC */
    {VECTOR("/bin/sh\0/usr/lib/mon.d/script.monitor\0,cmdline=X:1-1"),
     VECTOR("procgroup\0check\0-f\0nagios\0,cmdline=X:1-1"), true},
    {VECTOR("/bin/sh\0/usr/lib/mon.d/script.monitor\0X"), VECTOR(CALL), false},
    {VECTOR("java\0-agent:x"), VECTOR("procgroup\0check\0-f\0nagios\0a:1-1"), false},
    {VECTOR("x\0-fa:1-1"), VECTOR("procgroup\0check\0-f\0nagios\0a:1-1"), true},
    /* options only */
    {VECTOR("sh\0-c\0procgroup check --cpu-max=1"),
     VECTOR("procgroup\0check\0--cpu-max=1"), true},
    {VECTOR("sh\0-c\0x --cpu-max=1"), VECTOR("procgroup\0check\0--cpu-max=1"), false},
    {VECTOR("daemon\0-c\0/etc/a.conf"), VECTOR("procgroup\0check\0-c\0/etc/a.conf"),
     false},
    /* quotes that the shell removes, of an argument with blanks */
    {VECTOR("sh\0-c\0procgroup check ',cmdline=a  b\\,c:1-'"),
     VECTOR("procgroup\0check\0,cmdline=a  b\\,c:1-"), true},
    /* one argument: with the name of the program */
    {VECTOR("watch\0procgroup\0show"), VECTOR("/usr/bin/procgroup\0show"), true},
    {VECTOR("slides\0show"), VECTOR("/usr/bin/procgroup\0show"), false},
    {VECTOR("sh\0-c\0/mon.d/ps.monitor mon:1-; true"),
     VECTOR("/mon.d/ps.monitor\0mon:1-"), true},
    {VECTOR("mon\0-c\0mon.cf"), VECTOR("/mon.d/ps.monitor\0mon:1-"), false},
    /* no arguments, or none that can be read */
    {VECTOR("sh\0-c\0procgroup"), VECTOR("procgroup"), false},
    {VECTOR("sh\0-c\0procgroup"), "", 0, false},
};

static void test_arguments_that_contain_the_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (observer_contains(rows[i].arguments, rows[i].len, rows[i].call,
                              rows[i].call_len) != rows[i].contains)
            fail_msg("row %zu: %s", i, rows[i].arguments);
}

/* ------------------------------------------------------------ ancestors */

#define HAVE               (PROCESS_STAT | PROCESS_CMDLINE)
#define SHELL              "sh\0-c\0procgroup check ,cmdline=X:1-1; true"
#define ARGUMENTS(literal) .cmdline = (literal), .cmdline_len = sizeof(literal)

static struct process processes[] = {
    {.pid = 1, .start = 1, .have = HAVE, ARGUMENTS("init")},
    {.pid = 5, .ppid = 1, .start = 5, .have = HAVE, ARGUMENTS("mon\0-f")},
    {.pid = 6, .ppid = 5, .start = 6, .have = PROCESS_STAT, ARGUMENTS(SHELL)},
    {.pid = 7, .ppid = 6, .start = 7, .have = HAVE, ARGUMENTS(SHELL)}, /* a fork of it */
    {.pid = 8, .ppid = 6, .start = 7, .have = HAVE, ARGUMENTS("tee\0log")},
    {.pid = 9, .ppid = 6, .start = 8, .have = HAVE, ARGUMENTS(CALL)},
    {.pid = 10, .ppid = 1, .start = 9, .have = HAVE, ARGUMENTS(CALL)}, /* another call */
};
#define N (sizeof(processes) / sizeof(processes[0]))

static bool is_refused;

static void read_more(void *ctx, struct source_want *wants, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n && !is_refused; i++)
        wants[i].process->have |= wants[i].attributes;
}

/* The pids that are found, "9 6 7 ". */
static void finds(pid_t self, const char *pids)
{
    struct process *list[N];
    struct buf found = {0};
    struct buf text = {0};
    struct process_source_ops source = {.read = read_more};
    struct snapshot snapshot = {.list = list, .count = N};
    uint64_t key = 0;
    for (size_t i = 0; i < N; i++) {
        list[i] = &processes[i];
        key = processes[i].pid == self ? process_key(&processes[i]) : key;
    }
    assert_int_equal(observer_find(&snapshot, key, &source, &found), 0);
    const struct engine_observer *o = (const void *)found.data;
    for (size_t i = 0; i < found.len / sizeof(*o); i++) {
        buf_printf(&text, "%d ", (int)process_key_pid(o[i].key));
        assert_false(o[i].unless_named);
        assert_int_equal(strcmp(o[i].what, "this is procgroup itself") == 0, i == 0);
    }
    assert_string_equal(buf_text(&text), pids);
    buf_free(&text);
    buf_free(&found);
}

/* ------------------------------------------------------------ other commands */

#define OTHER_CALL "ps.monitor\0-r\0002\0,cmdline=X:1-1"
#define ME         .comm = "procgroup"

/* 20 is this program. */
static struct process others[] = {
    {.pid = 1, .start = 1, .have = HAVE, ARGUMENTS("init")},
    {.pid = 20, .ppid = 1, .start = 5, .have = HAVE, ME, ARGUMENTS(CALL)},
    {.pid = 21, .ppid = 1, .start = 5, .have = HAVE, ARGUMENTS(SHELL)},
    {.pid = 22, .ppid = 21, .start = 6, .have = HAVE, ME, ARGUMENTS(CALL)},
    {.pid = 23, .ppid = 21, .start = 6, .have = HAVE, ARGUMENTS(SHELL)}, /* a fork */
    {.pid = 24, .ppid = 1, .start = 6, .have = HAVE, ARGUMENTS(OTHER_CALL)},
    {.pid = 25, .ppid = 1, .start = 6, .have = PROCESS_STAT, ARGUMENTS(OTHER_CALL)},
    {.pid = 26, .ppid = 1, .start = 6, .have = PROCESS_STAT, ME, ARGUMENTS(OTHER_CALL)},
    {.pid = 27, .ppid = 1, .start = 6, .have = HAVE, ME, ARGUMENTS("procgroup\0show")},
    {.pid = 28, .ppid = 1, .start = 6, .have = HAVE, ARGUMENTS(SHELL)},
    {.pid = 29, .ppid = 28, .start = 7, .have = HAVE, ME, ARGUMENTS(CALL)},
    {.pid = 30, .ppid = 1, .start = 7, .have = HAVE, ME, ARGUMENTS(CALL)},
};
#define N_OTHERS (sizeof(others) / sizeof(others[0]))
static struct process_usage others_usage[N_OTHERS];

static pid_t is_another_program;

static bool is_run_by(void *ctx, uint64_t key)
{
    assert_ptr_equal(ctx, others);
    pid_t pid = process_key_pid(key);
    bool is_shell = pid == 21 || pid == 23 || pid == 28;
    return !is_shell && pid != is_another_program;
}

/* The users of 20 and of 28. */
static void finds_others(uint32_t own, uint32_t caller, const char *pids)
{
    struct process *list[N_OTHERS];
    struct buf found = {0};
    struct buf text = {0};
    struct process_source_ops source = {.read = read_more};
    struct snapshot snapshot = {.list = list, .count = N_OTHERS};
    const struct observer_program program = {is_run_by, others};
    for (size_t i = 0; i < N_OTHERS; i++) {
        list[i] = &others[i];
        others[i].usage = &others_usage[i];
        list[i]->comm = list[i]->comm ? list[i]->comm : "other";
    }
    others_usage[1].ruid = own;
    others_usage[9].ruid = caller;
    others_usage[11].ruid = 9;
    uint64_t self = process_key(&others[1]);
    assert_int_equal(observer_find_others(&snapshot, self, &source, &program, &found), 0);
    const struct engine_observer *o = (const void *)found.data;
    for (size_t i = 0; i < found.len / sizeof(*o); i++)
        buf_printf(&text, "%d ", (int)process_key_pid(o[i].key));
    assert_string_equal(buf_text(&text), pids);
    buf_free(&text);
    buf_free(&found);
}

static void test_other_commands_are_found(void **state)
{
    (void)state;
    is_refused = false;
    finds_others(0, 0, "22 21 23 24 26 29 28 ");
    is_another_program = 22; /* it has only the name, so no command was called */
    finds_others(0, 0, "24 26 29 28 ");
    is_another_program = 29;
    finds_others(0, 0, "22 21 23 24 26 ");
    is_another_program = 0;
    finds_others(0, 7, "22 21 23 24 26 29 "); /* sudo: the caller is not ours */
    finds_others(9, 7, "22 21 23 24 26 29 30 ");
}

static void test_ancestors_are_found(void **state)
{
    (void)state;
    is_refused = true;
    finds(9, "9 ");
    is_refused = false;
    finds(9, "9 6 7 ");
    finds(10, "10 ");
    finds(4000, "");
    processes[2].start = 100; /* the pid belongs to a newer process: not an ancestor */
    finds(9, "9 ");
    processes[2].start = 6;
    processes[1].ppid = 9; /* an inconsistent snapshot ends */
    processes[1].start = processes[2].start = processes[5].start = 5;
    finds(9, "9 6 7 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_that_contain_the_call),
        cmocka_unit_test(test_ancestors_are_found),
        cmocka_unit_test(test_other_commands_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
