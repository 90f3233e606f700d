/* What is suggested for a word that is in no table. */
#include "base/suggest.h"

#include "base/buf.h"
#include "base/source_location.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},
        {"", "ab", 2},
        {"name", "name", 0},
        {"nmae", "name", 1},
        {"nme", "name", 1},
        {"namee", "name", 1},
        {"nane", "name", 1},
        {"Name", "name", 1},
        {"ca", "abc", 3},
        {"abcd", "badc", 2},
        {"kitten", "sitting", 3},
        {"abcdef", "uvwxyz", 6},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (suggest_distance(rows[i].a, rows[i].b, 9) != rows[i].distance ||
            suggest_distance(rows[i].b, rows[i].a, 9) != rows[i].distance)
            fail_msg("%s, %s: %zu", rows[i].a, rows[i].b,
                     suggest_distance(rows[i].a, rows[i].b, 9));
    }
    assert_int_equal(suggest_distance("abcdef", "uvwxyz", 2), 3);
    char longest[] = "0123456789012345678901234567890";
    char longer[] = "01234567890123456789012345678901";
    assert_int_equal(suggest_distance(longest, longest, 2), 0);
    assert_int_equal(suggest_distance(longer, longer, 2), 3);
}

static void expect(const char *word, const char *const *names, const char *want)
{
    struct buf text = {0};
    struct suggest suggest = suggest_begin(word);
    for (; *names; names++)
        suggest_offer(&suggest, *names);
    suggest_format(&suggest, "metric", &text);
    assert_string_equal(buf_text(&text), want);
    buf_free(&text);
}

static void test_suggestions(void **state)
{
    (void)state;
    static const char *const few[] = {"warning", "critical", NULL};
    static const char *const one[] = {"count", NULL};
    static const char *const many[] = {"rss",  "pss", "vsz",    "count", "cpu",
                                       "swap", "fds", "faults", NULL};
    static const char *const none[] = {NULL};
    expect("waring", few, "unknown metric \"waring\"; did you mean \"warning\"?");
    expect("bad", few, "unknown metric \"bad\"; use warning or critical");
    expect("bad", one, "unknown metric \"bad\"; use count");
    expect("bad", none, "unknown metric \"bad\"");
    expect("rs", many, "unknown metric \"rs\"; did you mean \"rss\"?");
    expect("qss", many, "unknown metric \"qss\"; did you mean \"rss\"?"); /* the first */
    expect("cuont", many, "unknown metric \"cuont\"; did you mean \"count\"?");
    expect("x", many, "unknown metric \"x\"");
    expect("", many, "unknown metric \"\"");
    expect("absent", many, "unknown metric \"absent\"");
    expect("\x1b[2J", none, "unknown metric \"\\x1b[2J\"");
}

static void test_errors(void **state)
{
    (void)state;
    struct diag *diag = diag_create();
    struct buf text = {0};
    const struct source_location at = {"f", {.line = 3, .column = 5}, diag};
    struct suggest suggest = suggest_begin("nmae");
    suggest_offer(&suggest, "name");
    assert_int_equal(suggest_error(&suggest, "criterion", &at), -EINVAL);
    assert_int_equal(diag_format(diag, 0, &text), 0);
    assert_string_equal(buf_text(&text),
                        "f:3:5: unknown criterion \"nmae\"; did you mean \"name\"?");
    assert_string_equal(diag_get(diag, 0).word, "nmae");
    buf_free(&text);
    diag_destroy(diag);
}

static void test_options(void **state)
{
    (void)state;
    static const struct option longs[] = {
        {"cpu-max", 1, NULL, 1}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
    static const struct {
        const char *word, *want;
    } rows[] = {
        {"--cpu-mx", "unknown option \"--cpu-mx\"; did you mean \"--cpu-max\"?"},
        {"--cpu-mx=5", "unknown option \"--cpu-mx\"; did you mean \"--cpu-max\"?"},
        {"--halp", "unknown option \"--halp\"; did you mean \"--help\"?"},
        {"--nonsense", "unknown option \"--nonsense\""},
        {"-q", "unknown option \"-q\""},
        {"--", "unknown option \"--\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = {0};
        suggest_format_option(rows[i].word, longs, &text);
        assert_string_equal(buf_text(&text), rows[i].want);
        buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests_name("base_suggest", tests, NULL, NULL);
}
