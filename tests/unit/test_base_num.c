#include "base/num.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *text;
    uint64_t max;
    int result;
    uint64_t value;
} integers[] = {
    {"0", 0, 0, 0},
    {"1", 0, -ERANGE, 0},
    {"007", 7, 0, 7},
    {"65535", 65535, 0, 65535},
    {"65536", 65535, -ERANGE, 0},
    {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, -ERANGE, 0},
    {"18446744073709551620", UINT64_MAX, -ERANGE, 0},
    {"36893488147419103232", UINT64_MAX, -ERANGE, 0}, /* 2^65: wraps to 0 */
    {"184467440737095516160", UINT64_MAX, -ERANGE, 0},
    {"000000000000000000000000000000001", 1, 0, 1},
    {"99999999999999999999x", UINT64_MAX, -EINVAL, 0},
    {"", UINT64_MAX, -EINVAL, 0},
    {"-1", UINT64_MAX, -EINVAL, 0},
    {"+1", UINT64_MAX, -EINVAL, 0},
    {" 1", UINT64_MAX, -EINVAL, 0},
    {"1 ", UINT64_MAX, -EINVAL, 0},
    {"1\n", UINT64_MAX, -EINVAL, 0},
    {"0x10", UINT64_MAX, -EINVAL, 0},
    {"1e3", UINT64_MAX, -EINVAL, 0},
    {"1.", UINT64_MAX, -EINVAL, 0},
    {"1,000", UINT64_MAX, -EINVAL, 0},
    {"\xd9\xa1", UINT64_MAX, -EINVAL, 0}, /* ARABIC-INDIC DIGIT ONE */
};

static void test_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(integers); i++) {
        uint64_t value = 4711;
        int r = num_parse_u64(integers[i].text, integers[i].max, &value);
        uint64_t want = r < 0 ? 4711 : integers[i].value;
        if (r != integers[i].result || value != want)
            fail_msg("'%s' gave %d, %llu", integers[i].text, r,
                     (unsigned long long)value);
    }
}

#define BOTH  0, 0
#define NO    -EINVAL, -EINVAL
#define SIZED -EINVAL, 0

static const struct {
    const char *text;
    int decimal, size;
    double value;
} decimals[] = {
    {"0", BOTH, 0},
    {"10", BOTH, 10},
    {"0.1", BOTH, 0.1},
    {".5", BOTH, 0.5},
    {"0.30000000000000004", BOTH, 0.30000000000000004},
    {"00.50", BOTH, 0.5},
    {"3.141592653589793", BOTH, 3.141592653589793},
    {"123456789.123456789012345", BOTH, 123456789.123456789012345},
    {"1.00000000000000000000000000000000000000001", BOTH, 1},
    {"0.000000000000000000001", BOTH, 1e-21},
    {"18446744073709551615", BOTH, 18446744073709551615.0},
    {"9007199254740993", BOTH, 9007199254740992.0}, /* 2^53 + 1: ties to even */
    {"100000000000000000000000000000", BOTH, 1e29},
    {"", NO, 0},
    {".", NO, 0},
    {"1.", NO, 0},
    {"1.K", NO, 0},
    {"1e3", NO, 0},
    {"-1", NO, 0},
    {"+1", NO, 0},
    {" 1", NO, 0},
    {"1 ", NO, 0},
    {"1 K", NO, 0},
    {"1,5", NO, 0},
    {"1.2.3", NO, 0},
    {"inf", NO, 0},
    {"nan", NO, 0},
    {"0x1p3", NO, 0},
    {"K", NO, 0},
    {"%", NO, 0},
    {"1k", NO, 0},
    {"1KB", NO, 0},
    {"1KiB", NO, 0},
    {"1kB", NO, 0},
    {"1%%", NO, 0},
    {"1P", NO, 0},
    {"1K", SIZED, 1024},
    {"0.5K", SIZED, 512},
    {".5M", SIZED, 524288},
    {"8G", SIZED, 8589934592},
    {"2T", SIZED, 2199023255552},
    {"0T", SIZED, 0},
    {"99.5%", SIZED, 99.5},
};

static void test_decimals_and_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(decimals); i++) {
        double value = -7;
        double size = -7;
        int r = num_parse_decimal(decimals[i].text, &value);
        int s = num_parse_size(decimals[i].text, &size);
        if (r != decimals[i].decimal || value != (r < 0 ? -7 : decimals[i].value))
            fail_msg("decimal '%s' gave %d, %.17g", decimals[i].text, r, value);
        if (s != decimals[i].size || size != (s < 0 ? -7 : decimals[i].value))
            fail_msg("size '%s' gave %d, %.17g", decimals[i].text, s, size);
    }
}

/* Infinity and overflows are not numbers. */
static void test_too_big_for_a_double(void **state)
{
    (void)state;
    char text[6000];
    double value = -7;
    memset(text, '9', sizeof(text));
    text[310] = '\0';
    assert_int_equal(num_parse_decimal(text, &value), -EINVAL);
    text[310] = '9';
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(num_parse_decimal(text, &value), -EINVAL);
    text[305] = 'T'; /* fits, but not times 2^40 */
    text[306] = '\0';
    assert_int_equal(num_parse_size(text, &value), -EINVAL);
    assert_true(value == -7);
    text[305] = '\0';
    assert_int_equal(num_parse_decimal(text, &value), 0);
    assert_true(value > 9e304 && value <= 1e305);
    memset(text, '0', sizeof(text));
    text[0] = '.';
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(num_parse_decimal(text, &value), 0);
    assert_true(value == 0);
}

