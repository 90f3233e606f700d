#include "base/json.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(struct buf *out, const char *want)
{
    assert_string_equal(buf_text(out), want);
    buf_free(out);
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
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests_name("base_json", tests, NULL, NULL);
}
