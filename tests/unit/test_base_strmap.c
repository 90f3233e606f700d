#include "base/strmap.h"

#include "base/hash.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_known_hashes(void **state)
{
    (void)state;
    /* Test vectors of draft-eastlake-fnv, appendix C. */
    assert_int_equal(hash_bytes("", 0), 0x811c9dc5);
    assert_int_equal(hash_bytes("a", 1), 0xe40c292c);
    assert_int_equal(hash_bytes("foobar", 6), 0xbf9cf968);
}

/* "costarring" and "liquid" have the same FNV-1a hash, as have "declinate" and
 * "macallums".
 */
static void test_keys_with_one_hash(void **state)
{
    static char *const keys[] = {"costarring", "liquid", "declinate", "macallums"};
    (void)state;
    assert_int_equal(hash_bytes(keys[0], 10), hash_bytes(keys[1], 6));
    for (size_t first = 0; first < 2; first++) {
        struct strmap *map = strmap_create();
        assert_non_null(map);
        for (size_t i = 0; i < 4; i++) {
            assert_null(strmap_get(map, keys[i]));
            assert_int_equal(strmap_add(map, keys[i], keys[i]), 0);
        }
        for (size_t i = 0; i < 4; i++)
            assert_ptr_equal(strmap_get(map, keys[i]), keys[i]);
        assert_ptr_equal(strmap_remove(map, keys[first]), keys[first]);
        assert_null(strmap_get(map, keys[first]));
        assert_null(strmap_remove(map, keys[first]));
        assert_ptr_equal(strmap_get(map, keys[1 - first]), keys[1 - first]);
        assert_ptr_equal(strmap_remove(map, keys[1 - first]), keys[1 - first]);
        assert_int_equal(strmap_add(map, keys[first], map), 0);
        assert_ptr_equal(strmap_get(map, keys[first]), map);
        strmap_destroy(map);
    }
}

static void test_many_keys(void **state)
{
    static char keys[5000][8];
    struct strmap *map = strmap_create();
    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        assert_int_equal(strmap_add(map, keys[i], keys[i]), 0);
    }
    for (size_t i = 0; i < 5000; i += 2)
        assert_ptr_equal(strmap_remove(map, keys[i]), keys[i]);
    for (size_t i = 0; i < 5000; i++)
        assert_ptr_equal(strmap_get(map, keys[i]), i % 2 ? keys[i] : NULL);
    strmap_destroy(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_hashes),
        cmocka_unit_test(test_keys_with_one_hash),
        cmocka_unit_test(test_many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
