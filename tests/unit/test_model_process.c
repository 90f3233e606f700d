/* The table of attributes, and what is derived from a process. */
#include "model/process.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_the_table_has_every_attribute_once(void **state)
{
    (void)state;
    uint32_t all = 0;
    for (size_t i = 0; i < PROCESS_ATTRIBUTES; i++) {
        const struct process_attribute_info *a = &process_attributes[i];
        assert_non_null(a->word);
        assert_non_null(a->file);
        assert_int_equal(all & a->bit, 0);
        all |= a->bit;
        if (a->text)
            assert_true(a->bit & (PROCESS_CACHED | PROCESS_STAT));
    }
    assert_int_equal(all, (1u << PROCESS_ATTRIBUTES) - 1);
    assert_int_equal(all, PROCESS_STAT | PROCESS_CACHED | PROCESS_MEASURED);
    assert_int_equal(PROCESS_CACHED & PROCESS_MEASURED, 0);
}

static void test_the_key_is_of_pid_and_start(void **state)
{
    (void)state;
    struct process p = {.pid = 4194303, .start = 1};
    assert_int_equal(process_key_pid(process_key(&p)), 4194303);
    uint64_t key = process_key(&p);
    p.start = 2;
    assert_true(process_key(&p) != key);
}

static void test_unknown_text_is_empty(void **state)
{
    (void)state;
    const struct label label = {.text = "label"};
    struct process p = {.path = "/bin/a",
                        .labels = (const struct label *const[]){&label}};
    assert_string_equal(process_path(&p), "");
    assert_string_equal(process_context(&p), "");
    p.have = PROCESS_EXE | PROCESS_LABEL;
    assert_string_equal(process_path(&p), "/bin/a");
    assert_string_equal(process_context(&p), "");
    p.n_labels = 1;
    assert_string_equal(process_context(&p), "label");
}

static void test_an_error_is_of_one_attribute(void **state)
{
    (void)state;
    struct process p = {.have = PROCESS_STAT | PROCESS_EXE | PROCESS_IO};
    process_set_error(&p, PROCESS_EXE, EACCES);
    process_set_error(&p, PROCESS_NAME, ETIMEDOUT);
    assert_int_equal(p.have, PROCESS_STAT | PROCESS_IO);
    assert_int_equal(p.denied, PROCESS_EXE | PROCESS_NAME);
    assert_int_equal(process_error(&p, PROCESS_EXE), EACCES);
    assert_int_equal(process_error(&p, PROCESS_NAME), ETIMEDOUT);
    assert_int_equal(process_error(&p, PROCESS_IO), 0);
    p.denied = 0;
    assert_int_equal(process_error(&p, PROCESS_EXE), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_has_every_attribute_once),
        cmocka_unit_test(test_the_key_is_of_pid_and_start),
        cmocka_unit_test(test_unknown_text_is_empty),
        cmocka_unit_test(test_an_error_is_of_one_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
