#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEYS 700

/* The reference: keys that are small, huge, and far apart by powers of two. */
struct model {
    uint64_t key[KEYS];
    void *value[KEYS];
    size_t count;
};

static uint64_t key_of(size_t i)
{
    if (i < 200)
        return i; /* 0 is one of them */
    if (i < 400)
        return UINT64_MAX - (i - 200);
    return (uint64_t)i << 32;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t index_of(const struct model *model, uint64_t key)
{
    for (size_t i = 0; i < KEYS; i++)
        if (model->key[i] == key)
            return i;
    fail_msg("key %llx was never put", (unsigned long long)key);
    return 0;
}

/* Each entry once, with its value; the ones that `drop` picks are removed on the way. */
static void walk(struct map *map, struct model *model, uint64_t drop)
{
    char seen[KEYS] = {0};
    size_t cursor = 0;
    size_t visits = 0;
    size_t before = model->count;
    uint64_t key;
    for (void *value; (value = map_next(map, &cursor, &key)); visits++) {
        size_t i = index_of(model, key);
        assert_false(seen[i]);
        seen[i] = 1;
        assert_ptr_equal(value, model->value[i]);
        if (!(drop >> (i % 64) & 1))
            continue;
        assert_ptr_equal(map_remove(map, key), value);
        model->value[i] = NULL;
        model->count--;
    }
    assert_int_equal(visits, before);
    assert_null(map_next(map, &cursor, &key));
    assert_int_equal(map_count(map), model->count);
}

static void check_all(const struct map *map, const struct model *model)
{
    for (size_t i = 0; i < KEYS; i++)
        assert_ptr_equal(map_get(map, model->key[i]), model->value[i]);
    assert_int_equal(map_count(map), model->count);
}

static void step(struct map *map, struct model *model, uint64_t random, char *values)
{
    size_t i = (size_t)(random >> 20) % KEYS;
    /* Times of growth and times of shrinking take turns. */
    if (random % 5 < 2) {
        assert_ptr_equal(map_remove(map, model->key[i]), model->value[i]);
        model->count -= model->value[i] != NULL;
        model->value[i] = NULL;
    } else {
        void *value = &values[random >> 40 & 0xff];
        assert_int_equal(map_put(map, model->key[i], value), 0);
        model->count += model->value[i] == NULL;
        model->value[i] = value;
    }
}

static void test_against_a_reference(void **state)
{
    (void)state;
    char values[256];
    uint64_t seed = 0x9e3779b97f4a7c15u;
    struct model model = {.count = 0};
    struct map *map = map_create();
    assert_non_null(map);
    for (size_t i = 0; i < KEYS; i++)
        model.key[i] = key_of(i);
    for (int round = 0; round < 400; round++) {
        size_t steps = (size_t)next_random(&seed) % 1000;
        for (size_t i = 0; i < steps; i++)
            step(map, &model, next_random(&seed), values);
        check_all(map, &model);
        uint64_t drop = next_random(&seed);
        walk(map, &model, round % 3 == 0 ? 0 : round % 7 == 0 ? UINT64_MAX : drop);
        check_all(map, &model);
    }
    map_destroy(map);
}

static void test_empty_and_null(void **state)
{
    (void)state;
    map_destroy(NULL);
    struct map *map = map_create();
    assert_non_null(map);
    size_t cursor = 0;
    uint64_t key = 5;
    assert_null(map_get(map, 0));
    assert_null(map_remove(map, UINT64_MAX));
    assert_null(map_next(map, &cursor, &key));
    assert_true(key == 5);
    assert_int_equal(map_count(map), 0);
    map_destroy(map);
}

static void test_edge_keys(void **state)
{
    (void)state;
    struct map *map = map_create();
    assert_non_null(map);
    char a, b, c;
    assert_int_equal(map_put(map, 0, &a), 0);
    assert_int_equal(map_put(map, UINT64_MAX, &b), 0);
    assert_ptr_equal(map_get(map, 0), &a);
    assert_ptr_equal(map_get(map, UINT64_MAX), &b);
    assert_int_equal(map_put(map, 0, &c), 0);
    assert_int_equal(map_count(map), 2);
    assert_ptr_equal(map_remove(map, 0), &c);
    assert_null(map_get(map, 0));
    assert_null(map_remove(map, 0));
    size_t cursor = 0;
    assert_ptr_equal(map_next(map, &cursor, NULL), &b);
    assert_null(map_next(map, &cursor, NULL));
    map_destroy(map);
}

/* A process table lives long: entries come and go, the room for them must not run out
 * nor searches grow endless. */
static void test_churn(void **state)
{
    (void)state;
    struct map *map = map_create();
    assert_non_null(map);
    char value;
    for (uint64_t i = 0; i < 500000; i++) {
        assert_int_equal(map_put(map, i, &value), 0);
        if (i >= 50)
            assert_ptr_equal(map_remove(map, i - 50), &value);
    }
    assert_int_equal(map_count(map), 50);
    /* The cursor counts slots: there are few of them after all that. */
    size_t cursor = 0;
    size_t n = 0;
    while (map_next(map, &cursor, NULL))
        n++;
    assert_int_equal(n, 50);
    assert_true(cursor <= 1024);
    map_destroy(map);
}

static void test_a_hundred_thousand(void **state)
{
    (void)state;
    size_t n = 100000;
    char *values = malloc(n);
    struct map *map = map_create();
    assert_non_null(map);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(map_put(map, (uint64_t)i << 22 | 1, &values[i]), 0);
    assert_int_equal(map_count(map), n);
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(map_get(map, (uint64_t)i << 22 | 1), &values[i]);
    size_t cursor = 0;
    uint64_t key;
    while (map_next(map, &cursor, &key))
        assert_non_null(map_remove(map, key));
    assert_int_equal(map_count(map), 0);
    map_destroy(map);
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_reference), cmocka_unit_test(test_empty_and_null),
        cmocka_unit_test(test_edge_keys),           cmocka_unit_test(test_churn),
        cmocka_unit_test(test_a_hundred_thousand),
    };
    return cmocka_run_group_tests_name("base_map", tests, NULL, NULL);
}
