/* The syntax of the configuration file: what odd but valid text means, where its words
 * stand, and that no input takes more memory or time than its size allows. */
#include "config/parser.h"
#include "heap.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct parsed {
    struct diag *diag;
    struct config_text text;
};

/* The text is as long as its memory, so that a sanitizer sees what reads further. */
static struct parsed parse(const char *text, size_t len)
{
    struct parsed p = {.diag = diag_create()};
    char *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    copy[len] = '\0';
    assert_int_equal(parser_read("F", copy, len, p.diag, &p.text), 0);
    return p;
}

static void drop(struct parsed *p)
{
    parser_free(&p->text);
    diag_destroy(p->diag);
}

static void dump_word(const char *text, struct buf *out)
{
    buf_append_text(out, "<");
    text_escape(out, text, strlen(text), 4000);
    buf_append_text(out, ">");
}

static void dump(const struct config_section *section, struct buf *out)
{
    for (size_t i = 0; i < section->n_options; i++) {
        const struct config_option *option = &section->options[i];
        buf_printf(out, "%s%s%s=", out->len ? " " : "", option->again ? "AGAIN " : "",
                   option->key.text);
        for (size_t k = 0; k < option->n_values; k++)
            dump_word(option->values[k].text, out);
    }
    for (size_t i = 0; i < section->n_sections; i++) {
        const struct config_section *inner = &section->sections[i];
        buf_printf(out, "%s%s ", out->len ? " " : "", inner->kind);
        if (inner->name.text != inner->kind && strcmp(inner->name.text, inner->kind) != 0)
            dump_word(inner->name.text, out);
        buf_append_text(out, "{");
        dump(inner, out);
        buf_append_text(out, " }");
    }
}

