#include "base/diag.h"

#include "base/buf.h"
#include "base/source_location.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct diag *make(void)
{
    struct diag *diag = diag_create();
    assert_non_null(diag);
    return diag;
}

static void assert_entry(const struct diag *diag, size_t i, const char *want)
{
    struct buf b = {0};
    assert_int_equal(diag_format(diag, i, &b), 0);
    assert_string_equal(buf_text(&b), want);
    buf_free(&b);
}

/* Files as they were first met, their lines ascending, one line's as they were added. */
static void test_order(void **state)
{
    (void)state;
    struct diag *diag = make();
    diag_add(diag, "b", 7, "", "t0");
    diag_add(diag, "a", 9, "", "t1");
    diag_add(diag, "b", 2, "", "t2");
    diag_add(diag, "", 0, "", "t3");
    diag_add(diag, "a", 9, "", "t4");
    diag_add(diag, "b", 7, "", "t5");
    diag_add(diag, "a", 1, "", "t6");
    diag_add(diag, "b", 5, "", "t7");
    diag_add(diag, "b", 100, "", "t8");
    diag_add(diag, "", 0, "", "t9");
    static const char *const want[] = {"b:2: t2",   "b:5: t7", "b:7: t0", "b:7: t5",
                                       "b:100: t8", "a:1: t6", "a:9: t1", "a:9: t4",
                                       "t3",        "t9"};
    assert_int_equal(diag_count(diag), sizeof(want) / sizeof(want[0]));
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        assert_entry(diag, i, want[i]);
    diag_destroy(diag);
}

/* A folder that is included may hold any name. */
static void test_file_is_escaped(void **state)
{
    (void)state;
    struct diag *diag = make();
    diag_add(diag, "conf.d/\x1b[2J\n.conf", 3, "", "t0");
    assert_entry(diag, 0, "conf.d/\\x1b[2J\\n.conf:3: t0");
    diag_destroy(diag);
}

static void test_many_in_reverse(void **state)
{
    (void)state;
    struct diag *diag = make();
    for (unsigned line = 500; line > 0; line--)
        diag_add(diag, line % 2 ? "odd" : "even", line, "", "line %u", line);
    assert_int_equal(diag_count(diag), 500);
    for (size_t i = 0; i < 500; i++) {
        struct diag_entry e = diag_get(diag, i);
        assert_string_equal(e.file, i < 250 ? "even" : "odd");
        assert_int_equal(e.line, i < 250 ? 2 * i + 2 : 2 * (i - 250) + 1);
    }
    diag_destroy(diag);
}

static void test_everything_is_copied(void **state)
{
    (void)state;
    char file[] = "file";
    char word[] = "word";
    char text[] = "text";
    struct diag *diag = make();
    diag_add(diag, file, 3, word, "%s %d", text, 5);
    memset(file, '#', 4);
    memset(word, '#', 4);
    memset(text, '#', 4);
    struct diag_entry e = diag_get(diag, 0);
    assert_string_equal(e.file, "file");
    assert_int_equal(e.line, 3);
    assert_string_equal(e.word, "word");
    assert_string_equal(e.text, "text 5");
    diag_destroy(diag);
}

static void test_parts_that_are_empty(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        unsigned line;
        const char *word, *want;
    } rows[] = {
        {"f", 3, "w", "f:3: text: \"w\""}, {"f", 3, "", "f:3: text"},
        {"f", 0, "w", "f: text: \"w\""},   {"f", 0, "", "f: text"},
        {"", 0, "w", "text: \"w\""},       {"", 0, "", "text"},
        {"", 3, "w", "text: \"w\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag *diag = make();
        diag_add(diag, rows[i].file, rows[i].line, rows[i].word, "text");
        assert_entry(diag, 0, rows[i].want);
        diag_destroy(diag);
    }
}

