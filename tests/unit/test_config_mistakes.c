/* Every mistake in a configuration is told of with its file, line and word. */
#include "base/diag.h"
#include "config/config.h"
#include "rule/rules.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct loaded {
    char path[64];
    int result;
    struct diag *diag;
    struct rules *rules;
};

static struct loaded load_bytes(const char *text, size_t len)
{
    char path[] = "/tmp/test_rule_config.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
    struct loaded l = {.diag = diag_create()};
    snprintf(l.path, sizeof(l.path), "%s", path);
    l.result = config_load(path, l.diag, &l.rules);
    unlink(path);
    return l;
}

static struct loaded load(const char *text)
{
    return load_bytes(text, strlen(text));
}

static void drop(struct loaded *l)
{
    rules_destroy(l->rules);
    diag_destroy(l->diag);
}

struct mistake {
    const char *text;
    unsigned line;
    const char *word;
    const char *message; /* a part of it */
};

#define G(body)  "# 1\ngroup \"g\" {\n" body "\n}\n"
#define C(body)  "group \"g\" {\n\n  condition \"c\" {\n" body "\n} }\n"
#define BYTES_64 "0123456789012345678901234567890123456789012345678901234567890123"

/* Everything that is no syntax error; line and word of each. */
static const struct mistake mistakes[] = {
    {"\ninterval = 0.05", 2, "0.05", "0.1 to 3600"},
    {"interval = 3601", 1, "3601", "0.1 to 3600"},
    {"interval = -1", 1, "-1", "number of seconds"},
    {"interval = {1, 2}", 1, "2", "takes one value"},
    {"interval = {}", 1, "interval", "no value"},
    {"interval = \"\"", 1, "interval", "empty value"},
    {"interval = 1\n\ninterval = 2", 3, "interval", "given twice"},
    {"recheck = x", 1, "x", "number of seconds"},
    {"recheck = 9999999999", 1, "9999999999", "too long"},
    {"max-instances = 0", 1, "0", "1 to 1000000"},
    {"max-instances = 1000001", 1, "1000001", "1 to 1000000"},
    {"user = \"a\\nb\"", 1, "a\\nb", "control characters"},
    {"interpreters = {}", 1, "interpreters", "no value"},
    {"interpreters = {\"perl\", \"\"}", 1, "", "empty name"},
    {"/* 1\n2\n*/ group \"\" { }", 3, "", "empty group's name"},
    {"group \"a\\x02\" { }", 1, "a\\x02", "control characters"},
    {"group \"\xff\" { }", 1, "\\xff", "UTF-8"},
    {"group \"" BYTES_64 "4\" { }", 1, BYTES_64 "4", "at most 64 bytes"},
    {"group \"g\" { }\n\n\ngroup \"g\" { }", 4, "g", ":1"},
    {"group \"g-%{usr}\" { }", 1, "%{usr}", "no such variable"},
    {"group \"g-%{user\" { }", 1, "%{user", "no such variable"},
    {"group \"g-%{user}\" {\n description = \"%{x}\" }", 2, "%{x}", "no such variable"},
    {G("user = \"no-such-user\""), 3, "no-such-user", "no such user"},
    {G("user = \"@no-such-group\""), 3, "@no-such-group", "no such group"},
    {G("gid = { 0, # 0\n no-such-group }"), 3, "no-such-group", "no such group"},
    {G("uid = \"9-3\""), 3, "9-3", "minimum is above"},
    {G("cmdline = \"a(\""), 3, "a(", "at offset 2"},
    {G("\n\nname = x\n name = y"), 6, "name", "given twice"},
    {G("name = {}"), 2, "name", "no value"},
    {G("name = \"\""), 3, "name", "empty value"},
    {G("state = Q"), 3, "Q", "must be a letter of"},
    {G("age = 5"), 3, "5", "not a range of seconds"},
    {G("path = \"bin/x\""), 3, "bin/x", "must begin with"},
    {G("kernel = maybe"), 3, "maybe", "true or false"},
    {G("count = \"2-1\""), 3, "2-1", "minimum is above"},
    {G("count = \"5\""), 3, "5", "no range"},
    {G("count = \"0.5-1\""), 3, "0.5-1", "whole number"},
    {G("severity = bad"), 3, "bad", "warning or critical"},
    {G("recheck = -5"), 3, "-5", "number of seconds"},
    {G("min-age = 1y"), 3, "1y", "number of seconds"},
    {G("expire = 5"), 3, "expire", "expires"},
    {G("measure = {\"io\", \"cpu\"}"), 3, "cpu", "nothing to measure"},
    {G("description = \"a\\nb\""), 3, "a\\nb", "control characters"},
    {G("except { }"), 3, "except", "without criteria"},
    {G("\nmatch {\n }"), 4, "match", "without criteria"},
    {G("except {\n user = no-such-user }"), 4, "no-such-user", "no such user"},
    {G("match { uid = 0\nuid = 1 }"), 4, "uid", "given twice"},
    {G("condition \"\" { metric = rss range = -1 }"), 3, "", "empty condition's name"},
    {G("condition \"a\\x7f\" { metric = rss range = -1 }"), 3, "a\\x7f", "control"},
    {G("condition \"c\" { metric = rss range = -1 }\ncondition \"c\" { metric = rss "
       "range = "
       "-1 }"),
     4, "c", "condition twice"},
    {G("count = 1-1 condition \"count\" { metric = rss range = -1 }"), 3, "count",
     "condition twice"},
    {C("range = -1"), 3, "c", "without a metric"},
    {C("metric = rss"), 3, "c", "without a range"},
    {C("metric = nope range = -1"), 4, "nope", "no such metric"},
    {C("metric = enforcing range = 1-1"), 4, "enforcing", "security { } alone"},
    {C("metric = count range = -1\neach = true"), 5, "count",
     "each = true means nothing"},
    {C("metric = rss range = -1 each = perhaps"), 4, "perhaps", "true or false"},
    {C("metric = rss range = x"), 4, "x", "no range"},
    {C("metric = rss range = 2-1"), 4, "2-1", "minimum is above"},
    {C("metric = rss range = -2G\nclear = -3G"), 5, "c", "clear is not inside range"},
    {C("metric = rss range = 2-5\nclear = 1-5"), 5, "c", "clear is not inside range"},
    {C("metric = rss range = -2G\nwindow = 5"), 5, "rss", "window means nothing"},
    {C("metric = cpu range = -2 window = -5"), 4, "-5", "number of seconds"},
    {C("metric = cpu range = -2 recheck = -5"), 4, "-5", "number of seconds"},
    {C("metric = cpu range = -2 min-age = x"), 4, "x", "number of seconds"},
    {C("metric = cpu range = -2 severity = ok"), 4, "ok", "warning or critical"},
    {"\nsecurity { }", 2, "security", "enforcing is not given"},
    {"security {\n enforcing = 2 }", 2, "2", "true or false"},
    {"security { enforcing = true }\nsecurity { enforcing = true }", 2, "security", ":1"},
    {"group \"security\" { }\nsecurity { enforcing = true }", 2, "security", ":1"},
    {"include = \"\"", 1, "include", "empty value"},
};

