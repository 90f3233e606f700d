#include "table/table.h"

#include "table/internal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *at(const struct table_image *image, table_text_t text)
{
    return table_text(image, text, NULL);
}

/* Three groups, the middle one empty, with rows of every kind, added out of order. */
static struct table_image *sample(struct table_builder *b)
{
    struct table_image *image = NULL;
    static const uint32_t pids[][2] = {{9, 70}, {2, 300}, {9, 7}, {2, 20}, {2, 100}};
    table_builder_scalars(b)->version = table_add_string(b, "0.1.0");
    table_builder_scalars(b)->last_event = 1ull << 40;
    table_builder_event(b)->number = 77;
    for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
        struct table_member m = {.group = pids[i][0], .pid = pids[i][1]};
        m.name = table_add_string(b, i % 2 ? "sshd" : "cron");
        table_add_member(b, &m);
    }
    for (uint32_t index = 9; index; index = index == 9 ? 2 : index == 2 ? 5 : 0) {
        struct table_group g = {.index = index};
        g.name = table_add_string(b, index == 9 ? "nine" : index == 2 ? "two" : "five");
        table_add_group(b, &g);
        struct table_condition c = {.group = index, .index = 2};
        c.name = table_add_string(b, "rss");
        table_add_condition(b, &c);
        c.index = 1;
        table_add_condition(b, &c);
    }
    table_add_violation(b, &(struct table_violation){.number = 12, .group = 9});
    table_add_violation(b, &(struct table_violation){.number = 3, .group = 2});
    assert_int_equal(table_finish(b, &image), 0);
    return image;
}

static void rows_are_in_order_and_linked(void **state)
{
    struct table_builder *b = *state;
    struct table_image *image = sample(b);
    static const struct {
        uint32_t index, first_member, n_members, first_condition;
        const char *name;
    } want[] = {{2, 0, 3, 0, "two"}, {5, 3, 0, 2, "five"}, {9, 3, 2, 4, "nine"}};
    static const uint32_t pids[] = {20, 100, 300, 7, 70};
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(g[i].index, want[i].index);
        assert_int_equal(g[i].first_member, want[i].first_member);
        assert_int_equal(g[i].n_members, want[i].n_members);
        assert_int_equal(g[i].first_condition, want[i].first_condition);
        assert_int_equal(g[i].n_conditions, 2);
        assert_string_equal(at(image, g[i].name), want[i].name);
    }
    const struct table_member *m = table_members(image, &n);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(m[i].pid, pids[i]);
    const struct table_condition *c = table_conditions(image, &n);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(c[i].index, i % 2 + 1);
    const struct table_violation *v = table_violations(image, &n);
    assert_int_equal(n, 2);
    assert_int_equal(v[0].number, 3);
    assert_int_equal(v[1].number, 12);
    assert_int_equal(table_scalars(image)->last_event, 1ull << 40);
    assert_int_equal(table_event(image)->number, 77);
    assert_string_equal(at(image, table_scalars(image)->version), "0.1.0");
    table_destroy(image);
}

static void equal_texts_share(void **state)
{
    struct table_builder *b = *state;
    struct table_image *image = NULL;
    char copy[] = "/usr/sbin/sshd";
    table_text_t first = table_add_string(b, "/usr/sbin/sshd");
    assert_int_equal(table_add_string(b, copy), first);
    assert_int_equal(table_add_text(b, "/usr/sbin/sshd-session", 14), first);
    assert_int_not_equal(table_add_string(b, "/usr/sbin/ssh"), first);
    assert_int_equal(table_add_string(b, NULL), 0);
    assert_int_equal(table_add_text(b, NULL, 0), 0);
    assert_int_equal(table_add_string(b, ""), 0);
    assert_int_equal(table_finish(b, &image), 0);
    size_t len = 9;
    assert_string_equal(table_text(image, 0, &len), "");
    assert_int_equal(len, 0);
    assert_string_equal(table_text(image, first, &len), "/usr/sbin/sshd");
    assert_int_equal(len, 14);
    table_destroy(image);
}

