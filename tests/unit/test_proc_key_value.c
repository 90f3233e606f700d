#include "proc/key_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_rows_are_filled(void **state)
{
    (void)state;
    static const char text[] = "Name:\tx\nUid:\t1\t2 3  4\nMax open files   unlimited 7\n"
                               "Pss_Dirty: 9 kB\nPss:   12 kB\nlast: 5";
    uint64_t ids[4] = {0}, files = 0, pss = 0, last = 0, missing = 77;
    struct key_value rows[] = {
        {.key = "Uid:", .value = {&ids[0], &ids[1], &ids[2], &ids[3]}},
        {.key = "Max open files", .value = {&files}},
        {.key = "Pss:", .value = {&pss}},
        {.key = "last:", .value = {&last}},
        {.key = "id:", .value = {&missing}},
    };
    key_value_parse(text, strlen(text), rows, 5);
    for (size_t i = 0; i < 4; i++) {
        assert_true(rows[i].found);
        assert_int_equal(ids[i], i + 1);
    }
    assert_true(files == UINT64_MAX);
    assert_int_equal(pss, 12);
    assert_int_equal(last, 5);
    assert_false(rows[4].found);
    assert_int_equal(missing, 77);
}

static void test_lines_without_their_numbers_are_not_found(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         "\n\n",        "Uid:",    "Uid:\n5 6\n", "Uid: 1",
        "Uid: 1 x", " Uid: 1 2\n", "Uid 1 2", "xUid: 1 2"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        uint64_t a, b;
        struct key_value row = {.key = "Uid:", .value = {&a, &b}};
        key_value_parse(texts[i], strlen(texts[i]), &row, 1);
        if (row.found)
            fail_msg("'%s'", texts[i]);
    }
}

static void test_numbers_of_a_line_are_counted(void **state)
{
    (void)state;
    static const char text[] = "NStgid:\t5\nNSpid:\t4242\t17\t1\nNSpgid:\n";
    assert_int_equal(key_value_count_numbers(text, strlen(text), "NSpid:"), 3);
    assert_int_equal(key_value_count_numbers(text, strlen(text), "NStgid:"), 1);
    assert_int_equal(key_value_count_numbers(text, strlen(text), "NSpgid:"), 0);
    assert_int_equal(key_value_count_numbers(text, strlen(text), "NSsid:"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_filled),
        cmocka_unit_test(test_lines_without_their_numbers_are_not_found),
        cmocka_unit_test(test_numbers_of_a_line_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
