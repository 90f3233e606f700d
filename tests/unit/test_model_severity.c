/* The words, and the worse of two severities. */
#include "model/severity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(severity_word(SEVERITY_OK), "ok");
    assert_string_equal(severity_word(SEVERITY_WARNING), "warning");
    assert_string_equal(severity_word(SEVERITY_CRITICAL), "critical");
    assert_string_equal(severity_word(SEVERITY_UNKNOWN), "unknown");
    assert_string_equal(severity_word(4), "unknown");
    assert_string_equal(severity_word(UINT32_MAX), "unknown");
}

static void test_the_worse(void **state)
{
    static const enum severity ascending[] = {SEVERITY_OK, SEVERITY_UNKNOWN,
                                              SEVERITY_WARNING, SEVERITY_CRITICAL};
    (void)state;
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < 4; b++)
            assert_int_equal(severity_worse(ascending[a], ascending[b]),
                             ascending[a > b ? a : b]);
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < 4; b++) {
            int order = severity_compare(ascending[a], ascending[b]);
            assert_true(a > b ? order < 0 : a < b ? order > 0 : order == 0);
        }
    assert_int_equal(severity_compare(99, SEVERITY_UNKNOWN), 0);
    assert_int_equal(severity_worse(SEVERITY_OK, 99), SEVERITY_UNKNOWN);
    assert_int_equal(severity_worse(99, SEVERITY_OK), SEVERITY_UNKNOWN);
    assert_int_equal(severity_worse(99, SEVERITY_WARNING), SEVERITY_WARNING);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_the_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
