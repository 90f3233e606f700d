#include "base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_empty_is_empty_text(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(buf_append(&b, NULL, 0), 0);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

/* Reserved memory is not text: it is not initialised. */
static void test_reserved_is_still_empty_text(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(buf_reserve(&b, 1000), 0);
    assert_true(b.cap > 1000);
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_text(&b), "");
    buf_free(&b);
    /* Memory that was written to before. */
    char *dirt = malloc(1024);
    assert_non_null(dirt);
    memset(dirt, 'x', 1024);
    __asm__ volatile("" : : "r"(dirt) : "memory");
    free(dirt);
    assert_int_equal(buf_reserve(&b, 1000), 0);
    assert_string_equal(buf_text(&b), "");
    buf_free(&b);
}

static void test_grows_byte_by_byte(void **state)
{
    (void)state;
    struct buf b = {0};
    for (size_t i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);
        assert_int_equal(buf_append(&b, &c, 1), 0);
        assert_int_equal(b.len, i + 1);
        assert_true(b.cap > b.len);
        assert_int_equal(b.data[b.len], '\0');
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.cap, 0);
}

static void test_nuls_are_bytes(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(buf_append(&b, "a\0b", 3), 0);
    assert_int_equal(buf_append_text(&b, "c"), 0);
    assert_int_equal(b.len, 4);
    assert_memory_equal(b.data, "a\0bc", 5);
    buf_free(&b);
}

static void test_printf_of_every_length(void **state)
{
    (void)state;
    /* 63 and 64 are around the first allocation. */
    for (int n = 0; n < 300; n++) {
        struct buf b = {0};
        assert_int_equal(buf_append_text(&b, "<"), 0);
        assert_int_equal(buf_printf(&b, "%0*d>", n, 7), 0);
        assert_int_equal(b.len, strlen(b.data));
        assert_int_equal(b.len, 2 + (n ? n : 1));
        assert_int_equal(b.data[b.len - 2], '7');
        assert_int_equal(b.data[b.len - 1], '>');
        buf_free(&b);
    }
}

static void test_clear_keeps_the_memory(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_clear(&b);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(buf_append_text(&b, "some text"), 0);
    size_t cap = b.cap;
    buf_clear(&b);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, cap);
    buf_free(&b);
}

static void test_error_sticks_until_cleared(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(buf_append_text(&b, "kept"), 0);
    assert_int_equal(buf_reserve(&b, SIZE_MAX - 2), -ENOMEM);
    assert_int_equal(b.error, -ENOMEM);
    assert_int_equal(buf_append_text(&b, "x"), -ENOMEM);
    assert_int_equal(buf_printf(&b, "%d", 1), -ENOMEM);
    assert_int_equal(buf_reserve(&b, 0), -ENOMEM);
    assert_string_equal(buf_text(&b), "kept");
    assert_null(buf_take(&b));
    assert_null(b.data);
    assert_int_equal(b.error, 0);

    assert_int_equal(buf_reserve(&b, SIZE_MAX), -ENOMEM);
    buf_clear(&b);
    assert_int_equal(b.error, 0);
    assert_int_equal(buf_append_text(&b, "again"), 0);
    assert_string_equal(buf_text(&b), "again");
    buf_free(&b);
}

static void test_take_returns_the_memory(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(buf_append_text(&b, "mine"), 0);
    char *text = buf_take(&b);
    assert_string_equal(text, "mine");
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    free(text);
    text = buf_take(&b);
    assert_non_null(text);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_is_empty_text),
        cmocka_unit_test(test_reserved_is_still_empty_text),
        cmocka_unit_test(test_grows_byte_by_byte),
        cmocka_unit_test(test_nuls_are_bytes),
        cmocka_unit_test(test_printf_of_every_length),
        cmocka_unit_test(test_clear_keeps_the_memory),
        cmocka_unit_test(test_error_sticks_until_cleared),
        cmocka_unit_test(test_take_returns_the_memory),
    };
    return cmocka_run_group_tests_name("base_buf", tests, NULL, NULL);
}
