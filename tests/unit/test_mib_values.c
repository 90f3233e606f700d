#include "mib/columns.h"
#include "watch/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct mib_value value_of(const struct board *board, const char *name,
                                 const void *row)
{
    const struct mib_column *column = mib_column_by_name(name);
    struct mib_value value;
    assert_non_null(column);
    assert_int_equal(column->get(board, row, &value), 0);
    assert_int_equal(value.syntax, column->syntax);
    return value;
}

static struct board *finish(struct board_builder *b)
{
    struct board *board = NULL;
    assert_int_equal(board_finish(b, &board), 0);
    return board;
}

/* Each column of a table gives a value of its own syntax from a row of zeros, or a hole.
 */
static void every_getter_keeps_its_syntax(void **state)
{
    struct board_builder *b = *state;
    board_add_group(b, &(struct board_group){.index = 1, .have = UINT32_MAX});
    board_add_condition(b, &(struct board_condition){.group = 1, .index = 1});
    board_add_member(b, &(struct board_member){.group = 1, .pid = 1, .state = 'S'});
    board_add_violation(b, &(struct board_violation){.number = 1});
    struct board *board = finish(b);
    const void *rows[MIB_TABLES] = {
        [MIB_SCALARS] = board_scalars(board),
        [MIB_GROUPS] = board_groups(board, NULL),
        [MIB_CONDITIONS] = board_conditions(board, NULL),
        [MIB_MEMBERS] = board_members(board, NULL),
        [MIB_VIOLATIONS] = board_violations(board, NULL),
    };
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            struct mib_value value;
            memset(&value, 0x55, sizeof(value));
            assert_int_equal(columns[i].table, t);
            assert_int_equal(columns[i].number, i + 1);
            assert_ptr_equal(mib_column((enum mib_table)t, columns[i].number),
                             &columns[i]);
            assert_ptr_equal(mib_column_by_name(columns[i].name), &columns[i]);
            assert_int_equal(columns[i].get(board, rows[t], &value), 0);
            assert_int_equal(value.syntax, columns[i].syntax);
        }
        assert_null(mib_column((enum mib_table)t, 0));
        assert_null(mib_column((enum mib_table)t, (uint32_t)n + 1));
    }
    assert_null(mib_column_by_name("procGroupNothing"));
    board_destroy(board);
}

static void gauges_saturate_and_counters_wrap(void **state)
{
    struct board_builder *b = *state;
    uint64_t big = (1ull << 32) + 5;
    struct board_group g = {.index = 1, .have = UINT32_MAX, .rss_kib = big};
    g.swap_kib = UINT32_MAX;
    g.vsz_kib = UINT64_MAX;
    g.cpu_ms = UINT64_MAX;
    g.max = UINT32_MAX;
    g.starts = UINT32_MAX;
    board_add_group(b, &g);
    board_builder_scalars(b)->last_event = big;
    board_builder_event(b)->number = big;
    struct board *board = finish(b);
    const struct board_group *row = board_groups(board, NULL);
    assert_int_equal(value_of(board, "procGroupRss", row).number, UINT32_MAX);
    assert_int_equal(value_of(board, "procGroupSwap", row).number, UINT32_MAX);
    assert_int_equal(value_of(board, "procGroupVsz", row).number, UINT32_MAX);
    assert_int_equal(value_of(board, "procGroupMax", row).number, UINT32_MAX);
    assert_int_equal(value_of(board, "procGroupStarts", row).number, UINT32_MAX);
    assert_true(value_of(board, "procGroupCpuTime", row).number == UINT64_MAX);
    /* A receiver compares the two. */
    assert_int_equal(value_of(board, "procGroupEventNumber", NULL).number, 5);
    assert_int_equal(
        value_of(board, "procGroupAgentLastEvent", board_scalars(board)).number, 5);
    board_destroy(board);
}

/* The bit that a column asks for, 0 for one that is always there. */
static uint32_t have_of(const char *name)
{
    static const struct {
        const char *name;
        uint32_t have;
    } holes[] = {
        {"procGroupSwap", BOARD_SWAP},         {"procGroupPss", BOARD_PSS},
        {"procGroupFds", BOARD_FDS},           {"procGroupFdUsage", BOARD_FDS},
        {"procGroupReadBytes", BOARD_IO},      {"procGroupWriteBytes", BOARD_IO},
        {"procGroupOldestStart", BOARD_TIMES}, {"procGroupYoungestStart", BOARD_TIMES},
    };
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
        if (strcmp(holes[i].name, name) == 0)
            return holes[i].have;
    return 0;
}

