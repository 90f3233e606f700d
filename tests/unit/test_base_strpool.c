#include "base/strpool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_equal_text_is_one_pointer(void **state)
{
    (void)state;
    struct strpool *pool = strpool_create();
    assert_non_null(pool);
    char text[] = "/usr/bin/x";
    const char *a = strpool_get(pool, text, strlen(text));
    assert_non_null(a);
    assert_ptr_not_equal(a, text);
    text[0] = '#'; /* it was copied */
    assert_string_equal(a, "/usr/bin/x");
    assert_ptr_equal(strpool_get(pool, "/usr/bin/xyz", 10), a);
    const char *b = strpool_get(pool, "/usr/bin/xyz", 11);
    assert_ptr_not_equal(a, b);
    assert_string_equal(b, "/usr/bin/xy");
    assert_int_equal(strpool_len(a), 10);
    assert_int_equal(strpool_len(b), 11);
    assert_int_equal(strpool_count(pool), 2);
    strpool_destroy(pool);
}

static void test_users_are_counted(void **state)
{
    (void)state;
    struct strpool *pool = strpool_create();
    assert_non_null(pool);
    const char *a = strpool_get(pool, "text", 4);
    for (int i = 0; i < 1000; i++)
        assert_ptr_equal(strpool_get(pool, "text", 4), a);
    for (int i = 0; i < 1000; i++) {
        strpool_put(pool, a);
        assert_int_equal(strpool_count(pool), 1);
        assert_string_equal(a, "text");
    }
    strpool_put(pool, a);
    assert_int_equal(strpool_count(pool), 0);
    strpool_put(pool, NULL);
    const char *again = strpool_get(pool, "text", 4);
    assert_string_equal(again, "text");
    assert_int_equal(strpool_count(pool), 1);
    strpool_put(pool, again);
    assert_int_equal(strpool_count(pool), 0);
    strpool_destroy(pool);
    strpool_destroy(NULL);
}

static void test_nuls_and_nothing(void **state)
{
    (void)state;
    struct strpool *pool = strpool_create();
    assert_non_null(pool);
    const char *whole = strpool_get(pool, "a\0b", 3);
    const char *other = strpool_get(pool, "a\0c", 3);
    const char *part = strpool_get(pool, "a", 1);
    const char *tail = strpool_get(pool, "a\0", 2);
    assert_int_equal(strpool_count(pool), 4);
    assert_memory_equal(whole, "a\0b", 4);
    assert_memory_equal(other, "a\0c", 4);
    assert_memory_equal(tail, "a\0", 3);
    assert_int_equal(strpool_len(whole), 3);
    assert_int_equal(strpool_len(part), 1);
    assert_int_equal(strpool_len(tail), 2);
    const char *empty = strpool_get(pool, "", 0);
    assert_non_null(empty);
    assert_string_equal(empty, "");
    assert_int_equal(strpool_len(empty), 0);
    /* What an empty buffer has. */
    assert_ptr_equal(strpool_get(pool, NULL, 0), empty);
    assert_int_equal(strpool_count(pool), 5);
    strpool_destroy(pool);
}

/* Pairs with one FNV-1a 32-bit hash: the bytes decide. */
static void test_same_hash_is_not_same_text(void **state)
{
    (void)state;
    struct strpool *pool = strpool_create();
    assert_non_null(pool);
    const char *a = strpool_get(pool, "costarring", 10);
    const char *b = strpool_get(pool, "liquid", 6);
    const char *c = strpool_get(pool, "declinate", 9);
    const char *d = strpool_get(pool, "macallums", 9);
    assert_ptr_not_equal(a, b);
    assert_ptr_not_equal(c, d);
    strpool_put(pool, c);
    assert_ptr_equal(strpool_get(pool, "macallums", 9), d);
    strpool_put(pool, b);
    assert_ptr_equal(strpool_get(pool, "costarring", 10), a);
    assert_int_equal(strpool_count(pool), 2);
    /* Here the one even begins with the other. */
    const char *longer = strpool_get(pool, "procnjfgohbn", 12);
    const char *shorter = strpool_get(pool, "proc", 4);
    assert_ptr_not_equal(longer, shorter);
    assert_int_equal(strpool_len(shorter), 4);
    strpool_destroy(pool);
}

#define MANY 20000

static const char *get_number(struct strpool *pool, size_t i)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "/cgroup/%zu", i);
    return strpool_get(pool, text, (size_t)len);
}

/* Growth and shrinking move no string: the pointers are the names. */
static void test_many_come_and_go(void **state)
{
    (void)state;
    const char *texts[MANY];
    struct strpool *pool = strpool_create();
    assert_non_null(pool);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < MANY; i++)
            assert_non_null(texts[i] = get_number(pool, i));
        assert_int_equal(strpool_count(pool), MANY);
        for (size_t i = 0; i < MANY; i++) {
            assert_ptr_equal(get_number(pool, i), texts[i]);
            strpool_put(pool, texts[i]);
        }
        assert_int_equal(strpool_count(pool), MANY);
        for (size_t i = 0; i < MANY; i++)
            if (i % 100)
                strpool_put(pool, texts[i]);
        assert_int_equal(strpool_count(pool), MANY / 100);
        for (size_t i = 0; i < MANY; i += 100) {
            assert_ptr_equal(get_number(pool, i), texts[i]);
            strpool_put(pool, texts[i]);
            strpool_put(pool, texts[i]);
        }
        assert_int_equal(strpool_count(pool), 0);
    }
    strpool_destroy(pool);
}

static void test_one_more_user(void **state)
{
    (void)state;
    struct strpool *pool = strpool_create();
    assert_non_null(pool);
    const char *text = strpool_get(pool, "a", 1);
    strpool_keep(NULL);
    strpool_keep(text);
    strpool_put(pool, text);
    assert_string_equal(text, "a");
    assert_int_equal(strpool_count(pool), 1);
    strpool_put(pool, text);
    assert_int_equal(strpool_count(pool), 0);
    assert_int_equal((uintptr_t)text % sizeof(void *), 0);
    strpool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_text_is_one_pointer),
        cmocka_unit_test(test_users_are_counted),
        cmocka_unit_test(test_nuls_and_nothing),
        cmocka_unit_test(test_same_hash_is_not_same_text),
        cmocka_unit_test(test_many_come_and_go),
        cmocka_unit_test(test_one_more_user),
    };
    return cmocka_run_group_tests_name("base_strpool", tests, NULL, NULL);
}