static const struct {
    const char *text;
    const char *want;
} odd[] = {
    {"group a { name = a//b }", "group <a>{ name=<a//b> }"},
    {"group a { name = a/b/c/ }", "group <a>{ name=<a/b/c/> }"},
    {"group a { name = // c\n x }", "group <a>{ name=<x> }"},
    {"group a { name = /x }", "group <a>{ name=</x> }"},
    {"group a { name = x/ }", "group <a>{ name=<x/> }"},
    {"group a { name = / }", "group <a>{ name=</> }"},
    {"group a { name = $x }", "group <a>{ name=<$x> }"},
    {"group a { name = a$b$ }", "group <a>{ name=<a$b$> }"},
    {"group a { name = $ }", "group <a>{ name=<$> }"},
    {"group a { name = a\\\\b }", "group <a>{ name=<a\\\\\\\\b> }"},
    {"group a { name = \\\\.jar$ }", "group <a>{ name=<\\\\\\\\.jar$> }"},
    {"group a { name = x;y:z@!|&<>?[]~^`-_.% }",
     "group <a>{ name=<x;y:z@!|&<>?[]~^`-_.%> }"},
    {"group a { name = a\x0c"
     "b }",
     "group <a>{ name=<a\\x0cb> }"},
    {"group a { name = \x0c }", "group <a>{ name=<\\x0c> }"},
    {"group a { name = {a, b,} }", "group <a>{ name=<a><b> }"},
    {"group a { name = {} name = a }", "group <a>{ name=<a> }"},
    {"group a { name = a name = {} }", "group <a>{ name=<a> AGAIN name= }"},
    {"group a { name = a name += {} }", "group <a>{ name=<a> }"},
    {"group a { name += {} }", "group <a>{ name= }"},
    {"group a { name += a }", "group <a>{ name=<a> }"},
    {"group a { name += {a,b} name += c }", "group <a>{ name=<a><b><c> }"},
    {"group a { name = {} name += c }", "group <a>{ name=<c> }"},
    {"group a { name=a name+=b}", "group <a>{ name=<a><b> }"},
    {"group a { name = -5 }", "group <a>{ name=<-5> }"},
    {"group a { \"name\" = x 'comm' = y }", "group <a>{ name=<x> comm=<y> }"},
    {"group a{name=x}group b{name=y}", "group <a>{ name=<x> } group <b>{ name=<y> }"},
    {"\"group\" 'a' { }", "group <a>{ }"},
    {"group a { name = x; }", "group <a>{ name=<x;> }"},
    {"group a { name = \"a\nb\" }", "group <a>{ name=<a\\nb> }"},
    {"group a { name = 'a\nb' }", "group <a>{ name=<a\\nb> }"},
    {"group a { name = \"a\\\nb\" }", "group <a>{ name=<ab> }"},
    {"group a { name = 'a\\\nb' }", "group <a>{ name=<a\\\\\\nb> }"},
    {"group a { name = 'a\\\\\\\\b' }", "group <a>{ name=<a\\\\\\\\\\\\\\\\b> }"},
    {"group a { name = 'a\\\\nb' }", "group <a>{ name=<a\\\\\\\\nb> }"},
    {"group a { name = \"\\x4\" }", "group <a>{ name=<\\x04> }"},
    {"group a { name = \"\\x414\" }", "group <a>{ name=<A4> }"},
    {"group a { name = \"\\1\" }", "group <a>{ name=<\\x01> }"},
    {"group a { name = \"\\377\" }", "group <a>{ name=<\\xff> }"},
    {"group a { name = \"\\'\\\"\\$\" }", "group <a>{ name=<'\"$> }"},
    {"group a { name = \"$x\" }", "group <a>{ name=<$x> }"},
    {"group a { name = \"$\" }", "group <a>{ name=<$> }"},
    {"group a { name = \"\\${x}\" }", "group <a>{ name=<${x}> }"},
    {"group a { name = '${x}' }", "group <a>{ name=<${x}> }"},
    {"group a { name = \"'\" comm = '\"' }", "group <a>{ name=<'> comm=<\"> }"},
    {"group a { name = x#y\n }", "group <a>{ name=<x> }"},
    {"group a { name = /*y*/x }", "group <a>{ name=<x> }"},
    {"group a { name = x /*/ y */ }", "group <a>{ name=<x> }"},
    {"group a { name = x /**/ }", "group <a>{ name=<x> }"},
    {"group a { name = x /* a # b \"c */ }", "group <a>{ name=<x> }"},
    {"group a { # } \n }", "group <a>{ }"},
    {"group a { name = \"#\" comm = \"/*\" }", "group <a>{ name=<#> comm=</*> }"},
    {"group a /* */ { }", "group <a>{ }"},
    {"group /* */ a { }", "group <a>{ }"},
    {"group a { name /**/ = /**/ x }", "group <a>{ name=<x> }"},
    {"group a { name = {a /**/, /**/ b} }", "group <a>{ name=<a><b> }"},
    {"group a { name = {a # x\n, b} }", "group <a>{ name=<a><b> }"},
    {"group \"\" { }", "group <>{ }"},
    {"group a { name = \"\" }", "group <a>{ name=<> }"},
    {"group a { name = ''}", "group <a>{ name=<> }"},
    {"group a { condition c { metric = x } condition c { } except { } match { } }",
     "group <a>{ condition <c>{ metric=<x> } condition <c>{ } except { } match { } }"},
    {"interval = \n 5", "interval=<5>"},
    {"interval\n=\n5", "interval=<5>"},
    {"\xef\xbb\xbfinterval = 5", "interval=<5>"},
    {"interval = 5\r\nrecheck = 3\r\n", "interval=<5> recheck=<3>"},
    {"#", ""},
    {"//", ""},
    {"interval = 5 // x", "interval=<5>"},
    {"interval = 5//x", "interval=<5//x>"},
    {"interval = 5/", "interval=<5/>"},
    {"interval = 5#x", "interval=<5>"},
    {"include = a include = b", "include=<a> AGAIN include=<b>"},
    {"include = {a, b} include += c", "include=<a><b><c>"},
    {"interval = 5 interval = 6", "interval=<5> AGAIN interval=<6>"},
    {"group a { name = \x01 }", "group <a>{ name=<\\x01> }"},
    {"group a { name = \"\\n\\t\\r\" }", "group <a>{ name=<\\n\\t\\x0d> }"},
    {"group \"a\\x41\" { }", "group <aA>{ }"},
    {"group \"a\xff\" { }", "group <a\\xff>{ }"},
    {"group a { name = x condition c { } comm = y }",
     "group <a>{ name=<x> comm=<y> condition <c>{ } }"},
    {"group a { name = 'a\\\\' }", "group <a>{ name=<a\\\\\\\\> }"},
    {"group a { name = '\\\\' }", "group <a>{ name=<\\\\\\\\> }"},
    {"", ""},
    {"\n \t\r\n", ""},
    {"interval = 5", "interval=<5>"}, /* no end of line */
    {"interval = \"a\\\r\nb\"", "interval=<ab>"},
    {"interval = \"\\\\n\"", "interval=<\\\\n>"},
    {"interval = '\\'", "interval=<\\\\>"},
    {"interval = '\"${HOME}\\t'", "interval=<\"${HOME}\\\\t>"},
    {"interval = 'a\r\nb'", "interval=<a\\x0d\\nb>"},
    {"interval = \"\xc3\xb6\" user = \xc3\xb6", "interval=<\xc3\xb6> user=<\xc3\xb6>"},
    {"security{enforcing=true}", "security { enforcing=<true> }"},
};