static void what_was_not_measured_is_a_hole(void **state)
{
    struct board_builder *b = *state;
    struct mib_value value;
    size_t n;
    /* Rows 1, 2, 4, 8, 16 have one bit each, row 32 none of these. */
    for (uint32_t bit = BOARD_SWAP; bit <= BOARD_TIMES << 1; bit <<= 1)
        board_add_group(b, &(struct board_group){.index = bit, .have = bit});
    struct board *board = finish(b);
    const struct mib_column *columns = mib_columns(MIB_GROUPS, &n);
    for (size_t c = 0; c < n; c++) {
        uint32_t needs = have_of(columns[c].name);
        for (uint32_t bit = BOARD_SWAP; bit <= BOARD_TIMES << 1; bit <<= 1)
            assert_int_equal(columns[c].get(board, board_find_group(board, bit), &value),
                             needs && needs != bit ? -ENODATA : 0);
    }
    board_destroy(board);
}

static void set_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

/* RFC 2579, DateAndTime: the example of 1992-05-26 13:30:15.0 -4:0, and others. */
static void dates_have_their_zone(void **state)
{
    struct board_builder *b = *state;
    static const struct {
        const char *zone;
        int64_t ms;
        size_t len;
        unsigned char octets[11];
    } cases[] = {
        {"EDT4", 706901415000, 11, {0x07, 0xc8, 5, 26, 13, 30, 15, 0, '-', 4, 0}},
        {"UTC0", 1795438380999, 11, {0x07, 0xea, 11, 23, 12, 53, 0, 9, '+', 0, 0}},
        {"IST-5:30", 1795438380450, 11, {0x07, 0xea, 11, 23, 18, 23, 0, 4, '+', 5, 30}},
        {"NST3:30", 1795438380000, 11, {0x07, 0xea, 11, 23, 9, 23, 0, 0, '-', 3, 30}},
        {"UTC0", 0, 8, {0}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        board_builder_scalars(b)->started_ms = cases[i].ms;
        struct board *board = finish(b);
        set_zone(cases[i].zone);
        struct mib_value v =
            value_of(board, "procGroupAgentStartTime", board_scalars(board));
        struct mib_value copy = v; /* no pointer into itself */
        memset(&v, 0, sizeof(v));
        assert_null(copy.text);
        assert_int_equal(copy.len, cases[i].len);
        assert_memory_equal(copy.octets, cases[i].octets, cases[i].len);
        board_destroy(board);
    }
    set_zone("UTC0");
}

static void enumerations_are_the_mibs(void **state)
{
    struct board_builder *b = *state;
    static const struct {
        const char *module;
        int32_t enforcing;
        int64_t want;
    } cases[] = {
        {"selinux", 1, 1}, {"selinux", 0, 2}, {"none", 0, 3}, {"selinux", -1, 4}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct board_scalars *s = board_builder_scalars(b);
        s->module = board_add_string(b, cases[i].module);
        s->enforcing = cases[i].enforcing;
        s->notify_on = i % 2;
        s->sampled_ms = (int64_t)i;
        s->sample_state = (uint32_t)i - (i != 0);
        struct board *board = finish(b);
        const void *row = board_scalars(board);
        assert_int_equal(value_of(board, "procGroupAgentSecurityEnforcing", row).integer,
                         cases[i].want);
        assert_int_equal(
            value_of(board, "procGroupAgentNotificationsEnabled", row).integer,
            i % 2 ? 1 : 2);
        assert_int_equal(value_of(board, "procGroupAgentSampleState", row).integer,
                         i ? (int64_t)i : 4);
        board_destroy(board);
    }
}

static void texts_come_from_the_board(void **state)
{
    struct board_builder *b = *state;
    struct board_member m = {.group = 1, .pid = 5, .state = 'D'};
    m.cmdline = board_add_string(b, "a\x1b b");
    board_add_member(b, &m);
    struct board *board = finish(b);
    const struct board_member *row = board_members(board, NULL);
    struct mib_value v = value_of(board, "procGroupMemberCommandLine", row);
    assert_int_equal(v.len, 7);
    assert_memory_equal(v.text, "a\\x1b b", 7);
    v = value_of(board, "procGroupMemberState", row);
    assert_null(v.text);
    assert_int_equal(v.len, 1);
    assert_int_equal(v.octets[0], 'D');
    v = value_of(board, "procGroupMemberUnit", row);
    assert_int_equal(v.len, 0);
    board_destroy(board);
}

static void oids_hang_below_the_root(void **state)
{
    (void)state;
    static const uint32_t want[MIB_TABLES][3] = {
        [MIB_SCALARS] = {1, 1},       [MIB_GROUPS] = {1, 2, 1},
        [MIB_CONDITIONS] = {1, 3, 1}, [MIB_MEMBERS] = {1, 4, 1},
        [MIB_VIOLATIONS] = {1, 5, 1}, [MIB_NOTIFY] = {1, 6},
    };
    size_t n;
    const uint32_t *root = mib_root(&n);
    uint32_t oid[MIB_OID_MAX];
    assert_true(n >= 7);
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t arcs = t == MIB_SCALARS || t == MIB_NOTIFY ? 2 : 3;
        assert_int_equal(mib_prefix((enum mib_table)t, oid), n + arcs);
        assert_memory_equal(oid, root, n * sizeof(*root));
        assert_memory_equal(oid + n, want[t], arcs * sizeof(*oid));
    }
    assert_int_equal(mib_notification_oid(TRANSITION_RECOVERED, oid), n + 2);
    assert_memory_equal(oid, root, n * sizeof(*root));
    assert_int_equal(oid[n], 0);
    assert_int_equal(oid[n + 1], 2);
}

