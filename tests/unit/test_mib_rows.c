#include "mib/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* `n` rows in every table; indexes with gaps, large ones, many members of few groups. */
static struct table_image *make_image(uint32_t n)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    assert_non_null(b);
    for (uint32_t i = n; i-- > 0;) {
        uint32_t wide = i + 1 == n && n > 1 ? UINT32_MAX : i * 3 + 1;
        table_add_group(b, &(struct table_group){.index = wide,
                                                 .have = UINT32_MAX,
                                                 .changed_ms = 1795351860000,
                                                 .discontinuity_ms = 1795351860000,
                                                 .oldest_ms = 1795351860000,
                                                 .youngest_ms = 1795351860000});
        table_add_violation(b, &(struct table_violation){.number = wide});
        table_add_member(b, &(struct table_member){.group = i % 7 * 2 + 1, .pid = wide});
        table_add_condition(b, &(struct table_condition){.group = wide, .index = 1});
    }
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    return image;
}

/* All rows of a table as an array, without the code under test. */
struct flat {
    const char *first;
    size_t size;
    size_t n;
};

static struct flat flat_of(const struct table_image *image, enum mib_table table)
{
    struct flat f = {NULL, 0, 0};
    if (table == MIB_GROUPS) {
        f.first = (const char *)table_groups(image, &f.n);
        f.size = sizeof(struct table_group);
    } else if (table == MIB_CONDITIONS) {
        f.first = (const char *)table_conditions(image, &f.n);
        f.size = sizeof(struct table_condition);
    } else if (table == MIB_MEMBERS) {
        f.first = (const char *)table_members(image, &f.n);
        f.size = sizeof(struct table_member);
    } else {
        f.first = (const char *)table_violations(image, &f.n);
        f.size = sizeof(struct table_violation);
    }
    return f;
}

static size_t index_of(enum mib_table table, const void *row, uint32_t ret[2])
{
    const struct table_condition *c = row;
    const struct table_member *m = row;
    const struct table_violation *v = row;
    const struct table_group *g = row;
    ret[0] = table == MIB_GROUPS       ? g->index
             : table == MIB_CONDITIONS ? c->group
             : table == MIB_MEMBERS    ? m->group
                                       : v->number;
    ret[1] = table == MIB_CONDITIONS ? c->index : table == MIB_MEMBERS ? m->pid : 0;
    return table == MIB_GROUPS || table == MIB_VIOLATIONS ? 1 : 2;
}

/* The order of OIDs (RFC 3416 section 4.2.2), arc by arc, a prefix first. */
static int oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
    for (size_t i = 0; i < a_len && i < b_len; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return (a_len > b_len) - (a_len < b_len);
}

/* What mib_row_from() should return: a search from the beginning. */
static const void *brute_force(const struct table_image *image, enum mib_table table,
                               const uint32_t *index, size_t len, bool after)
{
    struct flat f = flat_of(image, table);
    for (size_t i = 0; i < f.n; i++) {
        uint32_t own[2];
        size_t n = index_of(table, f.first + i * f.size, own);
        int c = oid_compare(own, n, index, len);
        if (c > 0 || (c == 0 && !after))
            return f.first + i * f.size;
    }
    return NULL;
}

static void check(const struct table_image *image, enum mib_table table,
                  const uint32_t *index, size_t len)
{
    const void *at = mib_row_from(image, table, index, len, false);
    assert_ptr_equal(at, brute_force(image, table, index, len, false));
    assert_ptr_equal(mib_row_from(image, table, index, len, true),
                     brute_force(image, table, index, len, true));
    if (len != mib_index_len(table))
        return;
    uint32_t own[2] = {0, 0};
    bool exact = at && index_of(table, at, own) && !oid_compare(own, len, index, len);
    assert_ptr_equal(mib_row(image, table, index), exact ? at : NULL);
}

static const enum mib_table tables[] = {MIB_GROUPS, MIB_CONDITIONS, MIB_MEMBERS,
                                        MIB_VIOLATIONS};

/* Indexes near this row, with none to three arcs. */
static void check_around(const struct table_image *image, enum mib_table table,
                         const void *row)
{
    uint32_t own[MIB_INDEX_MAX + 1] = {0};
    index_of(table, row, own);
    for (size_t len = 0; len <= 3; len++) {
        for (int move = 0; move < 9; move++) {
            uint32_t index[3] = {own[0] + (uint32_t)(move % 3) - 1,
                                 own[1] + (uint32_t)(move / 3) - 1, 0};
            check(image, table, index, len);
        }
    }
}

