#include "base/buf.h"
#include "base/diag.h"
#include "heap.h"
#include "state/internal.h"
#include "state/state_store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct group_admin_term no_term = {.reason = ""};

/* 0 = none is free. */
static uint32_t row_index(struct state_store *store, const char *name)
{
    uint32_t index = 0;
    int r = state_group_index(store, name, &index);
    assert_true(r == 0 || (r == -ENOSPC && !index));
    return index;
}

static uint32_t condition_index(struct state_store *store, const char *group,
                                const char *condition)
{
    uint32_t index = 0;
    int r = state_condition_index(store, group, condition, &index);
    assert_true(r == 0 || (r == -ENOSPC && !index));
    return index;
}

static struct buf written(struct state_store *store, bool final)
{
    struct buf text = {0};
    assert_int_equal(state_format(store, final, &text), 0);
    return text;
}

static struct state_store *read_back(const struct buf *text)
{
    struct state_store *store = state_create();
    struct diag *diag = diag_create();
    assert_non_null(store);
    assert_int_equal(state_parse(store, text->data, text->len, "state", diag), 0);
    assert_int_equal(diag_count(diag), 0);
    diag_destroy(diag);
    return store;
}

/* The store after a stop or a crash, and a start. */
static void restart(struct state_store **store, bool final)
{
    struct buf text = written(*store, final);
    state_destroy(*store);
    *store = read_back(&text);
    buf_free(&text);
}

/* Texts with a correct sum and wrong lines. */
static void add_sum(struct buf *text)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < text->len; i++)
        sum = (sum ^ (unsigned char)text->data[i]) * 16777619u;
    buf_printf(text, "sum %08x\n", sum);
}

static void index_stays_with_its_name(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    assert_int_equal(row_index(l, "a"), 1);
    assert_int_equal(row_index(l, "b"), 2);
    assert_int_equal(row_index(l, "a"), 1);
    restart(&l, true);
    assert_int_equal(row_index(l, "c"), 3);
    assert_int_equal(row_index(l, "b"), 2);
    assert_string_equal(state_name(l, 1), "a");
    assert_string_equal(state_name(l, 3), "c");
    assert_null(state_name(l, 4));
    assert_null(state_name(l, 0));
    state_destroy(l);
}

static void conditions_have_indexes_within_their_group(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    assert_int_equal(condition_index(l, "a", "count"), 1);
    assert_int_equal(condition_index(l, "a", "rss"), 2);
    assert_int_equal(condition_index(l, "b", "rss"), 1);
    restart(&l, false);
    assert_int_equal(condition_index(l, "a", "new"), 3);
    assert_int_equal(condition_index(l, "a", "rss"), 2);
    assert_int_equal(condition_index(l, "b", "rss"), 1);
    assert_int_equal(row_index(l, "b"), 2);
    state_destroy(l);
}

static void switches_are_kept(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    assert_true(state_notify_on(l));
    assert_int_equal(state_admin(l, "a"), GROUP_MONITORED);
    assert_int_equal(state_set_admin(l, "a", GROUP_MAINTENANCE, &no_term), 0);
    assert_int_equal(state_set_admin(l, "b", GROUP_OFF, &no_term), 0);
    state_set_notify(l, false);
    restart(&l, true);
    assert_false(state_notify_on(l));
    assert_int_equal(state_admin(l, "a"), GROUP_MAINTENANCE);
    assert_int_equal(state_admin(l, "b"), GROUP_OFF);
    assert_int_equal(state_admin(l, "unheard of"), GROUP_MONITORED);
    state_destroy(l);
}

static void check_term(const struct state_store *l, const char *name, int64_t until_ms,
                       const char *reason)
{
    struct group_admin_term term = state_admin_term(l, name);
    assert_int_equal(term.until_ms, until_ms);
    assert_string_equal(term.reason, reason);
}