static void texts_are_printable_and_bounded(void **state)
{
    struct table_builder *b = *state;
    struct table_image *image = NULL;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a\nb\t", "a\\nb\\t"}, {"\x1b[2J", "\\x1b[2J"},
        {"C:\\", "C:\\\\"},     {"gr\xc3\xbcn", "gr\xc3\xbcn"},
        {"\xc3(", "\\xc3("},    {"\xc2\x9b", "\\xc2\\x9b"},
        {"\x7f", "\\x7f"},
    };
    table_text_t texts[sizeof(cases) / sizeof(cases[0])];
    char big[300];
    memset(big, 'x', sizeof(big));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        texts[i] = table_add_string(b, cases[i].in);
    table_text_t nul = table_add_text(b, "a\0b", 3);
    table_text_t fits = table_add_text(b, big, TABLE_TEXT_MAX);
    table_text_t cut = table_add_text(b, big, sizeof(big));
    table_text_t cut_one = table_add_text(b, big, TABLE_TEXT_MAX + 1);
    assert_int_equal(table_finish(b, &image), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(at(image, texts[i]), cases[i].out);
    assert_string_equal(at(image, nul), "a\\x00b");
    size_t len;
    assert_memory_equal(table_text(image, fits, &len), big, TABLE_TEXT_MAX);
    assert_int_equal(len, TABLE_TEXT_MAX);
    assert_memory_equal(table_text(image, cut, &len), big, TABLE_TEXT_MAX - 3);
    assert_int_equal(len, TABLE_TEXT_MAX);
    assert_string_equal(at(image, cut) + TABLE_TEXT_MAX - 3, "...");
    assert_int_equal(cut, cut_one);
    table_destroy(image);
}

static void an_empty_image_is_valid(void **state)
{
    struct table_builder *b = *state;
    struct table_image *image = NULL;
    const struct table_image *same;
    size_t n = 1;
    assert_int_equal(table_finish(b, &image), 0);
    table_groups(image, &n);
    assert_int_equal(n, 0);
    const void *bytes = table_bytes(image, &n);
    assert_int_equal(table_adopt(bytes, n, &same), 0);
    assert_ptr_equal(same, image);
    table_destroy(image);
}

/* The builder keeps nothing of the last image, not even texts. */
static void the_builder_can_be_used_again(void **state)
{
    struct table_builder *b = *state;
    size_t first_len, len, n;
    struct table_image *image = sample(b);
    table_bytes(image, &first_len);
    table_destroy(image);
    assert_int_equal(table_finish(b, &image), 0);
    table_members(image, &n);
    assert_int_equal(n, 0);
    assert_int_equal(table_event(image)->number, 0);
    table_destroy(image);
    image = sample(b);
    table_bytes(image, &len);
    assert_int_equal(len, first_len);
    table_destroy(image);
}

/* Reads everything that can be reached; sanitizers find what is out of bounds. */
static size_t read_all(const struct table_image *image)
{
    size_t n, len, sum = 0;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; i < n; i++) {
        sum += strlen(table_text(image, g[i].name, &len)) + len;
        size_t members;
        const struct table_member *m = table_members(image, &members);
        for (uint32_t k = 0; k < g[i].n_members; k++)
            sum += strlen(at(image, m[g[i].first_member + k].name));
        const struct table_condition *c = table_conditions(image, &members);
        for (uint32_t k = 0; k < g[i].n_conditions; k++)
            sum += strlen(at(image, c[g[i].first_condition + k].name));
    }
    const struct table_violation *v = table_violations(image, &n);
    for (size_t i = 0; i < n; i++)
        sum += v[i].number + strlen(at(image, v[i].message));
    return sum + strlen(at(image, table_scalars(image)->version));
}

/* An exact copy on the heap, so that reading beyond it is found. */
static int adopt_copy(const char *bytes, size_t len, size_t *ret_sum)
{
    const struct table_image *image;
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    int r = table_adopt(copy, len, &image);
    assert_true(r == 0 || r == -EBADMSG);
    if (r == 0)
        *ret_sum = read_all(image);
    free(copy);
    return r;
}

static void every_cut_is_refused(void **state)
{
    struct table_image *image = sample(*state);
    size_t len, sum;
    const char *bytes = table_bytes(image, &len);
    assert_int_equal(adopt_copy(bytes, len, &sum), 0);
    for (size_t n = 0; n < len; n++)
        assert_int_equal(adopt_copy(bytes, n, &sum), -EBADMSG);
    table_destroy(image);
}

static void flipped_bytes_are_safe(void **state)
{
    struct table_image *image = sample(*state);
    static const unsigned char flips[] = {0x01, 0x08, 0x80, 0xff};
    size_t len, refused = 0, sum;
    table_bytes(image, &len);
    unsigned char *bytes = (unsigned char *)image;
    for (size_t i = 0; i < len; i++) {
        for (size_t f = 0; f < sizeof(flips); f++) {
            bytes[i] ^= flips[f];
            refused += adopt_copy((const char *)bytes, len, &sum) < 0;
            bytes[i] ^= flips[f];
        }
    }
    /* Every byte of an offset, a count and a size is checked. */
    assert_true(refused > (SECTIONS * 12 + 16) * sizeof(flips));
    table_destroy(image);
}

/* A 32-bit field is set to values that an attacker would choose. */
static void any_number_is_safe(void **state)
{
    struct table_image *image = sample(*state);
    static const uint32_t wild[] = {0,          1,          7,          8,
                                    0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    size_t len, sum;
    table_bytes(image, &len);
    for (size_t i = 0; i + 4 <= len; i += 4) {
        char *field = (char *)image + i;
        char kept[4];
        memcpy(kept, field, 4);
        for (size_t w = 0; w < sizeof(wild) / sizeof(wild[0]); w++) {
            memcpy(field, &wild[w], 4);
            adopt_copy((const char *)image, len, &sum);
        }
        memcpy(field, kept, 4);
    }
    assert_int_equal(adopt_copy((const char *)image, len, &sum), 0);
    table_destroy(image);
}

static void assert_refused(struct table_image *image)
{
    size_t len, sum;
    const char *bytes = table_bytes(image, &len);
    assert_int_equal(adopt_copy(bytes, len, &sum), -EBADMSG);
}

static void invalid_images_are_refused(void **state)
{
    struct table_image *image = sample(*state);
    const struct table_image good = *image;
    struct table_group *g = (struct table_group *)(uintptr_t)table_groups(image, NULL);
    image->version++; /* of another version */
    assert_refused(image);
    *image = good;
    image->sections[SECTION_MEMBERS].row_size += 8;
    assert_refused(image);
    *image = good;
    image->sections[SECTION_MEMBERS].offset += 4;
    assert_refused(image);
    *image = good;
    image->sections[SECTION_TEXTS].count = 0;
    assert_refused(image);
    *image = good;
    image->sections[SECTION_TEXTS].count--; /* the NUL of the last text */
    assert_refused(image);
    *image = good;
    image->scalars.config_message = image->sections[SECTION_TEXTS].count;
    assert_refused(image);
    *image = good;
    g[0].n_members = 6;
    assert_refused(image);
    g[0].n_members = 3;
    g[2].first_condition = UINT32_MAX;
    assert_refused(image);
    g[2].first_condition = 4;
    char *end = (char *)(uintptr_t)at(image, g[1].name) + 4;
    *end = 'x'; /* where "five" has its NUL */
    assert_refused(image);
    *end = '\0';
    size_t len, sum;
    const char *bytes = table_bytes(image, &len);
    assert_int_equal(adopt_copy(bytes, len, &sum), 0);
    table_destroy(image);
}

/* Enough to make the hash of texts grow several times. */
static void thousands_of_members(void **state)
{
    struct table_builder *b = *state;
    struct table_image *image = NULL;
    char text[64];
    for (uint32_t i = 0; i < 5000; i++) {
        struct table_member m = {.group = 1, .pid = 5000 - i};
        snprintf(text, sizeof(text), "program-%u", 5000 - i);
        m.name = table_add_string(b, text);
        m.path = table_add_string(b, i % 2 ? "/usr/bin/odd" : "/usr/bin/even");
        table_add_member(b, &m);
    }
    table_add_group(b, &(struct table_group){.index = 1});
    assert_int_equal(table_finish(b, &image), 0);
    size_t n, len;
    const struct table_member *m = table_members(image, &n);
    assert_int_equal(n, 5000);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(m[i].pid, i + 1);
        snprintf(text, sizeof(text), "program-%u", i + 1);
        assert_string_equal(at(image, m[i].name), text);
        assert_int_equal(m[i].path, m[i % 2].path);
    }
    const void *bytes = table_bytes(image, &len);
    const struct table_image *same;
    assert_int_equal(table_adopt(bytes, len, &same), 0);
    table_destroy(image);
}

static int setup(void **state)
{
    *state = table_builder_create();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    table_builder_destroy(*state);
    return 0;
}

#define WITH_BUILDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUILDER(rows_are_in_order_and_linked),
        WITH_BUILDER(equal_texts_share),
        WITH_BUILDER(texts_are_printable_and_bounded),
        WITH_BUILDER(an_empty_image_is_valid),
        WITH_BUILDER(the_builder_can_be_used_again),
        WITH_BUILDER(every_cut_is_refused),
        WITH_BUILDER(flipped_bytes_are_safe),
        WITH_BUILDER(any_number_is_safe),
        WITH_BUILDER(invalid_images_are_refused),
        WITH_BUILDER(thousands_of_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