static void notifications_read_the_frozen_rows(void **state)
{
    struct board_builder *b = *state;
    struct board_group g = {.index = 7, .status = SEVERITY_CRITICAL};
    struct board_condition c = {.group = 7, .index = 2, .severity = SEVERITY_WARNING};
    struct mib_varbind vb[MIB_VARBINDS_MAX];
    struct mib_value v;
    g.name = board_add_string(b, "sshd");
    c.value = board_add_string(b, "0");
    board_add_group(b, &g);
    board_add_condition(b, &c);
    *board_builder_event(b) = (struct board_event){.number = 12, .time_ms = 1};
    struct board *board = finish(b);
    assert_int_equal(mib_notification(board, TRANSITION_RAISED, vb), 10);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(vb[i].column->get(board, vb[i].row, &v), 0);
        assert_int_not_equal(v.syntax, MIB_COUNTER64); /* no SNMPv1 trap could have it */
    }
    assert_int_equal(vb[0].column->get(board, vb[0].row, &v), 0);
    assert_int_equal(v.number, 12);
    assert_int_equal(vb[2].column->get(board, vb[2].row, &v), 0);
    assert_memory_equal(v.text, "sshd", 5);
    assert_int_equal(vb[4].column->get(board, vb[4].row, &v), 0);
    assert_int_equal(v.integer, SEVERITY_WARNING);
    assert_int_equal(vb[5].column->get(board, vb[5].row, &v), 0);
    assert_int_equal(v.integer, SEVERITY_CRITICAL);
    assert_int_equal(mib_notification(board, 0, vb), 0);
    assert_int_equal(mib_notification(board, 5, vb), 0);
    assert_int_equal(mib_notification(board, UINT32_MAX, vb), 0);
    board_destroy(board);
}

static void notices_carry_their_sentence(void **state)
{
    struct board_builder *b = *state;
    struct mib_varbind vb[MIB_VARBINDS_MAX];
    struct mib_value v;
    board_builder_scalars(b)->config_message = board_add_string(b, "lost 3");
    struct board *board = finish(b);
    assert_int_equal(mib_notification(board, TRANSITION_STARTED, vb), 3);
    assert_int_equal(mib_notification(board, TRANSITION_RESYNCED, vb), 3);
    assert_null(vb[2].row);
    assert_int_equal(vb[2].column->get(board, vb[2].row, &v), 0);
    assert_memory_equal(v.text, "lost 3", 7);
    /* A violation without rows is none. */
    assert_int_equal(mib_notification(board, TRANSITION_RAISED, vb), 0);
    board_destroy(board);
}

static int setup(void **state)
{
    set_zone("UTC0");
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
        WITH_BUILDER(every_getter_keeps_its_syntax),
        WITH_BUILDER(gauges_saturate_and_counters_wrap),
        WITH_BUILDER(what_was_not_measured_is_a_hole),
        WITH_BUILDER(dates_have_their_zone),
        WITH_BUILDER(enumerations_are_the_mibs),
        WITH_BUILDER(texts_come_from_the_board),
        WITH_BUILDER(oids_hang_below_the_root),
        WITH_BUILDER(notifications_read_the_frozen_rows),
        WITH_BUILDER(notices_carry_their_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