/* Only a file with a term has version 2. */
static void terms_are_kept(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    const struct group_admin_term until = {1700000000000, "a \\ b"};
    const struct group_admin_term why = {0, "why"};
    assert_int_equal(condition_index(l, "a", "count"), 1);
    assert_int_equal(row_index(l, "b"), 2);
    check_term(l, "a", 0, "");
    struct buf text = written(l, false);
    assert_int_equal(strncmp(buf_text(&text), "procgroup-state 1\n", 18), 0);
    buf_free(&text);
    assert_int_equal(state_set_admin(l, "a", GROUP_MAINTENANCE, &until), 0);
    assert_true(state_is_dirty(l));
    assert_int_equal(state_set_admin(l, "b", GROUP_OFF, &why), 0);
    text = written(l, false);
    assert_int_equal(strncmp(buf_text(&text), "procgroup-state 2\n", 18), 0);
    buf_free(&text);
    assert_int_equal(state_set_admin(l, "b", GROUP_OFF, &why), 0);
    assert_false(state_is_dirty(l));
    restart(&l, true);
    assert_int_equal(state_admin(l, "a"), GROUP_MAINTENANCE);
    check_term(l, "a", 1700000000000, "a \\ b");
    check_term(l, "b", 0, "why");
    assert_int_equal(condition_index(l, "a", "count"), 1);
    assert_int_equal(state_set_admin(l, "a", GROUP_MAINTENANCE, &no_term),
                     0); /* without an end */
    assert_true(state_is_dirty(l));
    assert_int_equal(state_set_admin(l, "b", GROUP_MONITORED, &no_term), 0);
    restart(&l, true);
    check_term(l, "a", 0, "");
    check_term(l, "b", 0, "");
    state_destroy(l);
}

static void queries_change_nothing(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    struct buf text;
    assert_false(state_is_dirty(l));
    assert_int_equal(state_admin(l, "a"), GROUP_MONITORED);
    assert_false(state_is_dirty(l));
    row_index(l, "a");
    assert_true(state_is_dirty(l));
    text = written(l, false);
    buf_free(&text);
    assert_false(state_is_dirty(l));
    row_index(l, "a");
    state_set_notify(l, true);
    assert_int_equal(state_set_admin(l, "a", GROUP_MONITORED, &no_term), 0);
    assert_false(state_is_dirty(l));
    state_set_notify(l, false);
    assert_true(state_is_dirty(l));
    state_destroy(l);
}

/* The file is written before a number of a new block is used. After a crash no number is
 * used twice, and an orderly stop skips none. */
static void event_numbers_are_never_repeated(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    struct buf file = written(l, false);
    uint64_t last = 0;
    for (int run = 0; run < 20; run++) {
        for (int i = 0; i < 995 + run; i++) {
            uint64_t number = state_coming_event(l);
            assert_int_equal(state_next_event(l), number);
            if (state_is_dirty(l)) {
                buf_free(&file);
                file = written(l, false);
            }
            /* The SNMP process may have used the one after the last. */
            assert_true(number > last + (last && !i));
            if (i)
                assert_int_equal(number, last + 1);
            last = number;
        }
        state_destroy(l); /* a crash */
        l = read_back(&file);
    }
    last = state_next_event(l);
    restart(&l, true);
    assert_int_equal(state_next_event(l), last + 1);
    assert_true(state_is_dirty(l));
    buf_free(&file);
    state_destroy(l);
}

/* A stop that was cancelled: numbers after it are reserved again. */
static void numbers_after_a_final_text_are_reserved_again(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    state_next_event(l);
    struct buf text = written(l, true);
    buf_free(&text);
    assert_false(state_is_dirty(l));
    assert_int_equal(state_next_event(l), 2);
    assert_true(state_is_dirty(l));
    state_destroy(l);
}

static void any_name_survives(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        " ",
        "two words",
        "new\nline",
        "group 7 1 forged\nevent 1",
        "tab\t",
        "back\\slash",
        "\\x41",
        "\x01\x7f\xff\xc3",
        "gr\xc3\xbc\xc3\x9f",
        "ends in blank ",
    };
    size_t n = sizeof(names) / sizeof(names[0]);
    struct state_store *l = state_create();
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(row_index(l, names[i]), i + 1);
        assert_int_equal(condition_index(l, names[i], names[n - 1 - i]), 1);
    }
    restart(&l, true);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(state_name(l, (uint32_t)i + 1), names[i]);
        assert_int_equal(row_index(l, names[i]), i + 1);
        assert_int_equal(condition_index(l, names[i], names[n - 1 - i]), 1);
    }
    assert_false(state_is_dirty(l));
    assert_int_equal(row_index(l, "next"), n + 1);
    state_destroy(l);
}

