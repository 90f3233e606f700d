/* Patterns over text that attackers write: a right result, or none within bounded time.
 */
#include "base/diag.h"
#include "base/source_location.h"
#include "heap.h"
#include "select/regex.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static enum match match_of(const char *pattern, const char *text, size_t len)
{
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    struct regex *regex = NULL;
    if (regex_create(pattern, &at, &regex) != 0)
        fail_msg("%s: %s", pattern, diag_get(diag, 0).text);
    enum match m = regex_match(regex, text, len);
    regex_destroy(regex);
    diag_destroy(diag);
    return m;
}

static void test_patterns_match_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        enum match result;
    } rows[] = {
        {"b", "abc", MATCH_YES},          {"^b", "abc", MATCH_NO},
        {"a.c", "a\nc", MATCH_YES},       {"b$", "b\n", MATCH_NO},
        {"^\xff", "\xff\xfe", MATCH_YES}, {"", "", MATCH_YES},
        {"(?i)ABC", "abc", MATCH_YES},    {"^.$", "\xc3\xa9", MATCH_NO}, /* bytes */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum match m = match_of(rows[i].pattern, rows[i].text, strlen(rows[i].text));
        if (m != rows[i].result)
            fail_msg("%s gave %d", rows[i].pattern, (int)m);
    }
    assert_int_equal(match_of("a.b", "a\0b", 3), MATCH_YES);
}

/* The same pattern with many processes. */
static void match_often(const char *pattern, const char *text, size_t len, unsigned times)
{
    const struct source_location at = {.file = ""};
    struct regex *regex = NULL;
    assert_int_equal(regex_create(pattern, &at, &regex), 0);
    for (unsigned k = 0; k < times; k++)
        assert_int_not_equal(regex_match(regex, text, len), MATCH_YES);
    /* A harmless text is still decided. */
    assert_int_equal(regex_match(regex, "", 0), MATCH_NO);
    regex_destroy(regex);
}

static void test_hostile_text_is_undecided_in_bounded_time(void **state)
{
    (void)state;
    char text[2048];
    memset(text, 'a', sizeof(text));
    assert_int_equal(match_of("^(a+)+b?$", text, sizeof(text)), MATCH_YES);
    assert_int_equal(match_of("^(a|aa)+[bc]$", text, sizeof(text)), MATCH_UNDECIDED);
    /* Exponential, and shallow enough for any stack. With PCRE2's limits alone one match
     * takes a hundred times as long. */
    clock_t before = clock();
    match_often("^(a+)+[bc]$", text, 40, 200);
    assert_true(clock() - before < CLOCKS_PER_SEC);
}

/* Long arguments: one step of PCRE2 may go through all of them, and its limits restart at
 * each offset where a match may begin. */
static void test_long_hostile_text_is_undecided_in_bounded_time(void **state)
{
    static const struct {
        const char *pattern;
        const char *piece;
    } rows[] = {
        {"a[ac]*a[ac]*[xy]", "a"},
        {"a.{0,60000}[xy]", "a"},
        {".*a.*a.*[xy]", "a"},
        {"-D[^ ]*=[^ ]*kafka", "-D="},
        {"java .*-jar .*server", "java -jar "},
        {"[0-9a-z]+@[0-9a-z.]+", "a"},
        {"\\w+=\\w+[xy]", "a="},
    };
    enum { LONG = 100000, TIMES = 30 };
    (void)state;
    char *text = malloc(LONG);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = strlen(rows[i].piece);
        for (size_t k = 0; k < LONG; k++)
            text[k] = rows[i].piece[k % n];
        clock_t before = clock();
        match_often(rows[i].pattern, text, LONG, TIMES);
        double ms = (double)(clock() - before) * 1000 / CLOCKS_PER_SEC / TIMES;
        if (ms > 12) /* without a bound it takes seconds */
            fail_msg("%s took %.1f ms", rows[i].pattern, ms);
    }
    free(text);
}

/* Harmless, but more than the stack of compiled patterns can hold (32 KiB: 700 bytes of
 * text here). */
static void test_deep_patterns_are_decided(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof(text));
    assert_int_equal(match_of("^(x|yy)+$", text, sizeof(text)), MATCH_YES);
    text[sizeof(text) - 1] = 'z';
    assert_int_equal(match_of("^(x|yy)+$", text, sizeof(text)), MATCH_NO);
}

static void test_wrong_patterns_are_reported(void **state)
{
    (void)state;
    static const char *const patterns[] = {"(",       "[a",  "*",     "(*UTF)a",
                                           "(*UCP)a", "\\C", "a{2,1}"};
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        struct diag *diag = diag_create();
        const struct source_location at = {"f", {.line = 3}, diag};
        struct regex *regex = NULL;
        assert_int_equal(regex_create(patterns[i], &at, &regex), -EINVAL);
        assert_null(regex);
        assert_int_equal(diag_count(diag), 1);
        assert_non_null(strstr(diag_get(diag, 0).text, "at offset"));
        diag_destroy(diag);
    }
    regex_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns_match_bytes),
        cmocka_unit_test(test_hostile_text_is_undecided_in_bounded_time),
        cmocka_unit_test(test_long_hostile_text_is_undecided_in_bounded_time),
        cmocka_unit_test(test_deep_patterns_are_decided),
        cmocka_unit_test(test_wrong_patterns_are_reported),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
