/* Images of changes: what table_apply() makes of an image. */
#include "table/internal.h"
#include "table/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct table_builder *b;

/* A group with `members` members, a condition, and a violation if `number` is one. All
 * texts have `word`. */
static void add_group(uint32_t index, uint32_t members, uint32_t number, const char *word)
{
    char text[64];
    snprintf(text, sizeof(text), "%s-%u", word, index);
    table_text_t name = table_add_string(b, text);
    struct table_group group = {.index = index, .count = members, .name = name};
    struct table_condition condition = {.group = index, .index = 1, .name = name};
    struct table_violation violation = {.number = number, .group = index, .name = name};
    table_add_group(b, &group);
    table_add_condition(b, &condition);
    for (uint32_t i = 0; i < members; i++) {
        struct table_member member = {.group = index, .pid = 10 + i, .name = name};
        table_add_member(b, &member);
    }
    if (number)
        table_add_violation(b, &violation);
}

static struct table_image *finish(const char *version)
{
    struct table_image *image;
    table_builder_scalars(b)->version = table_add_string(b, version);
    assert_int_equal(table_finish(b, &image), 0);
    return image;
}

static void apply(struct table_image **image, struct table_image *changes)
{
    const struct table_image *adopted;
    size_t len;
    assert_int_equal(table_apply(image, changes), 0);
    const void *bytes = table_bytes(*image, &len);
    assert_int_equal(table_adopt(bytes, len, &adopted), 0);
    table_destroy(changes);
}

/* "1 a-1 2; 3 b-3 0; | 5 7" : groups with their names and members, and violations. */
static const char *shown(const struct table_image *image, char *ret_text, size_t size)
{
    size_t n, at = 0;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; i < n; i++) {
        const struct table_condition *c = table_conditions(image, NULL);
        const struct table_member *m = table_members(image, NULL);
        assert_int_equal(g[i].n_conditions, 1);
        assert_int_equal(c[g[i].first_condition].group, g[i].index);
        assert_int_equal(c[g[i].first_condition].name, g[i].name);
        assert_int_equal(g[i].n_members, g[i].count);
        for (uint32_t k = 0; k < g[i].n_members; k++)
            assert_int_equal(m[g[i].first_member + k].name, g[i].name);
        at += (size_t)snprintf(ret_text + at, size - at, "%u %s %u; ", g[i].index,
                               table_text(image, g[i].name, NULL), g[i].n_members);
    }
    at += (size_t)snprintf(ret_text + at, size - at, "|");
    const struct table_violation *v = table_violations(image, &n);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(ret_text + at, size - at, " %u", v[i].number);
    return ret_text;
}

#define expect(image, text)                                                              \
    do {                                                                                 \
        char got_[500];                                                                  \
        assert_string_equal(shown(image, got_, sizeof(got_)), text);                     \
    } while (0)

static struct table_image *three_groups(void)
{
    add_group(1, 2, 9, "a");
    add_group(3, 0, 5, "a");
    add_group(7, 1, 0, "a");
    return finish("1");
}

static void test_groups_are_replaced_added_and_removed(void **state)
{
    (void)state;
    struct table_image *image = three_groups();
    expect(image, "1 a-1 2; 3 a-3 0; 7 a-7 1; | 5 9");
    add_group(3, 3, 12, "b");
    apply(&image, finish("1"));
    expect(image, "1 a-1 2; 3 b-3 3; 7 a-7 1; | 9 12");
    add_group(2, 1, 0, "new");
    add_group(9, 0, 4, "new");
    table_add_removed(b, 1);
    apply(&image, finish("1"));
    expect(image, "2 new-2 1; 3 b-3 3; 7 a-7 1; 9 new-9 0; | 4 12");
    table_add_removed(b, 2); /* gone, and there again */
    table_add_removed(b, 5); /* none */
    add_group(2, 0, 0, "again");
    apply(&image, finish("1"));
    expect(image, "2 again-2 0; 3 b-3 3; 7 a-7 1; 9 new-9 0; | 4 12");
    for (uint32_t i = 1; i < 10; i++)
        table_add_removed(b, i);
    apply(&image, finish("1"));
    expect(image, "|");
    table_destroy(image);
}