static void thousands_of_names(void **state)
{
    (void)state;
    struct state_store *l = state_create();
    char name[32];
    for (uint32_t i = 1; i <= 20000; i++) {
        snprintf(name, sizeof(name), "group-%u", i);
        assert_int_equal(row_index(l, name), i);
    }
    restart(&l, true);
    for (uint32_t i = 20000; i >= 1; i--) {
        snprintf(name, sizeof(name), "group-%u", i);
        assert_int_equal(row_index(l, name), i);
        assert_string_equal(state_name(l, i), name);
    }
    state_destroy(l);
}

static struct state_store *sample(void)
{
    struct state_store *l = state_create();
    row_index(l, "postfix-master");
    condition_index(l, "sshd", "count");
    condition_index(l, "sshd", "rss");
    state_set_admin(l, "sshd", GROUP_OFF, &no_term);
    state_next_event(l);
    return l;
}

/* New names one after the other, as processes can make them for a template. */
static void names_without_rows_are_limited(void **state)
{
    (void)state;
    enum { MADE_UP = 50000, KEPT = 10000 };
    char name[32];
    struct buf text = {0};
    struct state_store *l = state_create();
    uint32_t fixed = row_index(l, "fixed");
    uint32_t off = row_index(l, "off");
    assert_int_equal(state_set_admin(l, "off", GROUP_OFF, &no_term), 0);
    state_retire(l, "off");
    state_retire(l, "never seen");
    for (unsigned i = 0; i < MADE_UP; i++) {
        snprintf(name, sizeof(name), "made-up-%u", i);
        assert_int_equal(row_index(l, name), 3 + i);
        assert_int_not_equal(condition_index(l, name, "count"), 0);
        state_retire(l, name);
    }
    for (int restarted = 0; restarted < 2; restarted++) {
        assert_int_equal(state_format(l, true, &text), 0);
        assert_true(text.len < KEPT * 64);
        buf_clear(&text);
        assert_int_equal(row_index(l, "fixed"), fixed);
        assert_int_equal(row_index(l, "off"), off);
        assert_int_equal(state_admin(l, "off"), GROUP_OFF);
        /* The last ones are kept; the index of a forgotten name is not assigned to
         * another. */
        snprintf(name, sizeof(name), "made-up-%u", MADE_UP - 1);
        assert_int_equal(row_index(l, name), MADE_UP + 2);
        state_retire(l, name);
        restart(&l, true);
    }
    assert_null(state_name(l, 3));
    assert_true(row_index(l, "made-up-0") > MADE_UP + 2);
    buf_free(&text);
    state_destroy(l);
}

static void assert_refused(const char *text, size_t len, unsigned line)
{
    struct state_store *l = state_create();
    struct diag *diag = diag_create();
    /* An exact copy: sanitizers find a read beyond it. */
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    assert_int_equal(state_parse(l, copy, len, "state", diag), -EINVAL);
    assert_int_equal(diag_count(diag), 1);
    assert_string_equal(diag_get(diag, 0).file, "state");
    if (line)
        assert_int_equal(diag_get(diag, 0).line, line);
    assert_true(diag_get(diag, 0).line > 0);
    assert_int_equal(row_index(l, "new"), 1);
    assert_int_equal(state_next_event(l), 1);
    assert_true(state_notify_on(l));
    free(copy);
    diag_destroy(diag);
    state_destroy(l);
}

/* If lines of groups are missing, their indexes are not assigned again. */
static void the_next_index_is_kept(void **state)
{
    (void)state;
    struct buf text = {0};
    buf_append_text(&text, "procgroup-state 1\nindex 17\ngroup 3 1 a\n");
    add_sum(&text);
    struct state_store *l = read_back(&text);
    restart(&l, false);
    assert_int_equal(row_index(l, "new"), 17);
    assert_int_equal(row_index(l, "a"), 3);
    buf_free(&text);
    state_destroy(l);
}

/* A store of few indexes, as one of 2^31 is after years or a flood of names. */
static struct state_store *with_indexes(uint32_t max)
{
    struct state_store *l = state_create();
    l->max_index = max;
    return l;
}

