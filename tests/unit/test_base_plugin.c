#include "base/plugin.h"

#include "base/buf.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(struct buf *out, const char *want)
{
    assert_string_equal(buf_text(out), want);
    buf_free(out);
}

static void test_text_has_no_bar(void **state)
{
    struct buf out = {0};
    (void)state;
    plugin_add_text(&out, "a|b 'c'=d");
    expect(&out, "a!b 'c'=d");
}

static void test_label(void **state)
{
    struct buf out = {0};
    (void)state;
    plugin_add_label(&out, "it's a=b|c d");
    expect(&out, "'it_s a_b_c d'=");
}

static const struct {
    int64_t min, max;
    const char *want;
} ranges[] = {{0, 5, "5"},         {2, 5, "2:5"}, {2, UINT32_MAX, "2:"},
              {0, UINT32_MAX, ""}, {0, 0, "0"},   {1, 1, "1:1"}};

static void test_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        struct buf out = {0};
        plugin_add_range(&out, ranges[i].min, ranges[i].max);
        expect(&out, ranges[i].want);
    }
}

static void test_json(void **state)
{
    struct buf out = {0};
    (void)state;
    json_add_pair(&out, "k", "a\"b\\c\n\x01 gr\xc3\xbc");
    expect(&out, "\"k\": \"a\\\"b\\\\c\\u000a\\u0001 gr\xc3\xbc\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_has_no_bar),
        cmocka_unit_test(test_label),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests_name("base_plugin", tests, NULL, NULL);
}