/* What ends the reading. */
static const struct mistake syntax[] = {
    {"\nnme = 3", 2, "nme", "no such option"},
    {G("nme = 3"), 3, "nme", "no such option"},
    {G("interval = 3"), 3, "interval", "no such option"},
    {C("count = 1-1"), 4, "count", "no such option"},
    {G("except { count = 1-1 }"), 3, "count", "no such option"},
    {G("except { except { uid = 0 } }"), 3, "except", "no such option"},
    {"security { name = x }", 1, "name", "no such option"},
    {"group { }", 1, "group", "missing title"},
    {"group \"a\" name = x", 1, "group", "missing opening brace"},
    {G("name \"x\""), 3, "name", "missing equal sign"},
    {G("name = }"), 3, "}", "unexpected token"},
    {G("name = { \"a\" \"b\" }"), 3, "b", "unexpected token"},
    {"}", 1, "", "unexpected closing brace"},
    {"\n\"\" = 3", 2, "", "a name of nothing"},
    {G("name = x\n\"\""), 4, "", "a name of nothing"},
    {G("name = \"\" \"\"\n"), 3, "", "a name of nothing"},
    {G("except { uid = 0 '' }"), 3, "", "a name of nothing"},
    {"group \"a\" {\n\n", 1, "{", "without an end"},
    {"group \"a\" {\n\nexcept {\n }\n", 1, "{", "without an end"},
    {G("except { uid = 0\n"), 2, "{", "without an end"},
    {"group \"a\"", 1, "", "premature end of file"},
    {G("name = \"x\n\n\n"), 3, "\"x", "quote without an end"},
    {G("name = 'x"), 3, "'x", "quote without an end"},
    {"\n/* x", 2, "/*", "comment without an end"},
    {G("path = /usr/*"), 3, "/usr/*", "needs quotes"},
    {G("name = c++"), 3, "c++", "needs quotes"},
    {G("name = \"${HOME}\""), 3, "${HOME}\"", "not expanded"},
    {G("name = ${HOME}"), 3, "${HOME}", "not expanded"},
    {G("name = \"a\\0b\""), 3, "\\\\0b\"", "NUL"},
    {G("name = \"a\\x00b\""), 3, "\\\\x00b\"", "NUL"},
    {G("\"\\001words\" = 3"), 3, "\"\\\\001words\"", "byte 1"},
    {G("\"\\x1words\" /* */\n= 3"), 3, "\"\\\\x1words\"", "byte 1"},
    {G("\001words = 3"), 3, "\\x01words", "byte 1"},
    {G("'\001words' += 3"), 3, "'\\x01words'", "byte 1"},
    {"group \"\\1a\" { }", 1, "\"\\\\1a\"", "byte 1"},
    {G("name = \"a\\777\""), 3, "\\\\777", "invalid octal"},
    {G("name = \"a\\99\""), 3, "\\\\99\"", "no escape"},
    {G("cmdline = \"x\\.jar\""), 3, "\\\\.jar\"", "no escape"},
    {G("cmdline = \"jar\\b\""), 3, "\\\\b\"", "no escape"},
};