static void indexes_are_used_again_only_at_the_end(void **state)
{
    (void)state;
    struct state_store *l = with_indexes(5);
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(row_index(l, names[i]), i + 1);
        if (i == 1 || i == 3)
            state_retire(l, names[i]); /* b, then d */
    }
    state_retire(l, "a");
    assert_false(state_reuses_indexes(l));
    struct buf text = written(l, false); /* not dirty */
    buf_free(&text);
    assert_int_equal(row_index(l, "f"), 2); /* b is without a row the longest */
    assert_true(state_reuses_indexes(l));
    assert_true(state_is_dirty(l));
    assert_string_equal(state_name(l, 2), "f");
    assert_int_equal(row_index(l, "g"), 4); /* then d */
    assert_int_equal(row_index(l, "a"), 1); /* it is still its own */
    assert_int_equal(row_index(l, "b"), 0); /* and that of b is another's */
    assert_int_equal(state_set_admin(l, "b", GROUP_OFF, &no_term), -ENOSPC);
    state_retire(l, "c");
    assert_int_equal(row_index(l, "b"), 3);
    assert_string_equal(state_name(l, 3), "b");
    assert_int_equal(row_index(l, "e"), 5); /* a name with a row never loses its own */
    /* Nor does a name that has an admin status. */
    assert_int_equal(state_set_admin(l, "e", GROUP_OFF, &no_term), 0);
    state_retire(l, "e");
    assert_int_equal(row_index(l, "h"), 0);
    assert_int_equal(row_index(l, "e"), 5);
    state_destroy(l);
}

/* After the end the search goes on from where it was: what has become free is not used
 * at once, also after a restart. */
static void free_indexes_are_used_in_a_circle(void **state)
{
    (void)state;
    enum { MAX = 40000 };
    char name[32];
    struct state_store *l = with_indexes(MAX);
    assert_int_equal(row_index(l, "fixed"), 1);
    for (uint32_t i = 2; i < 3 * MAX; i++) {
        snprintf(name, sizeof(name), "made-up-%u", i);
        assert_int_equal(row_index(l, name), i <= MAX ? i : (i - 2) % (MAX - 1) + 2);
        assert_int_not_equal(condition_index(l, name, "count"), 0);
        state_retire(l, name);
        if (i % 9999 == 0) {
            restart(&l, i % 2);
            l->max_index = MAX;
            assert_int_equal(row_index(l, "fixed"), 1);
        }
    }
    state_destroy(l);
}

static struct state_store *store_of(const char *lines)
{
    struct buf text = {0};
    buf_printf(&text, "procgroup-state 1\n%s", lines);
    add_sum(&text);
    struct state_store *l = read_back(&text);
    buf_free(&text);
    return l;
}

/* Whatever the numbers are, each name gets an index of its own. */
static void a_file_from_the_future(void **state)
{
    (void)state;
    static const char *const files[] = {
        "index 2147483648\n",
        "index 2147483647\ngroup 2147483647 1 a\n",
        "group 2147483647 1 a\n",
        "index 2147483648\ngroup 2147483646 1 b\ngroup 2147483647 1 a\n",
        "index 1\ngroup 1 1 a\ngroup 2 1 b\n",
        "index 2\ngroup 3 1 a\ngroup 2 1 b\n",
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct state_store *l = store_of(files[i]);
        static const char *const names[] = {"a", "b", "c", "d"};
        for (int round = 0; round < 2; round++) {
            for (size_t n = 0; n < 4; n++) {
                uint32_t index = row_index(l, names[n]);
                assert_in_range(index, 1, STATE_INDEX_MAX);
                assert_string_equal(state_name(l, index), names[n]);
            }
            restart(&l, round);
        }
        state_destroy(l);
    }
}

static void indexes_of_conditions_end_too(void **state)
{
    (void)state;
    struct state_store *l = store_of("index 2\ngroup 1 1 a\ncondition 1 2147483647 x\n"
                                     "condition 1 2 y\n");
    assert_int_equal(condition_index(l, "a", "z"), 1);
    assert_int_equal(condition_index(l, "a", "more"), 3);
    assert_int_equal(condition_index(l, "a", "x"), 2147483647);
    state_destroy(l);
    l = with_indexes(2);
    assert_int_equal(condition_index(l, "a", "x"), 1);
    assert_int_equal(condition_index(l, "a", "y"), 2);
    assert_int_equal(condition_index(l, "a", "z"), 0);
    assert_int_equal(condition_index(l, "b", "z"), 1);
    state_destroy(l);
}

/* The MIB shows the low 32 bits, and they are the index of a row. */
static void no_event_number_is_zero_in_32_bits(void **state)
{
    (void)state;
    struct state_store *l = store_of("event 4294967295\n");
    assert_int_equal(state_next_event(l), 0xffffffff);
    assert_int_equal(state_next_event(l), 0x100000001);
    restart(&l, false);
    assert_true(state_next_event(l) > 0x100000001);
    state_destroy(l);
    l = store_of("event 9223372036854775807\n"); /* the highest that is accepted */
    assert_true(state_next_event(l) == INT64_MAX);
    assert_true(state_next_event(l) > INT64_MAX);
    state_destroy(l);
}