static void test_odd_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct parsed p = parse(odd[i].text, strlen(odd[i].text));
        struct buf out = {0};
        dump(&p.text.root, &out);
        if (diag_count(p.diag) > 0)
            fail_msg("%s: %s", odd[i].text, diag_get(p.diag, 0).text);
        if (strcmp(buf_text(&out), odd[i].want) != 0)
            fail_msg("%s\ngave %s\nnot  %s", odd[i].text, buf_text(&out), odd[i].want);
        buf_free(&out);
        drop(&p);
    }
}

static void expect_position(const struct source_word *word, const char *text,
                            unsigned line, unsigned column, unsigned width)
{
    assert_string_equal(word->text, text);
    assert_int_equal(word->position.line, line);
    assert_int_equal(word->position.column, column);
    assert_int_equal(word->position.width, width);
}

static void test_positions(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbfuser = \xc3\xb6 recheck=\"\\x41\"\r\n"
                               "\tinterpreters = { /* \xc3\xb6\n */ 'a',\n\n b }\n"
                               "group \"g\" { except { uid = 0 } }\nsecurity { }";
    struct parsed p = parse(text, sizeof(text) - 1);
    const struct config_section *root = &p.text.root;
    expect_position(&root->options[0].key, "user", 1, 1, 4);
    expect_position(&root->options[0].values[0], "\xc3\xb6", 1, 8, 1);
    expect_position(&root->options[1].key, "recheck", 1, 10, 7);
    expect_position(&root->options[1].values[0], "A", 1, 18, 6);
    assert_memory_equal(root->options[1].values[0].position.at, "\"\\x41\"", 6);
    expect_position(&root->options[2].key, "interpreters", 2, 2, 12);
    expect_position(&root->options[2].values[0], "a", 3, 5, 3);
    expect_position(&root->options[2].values[1], "b", 5, 2, 1);
    expect_position(&root->sections[0].name, "g", 6, 7, 3);
    expect_position(&root->sections[0].sections[0].name, "except", 6, 13, 6);
    expect_position(&root->sections[1].name, "security", 7, 1, 8);
    drop(&p);
}

/* What an error makes unusable is not in the tree, and the section shows it. */
static void test_errors_leave_things_out(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"group a { name = c++ comm = x }", "group <a>{ comm=<x> }"},
        {"group a { name = {a b} comm = x }", "group <a>{ comm=<x> }"},
        {"group a { nmae = x comm = x }", "group <a>{ comm=<x> }"},
        {"group a { name = \"x\n comm = x }", "group <a>{ comm=<x> }"},
        {"group { name = x } group b { }", "group <b>{ }"},
        {"group \"\\y\" { name = x } group b { }", "group <b>{ }"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed p = parse(rows[i].text, strlen(rows[i].text));
        struct buf out = {0};
        dump(&p.text.root, &out);
        assert_int_equal(diag_count(p.diag), 1);
        assert_string_equal(buf_text(&out), rows[i].want);
        assert_true(p.text.root.is_broken || p.text.root.sections[0].is_broken);
        buf_free(&out);
        drop(&p);
    }
}

/* Each of these was, or could be, more than linear. */
static void test_large_input(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "{",
        "}",
        "(",
        "\"",
        "\"\n",
        "'\n\"\n",
        "\\\"\n",
        "/*",
        "//\n",
        "a",
        "a ",
        "a\n",
        "group a {",
        "group",
        "group a ",
        "name = {",
        "user = x ",
        "user = ",
        "user += {x} ",
        "${",
        "\"\\",
        "\"${",
        "\xff",
        "group a { except { ",
    };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct buf text = {0};
        while (text.len < 300000)
            buf_append_text(&text, pieces[i]);
        struct parsed p = parse(text.data, text.len);
        assert_true(diag_count(p.diag) <= 101);
        buf_free(&text);
        drop(&p);
    }
}

/* Of two options in turn, each is found at once, wherever the last one of its key is. */
static void test_many_lines_of_two_options(void **state)
{
    (void)state;
    enum { LINES = 100000 };
    struct buf text = {0};
    buf_append_text(&text, "interpreters = a\n");
    for (int i = 0; i < LINES; i++)
        buf_append_text(&text, "include = x\ninterpreters += b\n");
    int64_t cpu_us = clock_cpu_us();
    struct parsed p = parse(text.data, text.len);
    assert_in_range(clock_cpu_us() - cpu_us, 0, 5000000);
    assert_int_equal(p.text.root.n_options, LINES + 1);
    assert_int_equal(p.text.root.options[0].n_values, LINES + 1);
    buf_free(&text);
    drop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_text),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_errors_leave_things_out),
        cmocka_unit_test(test_large_input),
        cmocka_unit_test(test_many_lines_of_two_options),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
