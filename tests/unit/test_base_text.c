#include "base/text.h"

#include "base/buf.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT(s)      s, sizeof(s) - 1

static const struct {
    const char *text;
    size_t len;
    const char *want;
} escapes[] = {
    {TEXT(""), ""},
    {TEXT("plain ~text"), "plain ~text"},
    {TEXT("a\nb\tc\\d"), "a\\nb\\tc\\\\d"},
    {TEXT("\0x\r\x1b[31m\x7f"), "\\x00x\\x0d\\x1b[31m\\x7f"},
    {TEXT("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7"),
     "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7"},
    /* C1: CSI is U+009B, NEL is U+0085; U+00A0 is the first character after C1. */
    {TEXT("\xc2\x9b\xc2\x85\xc2\x80"), "\\xc2\\x9b\\xc2\\x85\\xc2\\x80"},
    {TEXT("\xc2\xa0"), "\xc2\xa0"},
    {TEXT("a\xe2\x80\xae"
          "gpj.exe"),
     "a\\xe2\\x80\\xaegpj.exe"},
    /* Overlong forms of '/', NUL, DEL and U+FFFF. */
    {TEXT("\xc0\xaf"), "\\xc0\\xaf"},
    {TEXT("\xc1\xbf"), "\\xc1\\xbf"},
    {TEXT("\xe0\x80\xaf"), "\\xe0\\x80\\xaf"},
    {TEXT("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf"},
    {TEXT("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf"},
    {TEXT("\xe0\xa0\x80"), "\xe0\xa0\x80"},
    {TEXT("\xf0\x90\x80\x80"), "\xf0\x90\x80\x80"},
    /* Surrogates, and their neighbours. */
    {TEXT("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
    {TEXT("\xed\xbf\xbf"), "\\xed\\xbf\\xbf"},
    {TEXT("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80"},
    /* Beyond U+10FFFF. */
    {TEXT("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf"},
    {TEXT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
    {TEXT("\xf5\x80\x80\x80\xff\xfe"), "\\xf5\\x80\\x80\\x80\\xff\\xfe"},
    /* Incomplete, interrupted, without a first byte. */
    {TEXT("\xc3"), "\\xc3"},
    {TEXT("\xe2\x82"), "\\xe2\\x82"},
    {TEXT("\xf0\x9f\x90"), "\\xf0\\x9f\\x90"},
    {TEXT("\xc3(\xe2\x82("), "\\xc3(\\xe2\\x82("},
    {TEXT("\xf0\x9f\xc3\xbc"), "\\xf0\\x9f\xc3\xbc"},
    {TEXT("\x80\xbf"), "\\x80\\xbf"},
};

static void test_escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(escapes); i++) {
        /* A copy without the bytes that would complete a character, for ASan. */
        struct buf b = {0};
        char *copy = malloc(escapes[i].len + 1);
        assert_non_null(copy);
        memcpy(copy, escapes[i].text, escapes[i].len);
        copy[escapes[i].len] = (char)0xac;
        assert_int_equal(text_escape(&b, copy, escapes[i].len, 1000), 0);
        assert_string_equal(buf_text(&b), escapes[i].want);
        free(copy);
        buf_free(&b);
    }
}

/* Direction marks and overrides, line and paragraph separators. */
static bool is_treacherous(uint32_t c)
{
    return c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Compares the tables with the arithmetic of RFC 3629 section 3. */
static void test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0xa0; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
        unsigned char s[4];
        size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = n - 1; i > 0; i--)
            s[i] = (unsigned char)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
        s[0] = (unsigned char)((0xf00u >> n & 0xff) | c >> (6 * (n - 1)));
        char out[32];
        text_escape_to(out, sizeof(out), (const char *)s, n);
        bool shown = !(c >= 0xd800 && c < 0xe000) && !is_treacherous(c);
        if (strlen(out) != (shown ? n : 4 * n) ||
            text_is_printable((const char *)s, n) != shown)
            fail_msg("U+%04X became '%s'", c, out);
        if (shown)
            assert_memory_equal(out, s, n);
    }
}

static const char mixed[] = "a\n\xc3\xbc\xe2\x82\xac\xff\\\xf0\x9f\x90\xa7z\x01";
static const char *const mixed_units[] = {
    "a", "\\n",  "\xc3\xbc", "\xe2\x82\xac", "\\xff", "\\\\", "\xf0\x9f\x90\xa7",
    "z", "\\x01"};

/* As many whole units as fit in max, with "..." if some do not. */
static void cut_reference(size_t max, char *ret_text)
{
    size_t total = 0;
    for (size_t i = 0; i < COUNT(mixed_units); i++)
        total += strlen(mixed_units[i]);
    ret_text[0] = '\0';
    for (size_t i = 0; i < COUNT(mixed_units); i++) {
        size_t room = total <= max ? max : max < 3 ? 0 : max - 3;
        if (strlen(ret_text) + strlen(mixed_units[i]) > room)
            break;
        strcat(ret_text, mixed_units[i]);
    }
    if (total > max)
        strncat(ret_text, "...", max);
}

static void test_cuts_split_nothing(void **state)
{
    (void)state;
    for (size_t max = 0; max < 40; max++) {
        char want[64];
        char out[64];
        struct buf b = {0};
        cut_reference(max, want);
        assert_int_equal(buf_append_text(&b, "before "), 0);
        assert_int_equal(text_escape(&b, mixed, sizeof(mixed) - 1, max), 0);
        assert_memory_equal(b.data, "before ", 7);
        assert_string_equal(b.data + 7, want);
        assert_int_equal(b.len, 7 + strlen(want));
        assert_true(b.len - 7 <= max);
        buf_free(&b);
        if (max < 3)
            continue;
        memset(out, '#', sizeof(out));
        assert_ptr_equal(text_escape_to(out, max + 1, mixed, sizeof(mixed) - 1), out);
        assert_string_equal(out, want);
        assert_int_equal(out[max + 1], '#');
    }
}

static void test_cut_text_is_bounded(void **state)
{
    (void)state;
    size_t len = 100000;
    char *bytes = malloc(len);
    assert_non_null(bytes);
    memset(bytes, 0xff, len);
    char out[41];
    text_escape_to(out, sizeof(out), bytes, len);
    assert_int_equal(strlen(out), 39);
    assert_string_equal(out + 32, "\\xff...");
    free(bytes);
}

static void test_escape_into_a_failed_buffer(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(buf_reserve(&b, SIZE_MAX), -ENOMEM);
    assert_int_equal(text_escape(&b, "text", 4, 100), -ENOMEM);
    assert_int_equal(text_escape(&b, "text", 4, 2), -ENOMEM);
    assert_int_equal(text_escape(&b, "", 0, 100), -ENOMEM);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static const struct {
    const char *pattern, *text;
    int fits;
} globs[] = {
    {"*", "", 1},
    {"*", ".hidden/and/deep", 1},
    {"?", "/", 1},
    {"?", "", 0},
    {"/usr/*/x", "/usr/a/b/x", 1},
    {"/usr/*/x", "/usr/x", 0},
    {"[a-c]d", "bd", 1},
    {"[a-c]d", "Bd", 0},
    {"[!a-c]d", "xd", 1},
    {"abc", "abcd", 0},
    {"abc", "ab", 0},
    {"", "", 1},
    {"", "a", 0},
    {"ABC", "abc", 0},
    {"[A-Z]*", "abc", 0},
    /* `*` stands for as much as is needed */
    {"a*b*c", "aXbXbc", 1},
    {"a*b*c", "aXbXbcX", 0},
    {"*ab", "aab", 1},
    {"a**b", "ab", 1},
    {"*?", "", 0},
    {"*?*", "x", 1},
    /* a backslash is literal, everywhere */
    {"foo\\x2dbar@*.service", "foo\\x2dbar@a.service", 1},
    {"foo\\x2dbar@*.service", "foo-bar@a.service", 0},
    {"foox2dbar@*.service", "foo\\x2dbar@a.service", 0},
    {"\\*", "*", 0},
    {"\\*", "\\x", 1},
    {"[\\]*", "\\x", 1},
    {"[a\\]", "\\", 1},
    {"[a\\]", "\\]", 0},
    {"*\\", "a\\", 1},
    /* sets quote the special characters */
    {"[*]", "*", 1},
    {"[*]", "x", 0},
    {"[?]x", "?x", 1},
    {"[[]x", "[x", 1},
    {"[]]", "]", 1},
    {"[]a]", "a", 1},
    {"[!]]", "x", 1},
    {"[!]]", "]", 0},
    {"[^a]", "b", 1},
    {"[^a]", "a", 0},
    {"[a-]", "-", 1},
    {"[a-]", "b", 0},
    {"[!a]", "", 0},
    {"x[0-9]", "x", 0},
    {"[[:digit:]x]*", "5", 1},
    {"[[:digit:]x]*", "x", 1},
    {"[[:digit:]x]*", ":", 0},
    {"[![:space:]]", " ", 0},
    {"[[:alpha:]]", "\xc3\xa9", 0},
    {"[[:nothing]", "n", 1}, /* not a class: the characters */
    /* a `[` without its `]` is literal */
    {"[", "[", 1},
    {"[", "x", 0},
    {"[abc", "[abc", 1},
    {"[abc", "a", 0},
    {"*[", "x[", 1},
    {"[]", "[]", 1},
    {"[!]", "[!]", 1},
    {"[!]", "x", 0},
    {"[[:digit:]", "[5", 0},
    /* characters of UTF-8 are characters, other bytes are characters too */
    {"caf?", "caf\xff", 1},
    {"caf?", "caf\xc3\xa9", 1},
    {"caf??", "caf\xc3\xa9", 0},
    {"caf??", "caf\xc3\xff", 1},
    {"caf[\xc3\xa8-\xc3\xaa]", "caf\xc3\xa9", 1},
    {"caf[\xc3\xa8-\xc3\xaa]", "caf\xc3", 0},
    {"*?", "\xc3\xa9", 1},
    {"*??", "\xc3\xa9", 0},
    {"caf?", "caf\xf0\x9f\x98\x80", 1},
    {"caf?", "caf\xe2\x82", 0},
};

/* In every locale: `procgroup show` sets the one of the terminal. */
static void test_globs(void **state)
{
    static const char *const locales[] = {"C", "C.UTF-8"};
    (void)state;
    for (size_t l = 0; l < COUNT(locales); l++) {
        setlocale(LC_CTYPE, locales[l]);
        for (size_t i = 0; i < COUNT(globs); i++)
            if (!text_matches_glob(globs[i].pattern, globs[i].text) != !globs[i].fits)
                fail_msg("'%s' on '%s'", globs[i].pattern, globs[i].text);
    }
    setlocale(LC_CTYPE, "C");
}

static void test_what_is_a_pattern(void **state)
{
    (void)state;
    assert_true(text_is_glob("a*"));
    assert_true(text_is_glob("?a"));
    assert_true(text_is_glob("a[b]"));
    assert_false(text_is_glob(""));
    assert_true(text_is_glob("[[]"));
    assert_true(text_is_glob("a[b[]"));
    assert_false(text_is_glob("a[b"));
    assert_false(text_is_glob("/usr/bin/["));
    assert_false(text_is_glob("[]"));
    assert_false(text_is_glob("a]b{c}\\d"));
}

/* No pattern takes more than the product of the lengths. */
static void test_a_pattern_does_not_explode(void **state)
{
    char pattern[201];
    char text[20001];
    (void)state;
    for (size_t i = 0; i < 200; i++)
        pattern[i] = i % 2 != 0 ? '*' : 'a';
    pattern[199] = 'b';
    pattern[200] = '\0';
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_false(text_matches_glob(pattern, text));
}

static void test_hexadecimal_digits(void **state)
{
    (void)state;
    for (int c = -128; c < 128; c++) {
        const char text[] = {(char)c, '\0'};
        char *end;
        long value = isxdigit((unsigned char)c) ? strtol(text, &end, 16) : -1;
        assert_int_equal(text_hex_value((char)c), value);
    }
}

static const struct {
    const char *text;
    size_t len;
    bool printable;
} prints[] = {
    {TEXT(""), true},          {TEXT("plain \\x41 gr\xc3\xbc\xc3\x9f"), true},
    {TEXT("a\nb"), false},     {TEXT("\x7f"), false},
    {TEXT("\xc2\x9b"), false}, {TEXT("cut \xe2\x82"), false},
    {TEXT("a\0b"), false},
};

static void test_is_printable(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(prints); i++)
        if (text_is_printable(prints[i].text, prints[i].len) != prints[i].printable)
            fail_msg("text %zu", i);
}

static void test_basename_and_copy(void **state)
{
    (void)state;
    assert_string_equal(text_basename("/usr/bin/x"), "x");
    assert_string_equal(text_basename("x"), "x");
    assert_string_equal(text_basename("a/"), "");
    assert_string_equal(text_basename("/"), "");
    assert_string_equal(text_basename(""), "");
    char *copy = text_copy("a\0bcd", 3);
    assert_non_null(copy);
    assert_memory_equal(copy, "a\0b", 4);
    free(copy);
    copy = text_copy(NULL, 0);
    assert_non_null(copy);
    assert_string_equal(copy, "");
    free(copy);
}

static void test_masked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"a\tb \\ \xc3\xb6", "a\tb \\ \xc3\xb6"},
        {"\x1b[2J\n\x7f", "?[2J??"},
        {"\xc2\x85\xff\x80\xe2\x80\xae.", "???."}, /* a byte for each lead byte */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = {0};
        assert_int_equal(text_mask(&out, rows[i].text, strlen(rows[i].text)), 0);
        assert_string_equal(buf_text(&out), rows[i].want);
        buf_free(&out);
    }
}

static void test_plural(void **state)
{
    (void)state;
    assert_string_equal(text_plural(0), "s");
    assert_string_equal(text_plural(1), "");
    assert_string_equal(text_plural(2), "s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_hexadecimal_digits),
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_cuts_split_nothing),
        cmocka_unit_test(test_cut_text_is_bounded),
        cmocka_unit_test(test_escape_into_a_failed_buffer),
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_what_is_a_pattern),
        cmocka_unit_test(test_a_pattern_does_not_explode),
        cmocka_unit_test(test_is_printable),
        cmocka_unit_test(test_masked),
        cmocka_unit_test(test_basename_and_copy),
        cmocka_unit_test(test_plural),
    };
    return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
