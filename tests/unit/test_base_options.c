/* Options from a table: values, errors, help. */
#include "base/options.h"

#include "base/buf.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct values {
    bool flag;
    const char *text;
    double seconds;
    unsigned whole;
};

#define AT(member) offsetof(struct values, member)
static const struct option_row rows[] = {
    {'f', NULL, NULL, options_take_flag, AT(flag), "A flag.", NULL, 0, 0},
    {'t', "text", "TEXT", options_take_text, AT(text),
     "A text whose help is so long that it goes on in another line.", "none", 0, 0},
    {0, "seconds-of-a-long-name", "SECONDS", options_take_number, AT(seconds), "A time.",
     "1.5", 0.5, 3600},
    {'w', NULL, "N", options_take_whole, AT(whole), "A count.", NULL, 1, 100000},
};
static const struct option_set set = {
    "tool command",
    "[OPTION...]\nFILE",
    "Does nothing.\nIn two lines.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "The end.",
};

/* Reads a call whose words are separated by blanks; *ret_first is the first argument. */
static int read_call(const char *line, struct values *values, struct buf *errors,
                     const char **ret_first)
{
    static char copy[200];
    static char *argv[20];
    int argc = 0;
    char *end;
    snprintf(copy, sizeof(copy), "tool %s", line);
    for (char *w = strtok_r(copy, " ", &end); w; w = strtok_r(NULL, " ", &end))
        argv[argc++] = w;
    argv[argc] = NULL;
    optind = 0; /* getopt(3): from the start */
    int r = options_read(&set, argc, argv, values, errors);
    *ret_first = argv[optind];
    return r;
}

static void test_values(void **state)
{
    struct values v = {0};
    struct buf errors = {0};
    const char *first;
    (void)state;
    assert_int_equal(
        read_call("a -f --text=x --seconds .5 -w7 -t y", &v, &errors, &first), 1);
    assert_true(v.flag);
    assert_string_equal(v.text, "y");
    assert_true(v.seconds >= 0.5 && v.seconds <= 0.5);
    assert_int_equal(v.whole, 7);
    assert_string_equal(first, "a");
    assert_int_equal(errors.len, 0);
}

static const struct {
    const char *line;
    const char *errors;
} wrong[] = {
    {"-q", "unknown option \"-q\""},
    {"-fq", "unknown option \"-q\""},
    {"--text a -fq", "unknown option \"-q\""},
    {"--none", "unknown option \"--none\""},
    {"-\x1b", "unknown option \"-\\x1b\""},
    {"-t", "option \"-t\" needs a value"},
    {"--text", "option \"--text\" needs a value"},
    {"--help=no", "option \"--help=no\" takes no value"},
    {"--seconds 0.4", "invalid value \"0.4\" for --seconds-of-a-long-name: expected a "
                      "number of seconds from 0.5 to 3600"},
    {"-w 1.5", "invalid value \"1.5\" for -w: expected a whole number from 1 to 100000"},
    {"-w 0 -q -f",
     "invalid value \"0\" for -w: expected a whole number from 1 to 100000\n"
     "unknown option \"-q\""},
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct values v = {0};
        struct buf errors = {0};
        const char *first;
        assert_int_equal(read_call(wrong[i].line, &v, &errors, &first), -EINVAL);
        assert_string_equal(buf_text(&errors), wrong[i].errors);
        buf_free(&errors);
    }
}

static void test_help(void **state)
{
    struct buf out = {0};
    (void)state;
    options_format_help(&set, &out);
    assert_string_equal(
        buf_text(&out),
        "usage: tool command [OPTION...]\n"
        "       tool command FILE\n\n"
        "Does nothing.\nIn two lines.\n\n"
        "  -f                    A flag.\n"
        "  -t, --text=TEXT       A text whose help is so long that it goes on in "
        "another\n"
        "                        line. Default: none.\n"
        "  --seconds-of-a-long-name=SECONDS\n"
        "                        A time. Range: 0.5 to 3600. Default: 1.5.\n"
        "  -w N                  A count. Range: 1 to 100000.\n"
        "  -h, --help            Print this help and exit.\n"
        "  -V, --version         Print the version and exit.\n\n"
        "The end.\n");
    buf_free(&out);
}

static void test_lines_of_errors(void **state)
{
    struct buf errors = {0};
    char first[20];
    (void)state;
    options_error(&errors, "one", "a\nb");
    options_error(&errors, "two", "");
    assert_string_equal(buf_text(&errors), "one: a\\nb\ntwo");
    options_first_error(&errors, first, sizeof(first));
    assert_string_equal(first, "one: a\\nb");
    buf_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_lines_of_errors),
    };
    return cmocka_run_group_tests_name("base_options", tests, NULL, NULL);
}
