/* A process that has forked and not executed anything has its parent's path. In these
 * folders its own exe is another one, which shows what was read. */
#include "fake_proc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    PARENT = 50,
    CHILD = 60,
    STACK = 4096,
    START = 100,     /* in ticks: 1 s */
    NOW = 1000000,   /* of the scan that reads the parent */
    LATER = 1050000, /* of those that find the child */
    AFTER = 102000,  /* in ticks: between the two; reading takes none of these seconds */
};

static void put(int pid, int ppid, int start, int stack, const char *exe)
{
    char path[32];
    fake_put_process(pid, "worker", ppid, 0, start, stack);
    snprintf(path, sizeof(path), "%d/exe", pid);
    unlink(fake_at(path));
    assert_int_equal(symlink(exe, fake_at(path)), 0);
}

static const struct process *scan_child(void)
{
    const struct process *p = snapshot_find(fake_scan_at(PROCESS_EXE, LATER), CHILD);
    assert_non_null(p);
    assert_true((p->have & PROCESS_EXE) != 0);
    return p;
}

static const struct snapshot *last;

static void start_with_parent(int pid, int stack, const char *exe)
{
    put(pid, 1, START, stack, exe);
    fake_start();
    last = fake_scan_at(PROCESS_EXE, NOW);
}

static const struct process *update_child(int start)
{
    const pid_t child = CHILD;
    const struct moment now = {.boot_ms = LATER};
    put(CHILD, PARENT, start, STACK, "/bin/own");
    assert_int_equal(fake.source.update(fake.source.ctx, &child, 1, PROCESS_EXE, now), 0);
    return snapshot_find(last, CHILD);
}

static void test_a_fork_has_the_path_of_its_parent(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server");
    put(CHILD, PARENT, START, STACK, "/bin/own");
    const struct process *p = scan_child();
    assert_string_equal(p->path, "/bin/server");
    assert_int_equal(p->path_origin, PATH_HOST);
    assert_false(p->path_deleted);
    assert_int_equal(p->denied, 0);
    uint64_t gen = p->gen;
    /* An exec is noticed as ever. */
    put(CHILD, PARENT, START, STACK + 1, "/bin/own");
    p = scan_child();
    assert_string_equal(p->path, "/bin/own");
    assert_true(p->gen > gen);
}

static void test_its_own_forks_have_it_too(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server");
    put(CHILD - 1, PARENT, START, STACK, "/bin/other");
    put(CHILD, CHILD - 1, START, STACK, "/bin/own");
    assert_string_equal(scan_child()->path, "/bin/server");
}

static void test_it_is_verified_as_if_it_was_read(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server");
    put(CHILD, PARENT, START, STACK, "/bin/own");
    assert_string_equal(scan_child()->path, "/bin/server");
    const struct snapshot *s = fake_scan_at(PROCESS_EXE, LATER + 120000);
    assert_string_equal(snapshot_find(s, CHILD)->path, "/bin/own");
}

/* The parent may execute something between its last sample and the read of its path. */
static void test_in_an_update_it_is_younger_than_the_path(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server");
    assert_string_equal(update_child(START)->path, "/bin/own");
    fake_remove(fake_at("60"));
    fake_scan_at(PROCESS_EXE, NOW);
    assert_string_equal(update_child(AFTER)->path, "/bin/server");
}

static void test_in_an_update_the_path_is_older_than_the_sample(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server");
    fake_scan_at(PROCESS_EXE, NOW + 10000);
    assert_string_equal(update_child(START)->path, "/bin/server");
}

static void expect_own_path(int parent, int stack)
{
    put(CHILD, parent, AFTER, stack, "/bin/own");
    assert_string_equal(scan_child()->path, "/bin/own");
}

static void test_not_after_an_exec(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server");
    expect_own_path(PARENT, STACK + 1);
    fake_remove(fake_at("60"));
    put(PARENT, 1, START, STACK + 2, "/bin/server");
    expect_own_path(PARENT, STACK);
}

static void test_not_of_another_parent(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server");
    expect_own_path(PARENT + 1, STACK);
}

/* It may be gone: the walk of a scan is ascending. */
static void test_not_of_a_parent_with_a_higher_pid(void **state)
{
    (void)state;
    start_with_parent(CHILD + 1, STACK, "/bin/server");
    expect_own_path(CHILD + 1, STACK);
}

/* The file may be the host's again. */
static void test_not_of_a_removed_file(void **state)
{
    (void)state;
    start_with_parent(PARENT, STACK, "/bin/server (deleted)");
    expect_own_path(PARENT, STACK);
    assert_true(snapshot_find(fake_scan_at(PROCESS_EXE, LATER), PARENT)->path_deleted);
}

/* Without permission to see addresses they are the same in all processes. */
static void test_not_without_addresses(void **state)
{
    (void)state;
    start_with_parent(PARENT, 0, "/bin/server");
    expect_own_path(PARENT, 0);
}

#define FAKE_TEST(function)                                                              \
    cmocka_unit_test_setup_teardown(function, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(test_a_fork_has_the_path_of_its_parent),
        FAKE_TEST(test_its_own_forks_have_it_too),
        FAKE_TEST(test_it_is_verified_as_if_it_was_read),
        FAKE_TEST(test_in_an_update_it_is_younger_than_the_path),
        FAKE_TEST(test_in_an_update_the_path_is_older_than_the_sample),
        FAKE_TEST(test_not_after_an_exec),
        FAKE_TEST(test_not_of_another_parent),
        FAKE_TEST(test_not_of_a_parent_with_a_higher_pid),
        FAKE_TEST(test_not_of_a_removed_file),
        FAKE_TEST(test_not_without_addresses),
    };
    return cmocka_run_group_tests_name("proc inherit", tests, NULL, NULL);
}
