/* Patterns over text of attackers: right answers, or none in bounded time. */
#include "base/diag.h"
#include "base/source_location.h"
#include "select/regex.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static enum match ask(const char *pattern, const char *text, size_t len)
{
    struct diag *diag = diag_create();
    const struct source_location at = {"", 0, diag};
    struct regex *regex = NULL;
    if (regex_create(pattern, &at, &regex) != 0)
        fail_msg("%s: %s", pattern, diag_get(diag, 0).text);
    enum match m = regex_match(regex, text, len);
    regex_destroy(regex);
    diag_destroy(diag);
    return m;
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        enum match answer;
    } rows[] = {
        {"b", "abc", MATCH_YES},          {"^b", "abc", MATCH_NO},
        {"a.c", "a\nc", MATCH_YES},       {"b$", "b\n", MATCH_NO},
        {"^\xff", "\xff\xfe", MATCH_YES}, {"", "", MATCH_YES},
        {"(?i)ABC", "abc", MATCH_YES},    {"^.$", "\xc3\xa9", MATCH_NO}, /* bytes */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum match m = ask(rows[i].pattern, rows[i].text, strlen(rows[i].text));
        if (m != rows[i].answer)
            fail_msg("%s gave %d", rows[i].pattern, (int)m);
    }
    assert_int_equal(ask("a.b", "a\0b", 3), MATCH_YES);
}

/* One pattern, as many processes. */
static void ask_often(const char *pattern, const char *text, size_t len, unsigned times)
{
    const struct source_location at = {"", 0, NULL};
    struct regex *regex = NULL;
    assert_int_equal(regex_create(pattern, &at, &regex), 0);
    for (unsigned k = 0; k < times; k++)
        assert_int_not_equal(regex_match(regex, text, len), MATCH_YES);
    /* And then an honest one. */
    assert_int_equal(regex_match(regex, "", 0), MATCH_NO);
    regex_destroy(regex);
}

static void test_hostile_text_is_undecided_soon(void **state)
{
    (void)state;
    char text[2048];
    memset(text, 'a', sizeof(text));
    assert_int_equal(ask("^(a+)+b?$", text, sizeof(text)), MATCH_YES);
    assert_int_equal(ask("^(a|aa)+[bc]$", text, sizeof(text)), MATCH_UNDECIDED);
    /* Shallow enough for any stack, and exponential; PCRE2's own bounds let one match
     * take a hundred times as long. */
    clock_t before = clock();
    ask_often("^(a+)+[bc]$", text, 40, 200);
    assert_true(clock() - before < CLOCKS_PER_SEC);
}

/* Arguments as long as somebody likes. What PCRE2 calls one step goes through all of
 * them, and its limits begin anew at each place where a match may begin. */
static void test_long_hostile_text_is_undecided_soon(void **state)
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
        ask_often(rows[i].pattern, text, LONG, TIMES);
        double ms = (double)(clock() - before) * 1000 / CLOCKS_PER_SEC / TIMES;
        if (ms > 12) /* seconds without a bound */
            fail_msg("%s took %.1f ms", rows[i].pattern, ms);
    }
    free(text);
}

/* More than the stack of compiled patterns holds, and nothing hostile. */
static void test_deep_patterns_are_decided(void **state)
{
    (void)state;
    char text[3000];
    memset(text, 'x', sizeof(text));
    assert_int_equal(ask("^(x|yy)+$", text, sizeof(text)), MATCH_YES);
    text[sizeof(text) - 1] = 'z';
    assert_int_equal(ask("^(x|yy)+$", text, sizeof(text)), MATCH_NO);
}

static void test_wrong_patterns_are_told(void **state)
{
    (void)state;
    static const char *const patterns[] = {"(",       "[a",  "*",     "(*UTF)a",
                                           "(*UCP)a", "\\C", "a{2,1}"};
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        struct diag *diag = diag_create();
        const struct source_location at = {"f", 3, diag};
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
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_hostile_text_is_undecided_soon),
        cmocka_unit_test(test_long_hostile_text_is_undecided_soon),
        cmocka_unit_test(test_deep_patterns_are_decided),
        cmocka_unit_test(test_wrong_patterns_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