static void expect_mistake(const struct mistake *m)
{
    struct loaded l = load(m->text);
    if (l.result != -EINVAL || diag_count(l.diag) != 1)
        fail_msg("%s gave %d with %zu entries, the second: %s", m->text, l.result,
                 diag_count(l.diag),
                 diag_count(l.diag) > 1 ? diag_get(l.diag, 1).text : "");
    struct diag_entry entry = diag_get(l.diag, 0);
    if (entry.line != m->line || strcmp(entry.word, m->word) != 0 ||
        strstr(entry.text, m->message) == NULL)
        fail_msg("%s: line %u, '%s', '%s'", m->text, entry.line, entry.word, entry.text);
    assert_string_equal(entry.file, l.path);
    assert_null(l.rules);
    drop(&l);
}

static void test_every_mistake_has_line_and_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
        expect_mistake(&mistakes[i]);
}

static void test_every_syntax_error_has_line_and_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
        expect_mistake(&syntax[i]);
}

static void test_a_nul_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "interval = 5\n\0group x { }";
    struct loaded l = load_bytes(text, sizeof(text) - 1);
    assert_int_equal(l.result, -EINVAL);
    assert_non_null(strstr(diag_get(l.diag, 0).text, "NUL byte at offset 13"));
    drop(&l);
}

static void has_entry(const struct loaded *l, const char *file, unsigned line,
                      const char *word)
{
    for (size_t i = 0; i < diag_count(l->diag); i++) {
        struct diag_entry entry = diag_get(l->diag, i);
        if (entry.line == line && strcmp(entry.file, file) == 0 &&
            strcmp(entry.word, word) == 0)
            return;
    }
    fail_msg("nothing at %s:%u about %s", file, line, word);
}

/* All that can be told at once is. */
static void test_mistakes_are_told_together(void **state)
{
    (void)state;
    struct loaded l =
        load("interval = 0\nrecheck = -1\n"
             "group \"a\" { user = no-such-user gid = no-such-group\n"
             "  count = 2-1\n  condition \"c\" { metric = x range = y }\n"
             "  condition \"d\" { metric = count range = 1-1 each = true } }\n"
             "group \"a\" { }\ngroup \"%{x}\" { }\n");
    assert_int_equal(l.result, -EINVAL);
    assert_int_equal(diag_count(l.diag), 10);
    has_entry(&l, l.path, 1, "0");
    has_entry(&l, l.path, 2, "-1");
    has_entry(&l, l.path, 3, "no-such-user");
    has_entry(&l, l.path, 3, "no-such-group");
    has_entry(&l, l.path, 4, "2-1");
    has_entry(&l, l.path, 5, "x");
    has_entry(&l, l.path, 5, "y");
    has_entry(&l, l.path, 6, "count");
    has_entry(&l, l.path, 7, "a");
    has_entry(&l, l.path, 8, "%{x}");
    drop(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mistake_has_line_and_word),
        cmocka_unit_test(test_every_syntax_error_has_line_and_word),
        cmocka_unit_test(test_a_nul_byte_is_refused),
        cmocka_unit_test(test_mistakes_are_told_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