static void search_agrees_with_brute_force(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 3, 50};
    static const uint32_t edges[][3] = {
        {0, 0, 0},
        {1, 0, 0},
        {1, 1, 0},
        {1, UINT32_MAX, UINT32_MAX},
        {UINT32_MAX, 0, 0},
        {UINT32_MAX, UINT32_MAX, 0},
        {UINT32_MAX, 1, UINT32_MAX},
    };
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct table_image *image = make_image(sizes[s]);
        for (size_t t = 0; t < 4; t++) {
            struct flat f = flat_of(image, tables[t]);
            assert_int_equal(f.n, sizes[s]);
            for (size_t i = 0; i < f.n; i++)
                check_around(image, tables[t], f.first + i * f.size);
            for (size_t e = 0; e < sizeof(edges) / sizeof(edges[0]); e++)
                for (size_t len = 0; len <= 3; len++)
                    check(image, tables[t], edges[e], len);
        }
        table_destroy(image);
    }
}

static void search_in_ten_thousand_rows(void **state)
{
    (void)state;
    uint64_t seed = 4;
    struct table_image *image = make_image(10000);
    for (size_t t = 0; t < 4; t++) {
        struct flat f = flat_of(image, tables[t]);
        for (int i = 0; i < 100; i++) {
            uint32_t index[3] = {next_random(&seed) % 31000, next_random(&seed) % 31000,
                                 0};
            if (tables[t] == MIB_MEMBERS)
                index[0] %= 16;
            check(image, tables[t], index, next_random(&seed) % 4);
            check_around(image, tables[t], f.first + next_random(&seed) % f.n * f.size);
        }
    }
    table_destroy(image);
}

/* GETNEXT from row to row, by search and by mib_row_next(): every row once, ascending. */
static void walk(const struct table_image *image, enum mib_table table, size_t n)
{
    const void *row = mib_row_from(image, table, NULL, 0, false);
    uint32_t last[MIB_INDEX_MAX], own[MIB_INDEX_MAX];
    size_t len = mib_index_len(table);
    size_t seen = 0;
    for (; row; row = mib_row_next(image, table, row), seen++) {
        mib_row_index(table, row, own);
        if (seen) {
            assert_true(oid_compare(last, len, own, len) < 0);
            assert_ptr_equal(mib_row_from(image, table, last, len, true), row);
        }
        assert_ptr_equal(mib_row(image, table, own), row);
        memcpy(last, own, sizeof(last));
    }
    assert_int_equal(seen, n);
    if (n)
        assert_null(mib_row_from(image, table, last, len, true));
}

static void walks_visit_every_row_once(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 10000};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct table_image *image = make_image(sizes[s]);
        for (size_t t = 0; t < 4; t++)
            walk(image, tables[t], sizes[s]);
        table_destroy(image);
    }
}

static void scalars_have_no_rows(void **state)
{
    (void)state;
    struct table_image *image = make_image(3);
    assert_int_equal(mib_index_len(MIB_SCALARS), 0);
    assert_null(mib_row_from(image, MIB_SCALARS, NULL, 0, false));
    assert_null(mib_row_from(image, MIB_NOTIFY, NULL, 0, false));
    assert_null(mib_row_next(image, MIB_SCALARS, table_scalars(image)));
    table_destroy(image);
}

/* At least 100,000 rows a second, each searched for and read in all columns. */
static void ten_thousand_rows_are_fast(void **state)
{
    (void)state;
    struct table_image *image = make_image(10000);
    struct timespec from, to;
    size_t n_columns, cells = 0;
    const struct mib_column *columns = mib_columns(MIB_GROUPS, &n_columns);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int turn = 0; turn < 20; turn++) {
        uint32_t index[MIB_INDEX_MAX];
        const void *row = mib_row_from(image, MIB_GROUPS, NULL, 0, false);
        for (size_t n = 0; row && n < 10000; n++) {
            struct mib_value value;
            for (size_t c = 0; c < n_columns; c++)
                cells += mib_get_value(image, &columns[c], row, &value) == 0;
            mib_row_index(MIB_GROUPS, row, index);
            row = mib_row_from(image, MIB_GROUPS, index, 1, true);
        }
        assert_null(row);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double seconds =
        (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    assert_true(cells == 20u * 10000 * n_columns);
    print_message("%.0f rows a second\n", 200000 / seconds);
    assert_true(seconds < 2);
    table_destroy(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_agrees_with_brute_force),
        cmocka_unit_test(search_in_ten_thousand_rows),
        cmocka_unit_test(walks_visit_every_row_once),
        cmocka_unit_test(scalars_have_no_rows),
        cmocka_unit_test(ten_thousand_rows_are_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