static void test_words_are_escaped_and_bounded(void **state)
{
    (void)state;
    struct diag *diag = make();
    char word[5000];
    memset(word, 0xff, sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    diag_add(diag, "", 0, "a\n\x1b[2J\xc3\xbc", "text");
    diag_add(diag, "", 0, word, "text");
    assert_entry(diag, 0, "text: \"a\\n\\x1b[2J\xc3\xbc\"");
    struct diag_entry e = diag_get(diag, 1);
    assert_true(strlen(e.word) <= 200);
    assert_string_equal(e.word + strlen(e.word) - 7, "\\xff...");
    diag_destroy(diag);
}

static void test_empty_and_null(void **state)
{
    (void)state;
    struct diag *diag = make();
    assert_int_equal(diag_count(diag), 0);
    diag_destroy(diag);
    diag_destroy(NULL);
}

static void test_format_appends(void **state)
{
    (void)state;
    struct diag *diag = make();
    struct buf b = {0};
    diag_add(diag, "f%s", 1, "100%", "100%%");
    assert_int_equal(buf_append_text(&b, "error: "), 0);
    assert_int_equal(diag_format(diag, 0, &b), 0);
    assert_string_equal(buf_text(&b), "error: f%s:1: 100%: \"100%\"");
    assert_int_equal(buf_reserve(&b, SIZE_MAX), -ENOMEM);
    assert_int_equal(diag_format(diag, 0, &b), -ENOMEM);
    buf_free(&b);
    diag_destroy(diag);
}

/* The place of a word in a text: its column and width are counted here. */
static struct source_location place(struct diag *diag, const char *file, unsigned line,
                                    const char *start, const char *word)
{
    struct source_location at = {file, {.line = line, .column = 1, .at = word}, diag};
    for (const char *c = start; c < word; c++)
        at.position.column += (*c & 0xc0) != 0x80;
    for (const char *c = word; *c && !strchr(" \t\r\n", *c); c++)
        at.position.width += (*c & 0xc0) != 0x80;
    return at;
}

static void test_columns(void **state)
{
    (void)state;
    struct diag *diag = make();
    static const unsigned columns[] = {7, 0, 9, 7};
    for (unsigned i = 0; i < 4; i++) {
        const struct source_location at = {"f", {.line = 2, .column = columns[i]}, diag};
        diag_add_at(&at, i == 3 ? "x" : "", i == 3 ? "unknown \"x\"" : "t%u", i);
    }
    assert_entry(diag, 0, "f:2: t1");
    assert_entry(diag, 1, "f:2:7: t0");
    assert_entry(diag, 2, "f:2:7: unknown \"x\""); /* the word is not said twice */
    assert_entry(diag, 3, "f:2:9: t2");
    assert_int_equal(diag_get(diag, 3).column, 9);
    diag_destroy(diag);
}

static void test_arguments(void **state)
{
    (void)state;
    struct diag *diag = make();
    static const char *const specs[] = {"b,usr=x:1-1", "a,=x:1-1"};
    for (size_t i = 0; i < 2; i++) {
        const struct source_location at = place(diag, "", 0, specs[i], specs[i] + 2);
        diag_add_at(&at, "w", "t%zu", i);
    }
    assert_entry(diag, 0, "b,usr=x:1-1: column 3: t0: \"w\"");
    assert_entry(diag, 1, "a,=x:1-1: column 3: t1: \"w\"");
    diag_destroy(diag);
}

static void test_source_and_caret(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *word; /* the first time that it is in it */
        const char *want;
    } rows[] = {
        {"nme = x", "nme", "    nme = x\n    ^~~\n"},
        {"a = b\n", "b", "    a = b\n        ^\n"},
        {"a = bc\r\n", "bc", "    a = bc\n        ^~\n"},
        {"\ta = b\tcd", "cd", "    \ta = b\tcd\n    \t     \t^~\n"},
        {"\xc3\xb6 = \xc3\xb6x y", "\xc3\xb6x",
         "    \xc3\xb6 = \xc3\xb6x y\n        ^~\n"},
        {"\x1b[2J \xff b", "b", "    ?[2J ? b\n           ^\n"},
        {"x", "", "    x\n     ^\n"}, /* behind the last character */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag *diag = make();
        struct buf b = {0};
        const char *word =
            *rows[i].word ? strstr(rows[i].text, rows[i].word) : rows[i].text + 1;
        const struct source_location at = place(diag, "f", 1, rows[i].text, word);
        diag_add_at(&at, "", "text");
        assert_int_equal(diag_format_source(diag, 0, &b), 0);
        assert_string_equal(buf_text(&b), rows[i].want);
        buf_free(&b);
        diag_destroy(diag);
    }
}

static void test_long_source(void **state)
{
    (void)state;
    struct diag *diag = make();
    struct buf b = {0};
    char text[10000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct source_location at = place(diag, "f", 1, text, text + 5000);
    diag_add_at(&at, "", "text");
    assert_int_equal(diag_format_source(diag, 0, &b), 0);
    char *second = strchr(b.data, '\n') + 1;
    assert_int_equal(second - b.data, 4 + 120 + 1);
    assert_int_equal(strcspn(second, "^"), 4 + 70);
    assert_int_equal(strlen(second), 4 + 120 + 1);
    buf_free(&b);
    diag_destroy(diag);
}

static void test_no_source(void **state)
{
    (void)state;
    struct diag *diag = make();
    struct buf b = {0};
    diag_add(diag, "f", 1, "w", "text");
    assert_int_equal(diag_format_source(diag, 0, &b), 0);
    assert_int_equal(diag_format_source(diag, 1, &b), 0);
    assert_int_equal(b.len, 0);
    diag_destroy(diag);
}

/* printf() refuses a wide character unknown to the C locale: as if memory were short. */
static void test_lost_ones_count(void **state)
{
    (void)state;
    struct diag *diag = make();
    diag_add(diag, "f", 1, "w", "%ls", L"\u20ac");
    assert_int_equal(diag_count(diag), 1);
    diag_add(diag, "f", 2, "w", "kept");
    assert_int_equal(diag_count(diag), 2);
    assert_entry(diag, 0, "f:2: kept: \"w\"");
    assert_entry(diag, 1, "out of memory for this message");
    diag_destroy(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_is_escaped),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_many_in_reverse),
        cmocka_unit_test(test_everything_is_copied),
        cmocka_unit_test(test_parts_that_are_empty),
        cmocka_unit_test(test_words_are_escaped_and_bounded),
        cmocka_unit_test(test_empty_and_null),
        cmocka_unit_test(test_format_appends),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_source_and_caret),
        cmocka_unit_test(test_long_source),
        cmocka_unit_test(test_no_source),
        cmocka_unit_test(test_lost_ones_count),
    };
    return cmocka_run_group_tests_name("base_diag", tests, NULL, NULL);
}