static void test_scan_stops_at_another_byte(void **state)
{
    (void)state;
    const char text[] = "12 0345x18446744073709551616";
    const char *end = text + sizeof(text) - 1;
    const char *p = text;
    assert_true(num_scan_u64(&p, end) == 12);
    assert_ptr_equal(p, text + 2);
    assert_true(num_scan_u64(&p, end) == 0);
    assert_ptr_equal(p, text + 2);
    p++;
    assert_true(num_scan_u64(&p, text + 5) == 3);
    assert_ptr_equal(p, text + 5);
    assert_true(num_scan_u64(&p, text + 5) == 0);
    assert_true(num_scan_u64(&p, end) == 45);
    assert_int_equal(*p, 'x');
    p++;
    assert_true(num_scan_u64(&p, end) == 0); /* wraps */
    assert_ptr_equal(p, end);
}

static const struct {
    double value;
    const char *text;
} formats[] = {
    {0, "0"},
    {-0.0, "0"},
    {10, "10"},
    {0.5, "0.5"},
    {0.1, "0.1"},
    {-2.25, "-2.25"},
    {99.99, "99.99"},
    {8589934592, "8589934592"},
    {1e15, "1000000000000000"},
    {9007199254740992, "9007199254740992"},
    {18446744073709551616.0, "18446744073709551616"},
    {1e-10, "0.0000000001"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {123456.789, "123456.789"},
    {1e-20, "0.00000000000000000001"},
    {1.0 / 3e5, "0.0000033333333333333333"},
};

static void test_shortest_form(void **state)
{
    (void)state;
    char text[64];
    for (size_t i = 0; i < COUNT(formats); i++) {
        num_format(formats[i].value, text, sizeof(text));
        assert_string_equal(text, formats[i].text);
    }
}

static void test_sizes_keep_their_unit(void **state)
{
    static const struct {
        double value;
        char unit;
        const char *text;
    } rows[] = {
        {1073741824, 'G', "1G"},
        {1073741824, 'M', "1024M"},
        {1610612736, 'G', "1.5G"},
        {90, '%', "90%"},
        {0, 'K', "0"},
        {512, 'K', "0.5K"},
        {1500, 0, "1500"},
        {0x1p50, 'T', "1024T"},
    };
    char text[64];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        num_format_size(rows[i].value, rows[i].unit, text, sizeof(text));
        assert_string_equal(text, rows[i].text);
    }
    assert_int_equal(num_size_unit(1073741824), 'G');
    assert_int_equal(num_size_unit(1536.0 * 1048576), 'M');
    assert_int_equal(num_size_unit(0x1p42), 'T');
    assert_int_equal(num_size_unit(1025), 0);
    assert_int_equal(num_size_unit(0), 0);
}

static void test_format_is_bounded(void **state)
{
    (void)state;
    static const double values[] = {12345678, 0.12345, 1e300, -1e-300, INFINITY, NAN};
    for (size_t i = 0; i < COUNT(values); i++) {
        for (size_t size = 0; size <= 8; size++) {
            char text[16];
            memset(text, '#', sizeof(text));
            num_format(values[i], text, size);
            for (size_t at = size; at < sizeof(text); at++)
                assert_int_equal(text[at], '#');
            if (size)
                assert_non_null(memchr(text, '\0', size));
        }
    }
}

static void test_format_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        /* From 2^-33 (1.2e-10) to 2^63, with all digits. */
        int exponent = (int)(seed % 96) - 85;
        double value = ldexp((double)(seed >> 12 | UINT64_C(1) << 52), exponent);
        double again;
        char text[64];
        num_format(value, text, sizeof(text));
        assert_int_equal(num_parse_decimal(text, &again), 0);
        if (again != value)
            fail_msg("%.17g became '%s'", value, text);
    }
}

static void test_locale_does_not_matter(void **state)
{
    (void)state;
    static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8",
                                         "ps_AF.UTF-8", "ps_AF"};
    int seen = 0;
    for (size_t i = 0; i < COUNT(commas); i++) {
        if (!setlocale(LC_ALL, commas[i]))
            continue;
        seen++;
        char text[32];
        double value = 0;
        num_format(1234.5, text, sizeof(text));
        assert_string_equal(text, "1234.5");
        assert_int_equal(num_parse_decimal("1234.5", &value), 0);
        assert_true(value == 1234.5);
        assert_int_equal(num_parse_decimal("1234,5", &value), -EINVAL);
    }
    setlocale(LC_ALL, "C");
    if (!seen)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_decimals_and_sizes),
        cmocka_unit_test(test_too_big_for_a_double),
        cmocka_unit_test(test_scan_stops_at_another_byte),
        cmocka_unit_test(test_shortest_form),
        cmocka_unit_test(test_sizes_keep_their_unit),
        cmocka_unit_test(test_format_is_bounded),
        cmocka_unit_test(test_format_reads_back),
        cmocka_unit_test(test_locale_does_not_matter),
    };
    return cmocka_run_group_tests_name("base_num", tests, NULL, NULL);
}
