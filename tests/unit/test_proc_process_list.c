/* The list of processes with their pids beside them. */
#include "proc/process_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void fill(struct process_list *list, struct process *processes, size_t n)
{
    assert_int_equal(process_list_reserve(list, n), 0);
    for (size_t i = 0; i < n; i++) {
        processes[i].pid = (pid_t)(10 * i);
        processes[i].ppid = (pid_t)(i + 1);
        assert_int_equal(process_list_add(list, processes[i].pid, &processes[i]), i);
    }
}

static void test_the_first_at_or_behind_a_pid_is_found(void **state)
{
    (void)state;
    struct process processes[40] = {0};
    struct process_list list = {0};
    assert_int_equal(process_list_find(&list, 0, 5), 0);
    fill(&list, processes, 40);
    for (size_t begin = 0; begin <= 40; begin++)
        for (pid_t pid = 0; pid <= 400; pid++) {
            size_t first = ((size_t)pid + 9) / 10;
            size_t want = first < begin ? begin : first < 40 ? first : 40;
            assert_int_equal(process_list_find(&list, begin, pid), want);
        }
    process_list_free(&list);
}

static void test_gaps_are_closed(void **state)
{
    (void)state;
    struct process processes[6] = {0};
    struct process_list list = {0};
    fill(&list, processes, 6);
    list.list[0] = list.list[3] = list.list[5] = NULL;
    process_list_close_gaps(&list);
    assert_int_equal(list.count, 3);
    const pid_t left[] = {10, 20, 40};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(list.pids[i], left[i]);
        assert_int_equal(list.list[i]->pid, left[i]);
        assert_int_equal(list.ppids[i], left[i] / 10 + 1);
    }
    processes[1].ppid = 77;
    process_list_set(&list, 0, &processes[1]);
    assert_int_equal(list.ppids[0], 77);
    process_list_free(&list);
}

static void test_a_part_is_copied(void **state)
{
    (void)state;
    struct process processes[6] = {0}, other = {.pid = 1};
    struct process_list list = {0}, copy = {0};
    fill(&list, processes, 6);
    assert_int_equal(process_list_reserve(&copy, 4), 0);
    process_list_add(&copy, other.pid, &other);
    process_list_copy(&copy, &list, 2, 2);
    process_list_copy(&copy, &list, 2, 5);
    assert_int_equal(copy.count, 4);
    assert_ptr_equal(copy.list[0], &other);
    for (size_t i = 1; i < 4; i++) {
        assert_ptr_equal(copy.list[i], &processes[i + 1]);
        assert_int_equal(copy.pids[i], processes[i + 1].pid);
        assert_int_equal(copy.ppids[i], processes[i + 1].ppid);
    }
    process_list_free(&list);
    process_list_free(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_at_or_behind_a_pid_is_found),
        cmocka_unit_test(test_gaps_are_closed),
        cmocka_unit_test(test_a_part_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