static void every_truncation_is_detected(void **state)
{
    (void)state;
    struct state_store *l = sample();
    struct buf text = written(l, false);
    for (size_t len = 0; len < text.len; len++)
        assert_refused(text.data, len, 0);
    buf_append(&text, "\n", 1);
    assert_refused(text.data, text.len, 0);
    buf_free(&text);
    state_destroy(l);
}

static void every_flipped_bit_is_detected(void **state)
{
    (void)state;
    struct state_store *l = sample();
    struct buf text = written(l, false);
    for (size_t i = 0; i < text.len * 8; i++) {
        text.data[i / 8] = (char)(text.data[i / 8] ^ (1 << i % 8));
        assert_refused(text.data, text.len, 0);
        text.data[i / 8] = (char)(text.data[i / 8] ^ (1 << i % 8));
    }
    struct state_store *again = read_back(&text);
    assert_int_equal(state_admin(again, "sshd"), GROUP_OFF);
    state_destroy(again);
    buf_free(&text);
    state_destroy(l);
}

/* Lines that the store never writes, with a correct sum. */
static void bad_lines_are_named(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "garbage",
        "event",
        "event x",
        "event 0",
        "event 1 2",
        "notify 2",
        "index 0",
        "group 1 1",
        "group 0 1 a",
        "group 1 4 a",
        "group 2147483648 1 a",
        "group 3 1 dup",
        "group 2 1 b",
        "group 1 1 \\y",
        "group 1 1 \\x0",
        "group 1 1 \\x00",
        "condition 2 1 again",
        "condition 2 2 count",
        "condition 3 1 orphan",
        "condition 2 0 zero",
        "event 18446744073709551615",
        "event 18446744073709551616",
        "event 9223372036854775808",
        "index 2147483649",
        "index 4294967297",
        "condition 2 2147483648 x",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct buf text = {0};
        buf_printf(&text, "procgroup-state 1\ngroup 2 1 dup\ncondition 2 1 count\n%s\n",
                   lines[i]);
        add_sum(&text);
        assert_refused(text.data, text.len, 4);
        buf_free(&text);
    }
}

static void a_last_line_without_newline_is_refused(void **state)
{
    (void)state;
    struct buf text = {0};
    buf_append_text(&text, "procgroup-state 1\nevent 7");
    add_sum(&text);
    assert_refused(text.data, text.len, 0);
    buf_free(&text);
}

static void another_version_is_reported(void **state)
{
    (void)state;
    struct buf text = {0};
    buf_append_text(&text, "procgroup-state 3\nevent 7\n");
    add_sum(&text);
    struct state_store *l = state_create();
    struct diag *diag = diag_create();
    assert_int_equal(state_parse(l, text.data, text.len, "state", diag), -EINVAL);
    assert_non_null(strstr(diag_get(diag, 0).text, "version"));
    assert_int_equal(diag_get(diag, 0).line, 1);
    diag_destroy(diag);
    state_destroy(l);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_stays_with_its_name),
        cmocka_unit_test(conditions_have_indexes_within_their_group),
        cmocka_unit_test(switches_are_kept),
        cmocka_unit_test(terms_are_kept),
        cmocka_unit_test(queries_change_nothing),
        cmocka_unit_test(event_numbers_are_never_repeated),
        cmocka_unit_test(numbers_after_a_final_text_are_reserved_again),
        cmocka_unit_test(any_name_survives),
        cmocka_unit_test(thousands_of_names),
        cmocka_unit_test(names_without_rows_are_limited),
        cmocka_unit_test(the_next_index_is_kept),
        cmocka_unit_test(indexes_are_used_again_only_at_the_end),
        cmocka_unit_test(free_indexes_are_used_in_a_circle),
        cmocka_unit_test(a_file_from_the_future),
        cmocka_unit_test(indexes_of_conditions_end_too),
        cmocka_unit_test(no_event_number_is_zero_in_32_bits),
        cmocka_unit_test(every_truncation_is_detected),
        cmocka_unit_test(every_flipped_bit_is_detected),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(a_last_line_without_newline_is_refused),
        cmocka_unit_test(another_version_is_reported),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
