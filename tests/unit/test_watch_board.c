#include "watch/board.h"

#include "watch/board_parts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *at(const struct board *board, board_text_t text)
{
    return board_text(board, text, NULL);
}

/* Three groups, the middle one empty, and a bit of everything; added in disorder. */
static struct board *sample(struct board_builder *b)
{
    struct board *board = NULL;
    static const uint32_t pids[][2] = {{9, 70}, {2, 300}, {9, 7}, {2, 20}, {2, 100}};
    board_builder_scalars(b)->version = board_add_string(b, "0.1.0");
    board_builder_scalars(b)->last_event = 1ull << 40;
    board_builder_event(b)->number = 77;
    for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
        struct board_member m = {.group = pids[i][0], .pid = pids[i][1]};
        m.name = board_add_string(b, i % 2 ? "sshd" : "cron");
        board_add_member(b, &m);
    }
    for (uint32_t index = 9; index; index = index == 9 ? 2 : index == 2 ? 5 : 0) {
        struct board_group g = {.index = index};
        g.name = board_add_string(b, index == 9 ? "nine" : index == 2 ? "two" : "five");
        board_add_group(b, &g);
        struct board_condition c = {.group = index, .index = 2};
        c.name = board_add_string(b, "rss");
        board_add_condition(b, &c);
        c.index = 1;
        board_add_condition(b, &c);
    }
    board_add_violation(b, &(struct board_violation){.number = 12, .group = 9});
    board_add_violation(b, &(struct board_violation){.number = 3, .group = 2});
    assert_int_equal(board_finish(b, &board), 0);
    return board;
}

static void rows_are_in_order_and_linked(void **state)
{
    struct board_builder *b = *state;
    struct board *board = sample(b);
    static const struct {
        uint32_t index, first_member, n_members, first_condition;
        const char *name;
    } want[] = {{2, 0, 3, 0, "two"}, {5, 3, 0, 2, "five"}, {9, 3, 2, 4, "nine"}};
    static const uint32_t pids[] = {20, 100, 300, 7, 70};
    size_t n;
    const struct board_group *g = board_groups(board, &n);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(g[i].index, want[i].index);
        assert_int_equal(g[i].first_member, want[i].first_member);
        assert_int_equal(g[i].n_members, want[i].n_members);
        assert_int_equal(g[i].first_condition, want[i].first_condition);
        assert_int_equal(g[i].n_conditions, 2);
        assert_string_equal(at(board, g[i].name), want[i].name);
        assert_ptr_equal(board_find_group(board, want[i].index), &g[i]);
    }
    assert_null(board_find_group(board, 1));
    assert_null(board_find_group(board, 3));
    assert_null(board_find_group(board, 10));
    const struct board_member *m = board_members(board, &n);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(m[i].pid, pids[i]);
    const struct board_condition *c = board_conditions(board, &n);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(c[i].index, i % 2 + 1);
    const struct board_violation *v = board_violations(board, &n);
    assert_int_equal(n, 2);
    assert_int_equal(v[0].number, 3);
    assert_int_equal(v[1].number, 12);
    assert_int_equal(board_scalars(board)->last_event, 1ull << 40);
    assert_int_equal(board_event(board)->number, 77);
    assert_string_equal(at(board, board_scalars(board)->version), "0.1.0");
    board_destroy(board);
}

static void equal_texts_share(void **state)
{
    struct board_builder *b = *state;
    struct board *board = NULL;
    char copy[] = "/usr/sbin/sshd";
    board_text_t first = board_add_string(b, "/usr/sbin/sshd");
    assert_int_equal(board_add_string(b, copy), first);
    assert_int_equal(board_add_text(b, "/usr/sbin/sshd-session", 14), first);
    assert_int_not_equal(board_add_string(b, "/usr/sbin/ssh"), first);
    assert_int_equal(board_add_string(b, NULL), 0);
    assert_int_equal(board_add_text(b, NULL, 0), 0);
    assert_int_equal(board_add_string(b, ""), 0);
    assert_int_equal(board_finish(b, &board), 0);
    size_t len = 9;
    assert_string_equal(board_text(board, 0, &len), "");
    assert_int_equal(len, 0);
    assert_string_equal(board_text(board, first, &len), "/usr/sbin/sshd");
    assert_int_equal(len, 14);
    board_destroy(board);
}

