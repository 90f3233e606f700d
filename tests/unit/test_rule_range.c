#include "heap.h"
#include "rule/range.h"
#include "select/duration.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct parsed {
    const char *text;
    int result;
    double min, max;
};

static const struct parsed ranges[] = {
    {"1-1", 0, 1, 1},
    {"1-", 0, 1, INFINITY},
    {"-5", 0, 0, 5},
    {"0-0", 0, 0, 0},
    {"-0", 0, 0, 0},
    {"0-", 0, 0, INFINITY},
    {"-90%", 0, 0, 90},
    {"600-", 0, 600, INFINITY},
    {"0.5-1.5", 0, 0.5, 1.5},
    {"-8G", 0, 0, 8.0 * 1024 * 1024 * 1024},
    {"1K-2M", 0, 1024, 2 * 1024 * 1024},
    {"1T-", 0, 1024.0 * 1024 * 1024 * 1024, INFINITY},
    {"2-1", -ERANGE, 0, 0},
    {"1M-1K", -ERANGE, 0, 0},
    {"", -EINVAL, 0, 0},
    {"-", -EINVAL, 0, 0},
    {"5", -EINVAL, 0, 0},
    {"1-2-3", -EINVAL, 0, 0},
    {"--5", -EINVAL, 0, 0},
    {"a-b", -EINVAL, 0, 0},
    {"1 - 2", -EINVAL, 0, 0},
    {"1-1x", -EINVAL, 0, 0},
    {"1e3-", -EINVAL, 0, 0},
    {"inf-", -EINVAL, 0, 0},
    {"1-00000000000000000000000000000000000000000000000000000000000000000000001", -EINVAL,
     0, 0},
};

static void test_ranges_are_parsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const struct parsed *row = &ranges[i];
        struct range range = {.min = -7, .max = -7};
        int r = range_parse(row->text, &range);
        if (r != row->result)
            fail_msg("'%s' gave %d", row->text, r);
        if (r < 0) {
            assert_true(range.min == -7 && range.max == -7);
        } else if (range.min != row->min || range.max != row->max) {
            fail_msg("'%s' is %g to %g", row->text, range.min, range.max);
        }
    }
}

static void test_both_ends_are_in_the_range(void **state)
{
    (void)state;
    const struct range range = {.min = 1, .max = 3};
    assert_false(range_holds(&range, 0.99));
    assert_true(range_holds(&range, 1));
    assert_true(range_holds(&range, 3));
    assert_false(range_holds(&range, 3.01));
    const struct range open = {.min = 2, .max = INFINITY};
    assert_true(range_holds(&open, 1e300));
    assert_false(range_holds(&open, NAN));
}

static void test_ranges_are_formatted(void **state)
{
    (void)state;
    static const char *const texts[] = {"1-1",  "1-",     "-5",        "0-5",
                                        "0-0",  "0-",     "0.5-1.5",   "-1G",
                                        "0-1G", "-1536M", "100K-1.5T", "-90%"};
    char text[64];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct range range;
        assert_int_equal(range_parse(texts[i], &range), 0);
        assert_string_equal(range_format(&range, text, sizeof(text)), texts[i]);
    }
    const struct range none = {.min = -INFINITY, .max = INFINITY};
    assert_string_equal(range_format(&none, text, sizeof(text)), "0-");
    const struct range big = {.min = 0, .max = 8589934592};
    assert_string_equal(range_format(&big, text, sizeof(text)), "-8589934592");
}

static void test_equal_ranges_can_read_differently(void **state)
{
    struct range a, b;
    (void)state;
    assert_int_equal(range_parse("1K-1G", &a), 0);
    assert_int_equal(range_parse("1K-1024M", &b), 0);
    assert_true(range_equal(&a, &b));
    assert_false(range_reads_equal(&a, &b));
    assert_true(range_reads_equal(&a, &a));
    assert_int_equal(range_parse("1024-1G", &b), 0);
    assert_false(range_reads_equal(&a, &b));
    assert_int_equal(range_parse("1K-2G", &b), 0);
    assert_false(range_reads_equal(&a, &b));
    assert_int_equal(range_parse("0-5", &a), 0);
    assert_int_equal(range_parse("-5", &b), 0);
    assert_true(range_equal(&a, &b));
    assert_false(range_reads_equal(&a, &b));
}

static void test_durations_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int result;
        int64_t ms;
    } rows[] = {
        {"0", 0, 0},          {"10", 0, 10000},       {"0.5", 0, 500},
        {".25", 0, 250},      {"90s", 0, 90000},      {"10m", 0, 600000},
        {"1.5h", 0, 5400000}, {"2d", 0, 172800000},   {"", -EINVAL, 0},
        {"-5", -EINVAL, 0},   {"s", -EINVAL, 0},      {"5x", -EINVAL, 0},
        {"5 s", -EINVAL, 0},  {"99999d", -ERANGE, 0}, {"5ms", -EINVAL, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ms = -1;
        int r = duration_parse(rows[i].text, &ms);
        if (r != rows[i].result || (r == 0 && ms != rows[i].ms))
            fail_msg("'%s' gave %d, %lld ms", rows[i].text, r, (long long)ms);
    }
}

static void test_durations_are_formatted(void **state)
{
    (void)state;
    static const char *const written[] = {
        "10",   "0.5",   "1.001", "0",  "0s",    "90s",      "600",  "10m",  "1.5h",
        "0.5d", "1000m", "86400", "1d", "0.001", "0.00001d", "3.3m", "0.7h", "11574d",
    };
    char text[66];
    for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
        int64_t ms;
        assert_int_equal(duration_parse(written[i], &ms), 0);
        duration_format(ms, duration_unit(written[i]), text, sizeof(text));
        assert_string_equal(text, written[i]);
    }
    /* More digits than ms have: what is written reads back as the same duration. */
    for (int64_t ms = 0; ms < 4000000000; ms = ms * 3 + 1) {
        int64_t again;
        duration_format(ms, 'd', text, sizeof(text));
        assert_int_equal(duration_parse(text, &again), 0);
        assert_int_equal(again, ms);
    }
    assert_int_equal(duration_unit(""), 0);
}

static void test_duration_ranges(void **state)
{
    (void)state;
    struct range range = {.min = -7, .max = -7};
    assert_int_equal(duration_parse_range("1m-2h", &range), 0);
    assert_true(range.min == 60 && range.max == 7200);
    assert_int_equal(duration_parse_range("10-", &range), 0);
    assert_true(range.min == 10 && isinf(range.max));
    assert_int_equal(duration_parse_range("-30s", &range), 0);
    assert_true(range.min == 0 && range.max == 30);
    assert_int_equal(duration_parse_range("2m-1m", &range), -ERANGE);
    assert_int_equal(duration_parse_range("-", &range), -EINVAL);
    assert_int_equal(duration_parse_range("5", &range), -EINVAL);
    assert_int_equal(duration_parse_range("5-x", &range), -EINVAL);
    assert_int_equal(duration_parse_range("s-5", &range), -EINVAL);
    assert_true(range.min == 0 && range.max == 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_are_parsed),
        cmocka_unit_test(test_both_ends_are_in_the_range),
        cmocka_unit_test(test_ranges_are_formatted),
        cmocka_unit_test(test_equal_ranges_can_read_differently),
        cmocka_unit_test(test_durations_are_parsed),
        cmocka_unit_test(test_durations_are_formatted),
        cmocka_unit_test(test_duration_ranges),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