/* A row that says that its members are those of the image before, which has `count`. */
static void add_same_members(uint32_t index, uint32_t count)
{
    struct table_condition condition = {.group = index, .index = 1};
    struct table_group group = {.index = index,
                                .count = count,
                                .cpu = 7,
                                .have = TABLE_SWAP | TABLE_SAME_MEMBERS};
    table_add_group(b, &group);
    table_add_condition(b, &condition);
}

static void test_rows_of_members_are_kept(void **state)
{
    (void)state;
    struct table_image *image = three_groups();
    add_same_members(1, 2);
    add_same_members(3, 0);
    add_group(7, 3, 0, "b");
    table_add_removed(b, 9);
    apply(&image, finish("1"));
    const struct table_group *g = table_groups(image, NULL);
    const struct table_member *m = table_members(image, NULL);
    assert_int_equal(g[0].cpu, 7);
    assert_int_equal(g[0].have, TABLE_SWAP);
    assert_int_equal(g[0].n_members, 2);
    assert_string_equal(table_text(image, m[g[0].first_member + 1].name, NULL), "a-1");
    assert_int_equal(g[1].n_members, 0);
    assert_int_equal(g[2].n_members, 3);
    /* Another group with the index of one that is gone. */
    table_add_removed(b, 1);
    add_same_members(1, 0);
    apply(&image, finish("1"));
    g = table_groups(image, NULL);
    assert_int_equal(g[0].n_members, 0);
    assert_int_equal(g[2].n_members, 3);
    table_destroy(image);
}

static void test_scalars_alone_cost_nothing(void **state)
{
    (void)state;
    struct table_image *image = three_groups();
    const struct table_image *before = image;
    table_builder_scalars(b)->sample_count = 17;
    apply(&image, finish("1"));
    assert_ptr_equal(image, before);
    assert_int_equal(table_scalars(image)->sample_count, 17);
    assert_string_equal(table_text(image, table_scalars(image)->version, NULL), "1");
    apply(&image, finish("two"));
    assert_string_equal(table_text(image, table_scalars(image)->version, NULL), "two");
    apply(&image, finish(""));
    assert_string_equal(table_text(image, table_scalars(image)->version, NULL), "");
    expect(image, "1 a-1 2; 3 a-3 0; 7 a-7 1; | 5 9");
    table_destroy(image);
}

static void test_a_copy_can_be_changed(void **state)
{
    (void)state;
    struct table_image *image = three_groups();
    struct table_image *copy = table_copy(image);
    table_add_removed(b, 3);
    apply(&copy, finish("1"));
    expect(image, "1 a-1 2; 3 a-3 0; 7 a-7 1; | 5 9");
    expect(copy, "1 a-1 2; 7 a-7 1; | 9");
    table_destroy(image);
    table_destroy(copy);
}

/* Rows that are not in order are shown in some order: the sizes are those of the rows. */
static void test_rows_without_order(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed < 200; seed++) {
        unsigned dice = seed;
        struct table_image *images[2];
        for (int i = 0; i < 2; i++) {
            for (uint32_t g = 1; g < 20; g += 1 + (uint32_t)rand_r(&dice) % 4)
                add_group(g, (uint32_t)rand_r(&dice) % 4, g * 3, "a");
            images[i] = finish("1");
            size_t n, n_members;
            struct table_group *rows =
                (struct table_group *)(uintptr_t)table_groups(images[i], &n);
            struct table_member *members =
                (struct table_member *)(uintptr_t)table_members(images[i], &n_members);
            for (size_t k = 0; k < n; k++)
                rows[k].index = (uint32_t)rand_r(&dice) % 25;
            for (size_t k = 0; k < n_members; k++)
                members[k].group = (uint32_t)rand_r(&dice) % 25;
        }
        apply(&images[0], images[1]);
        table_destroy(images[0]);
    }
}

static int set_up(void **state)
{
    (void)state;
    b = table_builder_create();
    return b ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    table_builder_destroy(b);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_replaced_added_and_removed),
        cmocka_unit_test(test_rows_of_members_are_kept),
        cmocka_unit_test(test_scalars_alone_cost_nothing),
        cmocka_unit_test(test_a_copy_can_be_changed),
        cmocka_unit_test(test_rows_without_order),
    };
    return cmocka_run_group_tests_name("table changes", tests, set_up, tear_down);
}