static void texts_are_printable_and_bounded(void **state)
{
    struct board_builder *b = *state;
    struct board *board = NULL;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a\nb\t", "a\\nb\\t"}, {"\x1b[2J", "\\x1b[2J"},
        {"C:\\", "C:\\\\"},     {"gr\xc3\xbcn", "gr\xc3\xbcn"},
        {"\xc3(", "\\xc3("},    {"\xc2\x9b", "\\xc2\\x9b"},
        {"\x7f", "\\x7f"},
    };
    board_text_t texts[sizeof(cases) / sizeof(cases[0])];
    char big[300];
    memset(big, 'x', sizeof(big));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        texts[i] = board_add_string(b, cases[i].in);
    board_text_t nul = board_add_text(b, "a\0b", 3);
    board_text_t fits = board_add_text(b, big, BOARD_TEXT_MAX);
    board_text_t cut = board_add_text(b, big, sizeof(big));
    board_text_t cut_one = board_add_text(b, big, BOARD_TEXT_MAX + 1);
    assert_int_equal(board_finish(b, &board), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(at(board, texts[i]), cases[i].out);
    assert_string_equal(at(board, nul), "a\\x00b");
    size_t len;
    assert_memory_equal(board_text(board, fits, &len), big, BOARD_TEXT_MAX);
    assert_int_equal(len, BOARD_TEXT_MAX);
    assert_memory_equal(board_text(board, cut, &len), big, BOARD_TEXT_MAX - 3);
    assert_int_equal(len, BOARD_TEXT_MAX);
    assert_string_equal(at(board, cut) + BOARD_TEXT_MAX - 3, "...");
    assert_int_equal(cut, cut_one);
    board_destroy(board);
}

static void an_empty_board_is_one(void **state)
{
    struct board_builder *b = *state;
    struct board *board = NULL;
    const struct board *same;
    size_t n = 1;
    assert_int_equal(board_finish(b, &board), 0);
    board_groups(board, &n);
    assert_int_equal(n, 0);
    assert_null(board_find_group(board, 1));
    const void *image = board_image(board, &n);
    assert_int_equal(board_adopt(image, n, &same), 0);
    assert_ptr_equal(same, board);
    board_destroy(board);
}

/* The builder forgets what the last board had, texts too. */
static void builder_begins_anew(void **state)
{
    struct board_builder *b = *state;
    size_t first_len, len, n;
    struct board *board = sample(b);
    board_image(board, &first_len);
    board_destroy(board);
    assert_int_equal(board_finish(b, &board), 0);
    board_members(board, &n);
    assert_int_equal(n, 0);
    assert_int_equal(board_event(board)->number, 0);
    board_destroy(board);
    board = sample(b);
    board_image(board, &len);
    assert_int_equal(len, first_len);
    board_destroy(board);
}

/* Touches all that can be reached: what is out of bounds is the sanitizer's to find. */
static size_t read_all(const struct board *board)
{
    size_t n, len, sum = 0;
    const struct board_group *g = board_groups(board, &n);
    for (size_t i = 0; i < n; i++) {
        sum += strlen(board_text(board, g[i].name, &len)) + len;
        size_t members;
        const struct board_member *m = board_members(board, &members);
        for (uint32_t k = 0; k < g[i].n_members; k++)
            sum += strlen(at(board, m[g[i].first_member + k].name));
        const struct board_condition *c = board_conditions(board, &members);
        for (uint32_t k = 0; k < g[i].n_conditions; k++)
            sum += strlen(at(board, c[g[i].first_condition + k].name));
    }
    const struct board_violation *v = board_violations(board, &n);
    for (size_t i = 0; i < n; i++)
        sum += v[i].number + strlen(at(board, v[i].message));
    return sum + strlen(at(board, board_scalars(board)->version));
}

/* An exact copy on the heap, so that a byte read too far is seen. */
static int adopt_copy(const char *image, size_t len, size_t *ret_sum)
{
    const struct board *board;
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, image, len);
    int r = board_adopt(copy, len, &board);
    assert_true(r == 0 || r == -EBADMSG);
    if (r == 0)
        *ret_sum = read_all(board);
    free(copy);
    return r;
}

static void every_cut_is_refused(void **state)
{
    struct board *board = sample(*state);
    size_t len, sum;
    const char *image = board_image(board, &len);
    assert_int_equal(adopt_copy(image, len, &sum), 0);
    for (size_t n = 0; n < len; n++)
        assert_int_equal(adopt_copy(image, n, &sum), -EBADMSG);
    board_destroy(board);
}

static void no_flipped_byte_leads_astray(void **state)
{
    struct board *board = sample(*state);
    static const unsigned char flips[] = {0x01, 0x08, 0x80, 0xff};
    size_t len, refused = 0, sum;
    board_image(board, &len);
    unsigned char *image = (unsigned char *)board;
    for (size_t i = 0; i < len; i++) {
        for (size_t f = 0; f < sizeof(flips); f++) {
            image[i] ^= flips[f];
            refused += adopt_copy((const char *)image, len, &sum) < 0;
            image[i] ^= flips[f];
        }
    }
    /* Every byte of an offset, a count and a size is one whose flip is refused. */
    assert_true(refused > (SECTIONS * 12 + 16) * sizeof(flips));
    board_destroy(board);
}

/* A whole 32-bit field set to what an attacker would choose. */
static void no_wild_number_leads_astray(void **state)
{
    struct board *board = sample(*state);
    static const uint32_t wild[] = {0,          1,          7,          8,
                                    0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    size_t len, sum;
    board_image(board, &len);
    for (size_t i = 0; i + 4 <= len; i += 4) {
        char *field = (char *)board + i;
        char kept[4];
        memcpy(kept, field, 4);
        for (size_t w = 0; w < sizeof(wild) / sizeof(wild[0]); w++) {
            memcpy(field, &wild[w], 4);
            adopt_copy((const char *)board, len, &sum);
        }
        memcpy(field, kept, 4);
    }
    assert_int_equal(adopt_copy((const char *)board, len, &sum), 0);
    board_destroy(board);
}

static void assert_refused(struct board *board)
{
    size_t len, sum;
    const char *image = board_image(board, &len);
    assert_int_equal(adopt_copy(image, len, &sum), -EBADMSG);
}

static void what_cannot_be_is_refused(void **state)
{
    struct board *board = sample(*state);
    const struct board good = *board;
    struct board_group *g = (struct board_group *)(uintptr_t)board_groups(board, NULL);
    board->version++; /* of another build */
    assert_refused(board);
    *board = good;
    board->sections[SECTION_MEMBERS].row_size += 8;
    assert_refused(board);
    *board = good;
    board->sections[SECTION_MEMBERS].offset += 4;
    assert_refused(board);
    *board = good;
    board->sections[SECTION_TEXTS].count = 0;
    assert_refused(board);
    *board = good;
    board->sections[SECTION_TEXTS].count--; /* the last one's NUL */
    assert_refused(board);
    *board = good;
    board->scalars.config_message = board->sections[SECTION_TEXTS].count;
    assert_refused(board);
    *board = good;
    g[0].n_members = 6;
    assert_refused(board);
    g[0].n_members = 3;
    g[2].first_condition = UINT32_MAX;
    assert_refused(board);
    g[2].first_condition = 4;
    char *end = (char *)(uintptr_t)at(board, g[1].name) + 4;
    *end = 'x'; /* where "five" has its NUL */
    assert_refused(board);
    *end = '\0';
    size_t len, sum;
    const char *image = board_image(board, &len);
    assert_int_equal(adopt_copy(image, len, &sum), 0);
    board_destroy(board);
}

/* Enough to make the table of texts grow again and again. */
static void thousands_of_members(void **state)
{
    struct board_builder *b = *state;
    struct board *board = NULL;
    char text[64];
    board_builder_reserve(b, 10, 5000);
    for (uint32_t i = 0; i < 5000; i++) {
        struct board_member m = {.group = 1, .pid = 5000 - i};
        snprintf(text, sizeof(text), "program-%u", 5000 - i);
        m.name = board_add_string(b, text);
        m.path = board_add_string(b, i % 2 ? "/usr/bin/odd" : "/usr/bin/even");
        board_add_member(b, &m);
    }
    board_add_group(b, &(struct board_group){.index = 1});
    assert_int_equal(board_finish(b, &board), 0);
    size_t n, len;
    const struct board_member *m = board_members(board, &n);
    assert_int_equal(n, 5000);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(m[i].pid, i + 1);
        snprintf(text, sizeof(text), "program-%u", i + 1);
        assert_string_equal(at(board, m[i].name), text);
        assert_int_equal(m[i].path, m[i % 2].path);
    }
    const void *image = board_image(board, &len);
    const struct board *same;
    assert_int_equal(board_adopt(image, len, &same), 0);
    board_destroy(board);
}

static int setup(void **state)
{
    *state = board_builder_create();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    board_builder_destroy(*state);
    return 0;
}

#define WITH_BUILDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUILDER(rows_are_in_order_and_linked),
        WITH_BUILDER(equal_texts_share),
        WITH_BUILDER(texts_are_printable_and_bounded),
        WITH_BUILDER(an_empty_board_is_one),
        WITH_BUILDER(builder_begins_anew),
        WITH_BUILDER(every_cut_is_refused),
        WITH_BUILDER(no_flipped_byte_leads_astray),
        WITH_BUILDER(no_wild_number_leads_astray),
        WITH_BUILDER(what_cannot_be_is_refused),
        WITH_BUILDER(thousands_of_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
