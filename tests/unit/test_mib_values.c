#include "engine/engine.h"
#include "mib/columns.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct mib_value value_of(const struct table_image *image, const char *name,
                                 const void *row)
{
    const struct mib_column *column = mib_column_by_name(name);
    struct mib_value value;
    assert_non_null(column);
    assert_int_equal(mib_get_value(image, column, row, &value), 0);
    assert_int_equal(value.syntax, column->syntax);
    return value;
}

static struct table_image *finish(struct table_builder *b)
{
    struct table_image *image = NULL;
    assert_int_equal(table_finish(b, &image), 0);
    return image;
}

/* The bytes of the field that a value of this syntax is read from; 0 = 4 or 8. */
static const size_t field_sizes[] = {
    [MIB_INTEGER] = 4,   [MIB_TRUTH] = 4,   [MIB_GAUGE32] = 0, [MIB_COUNTER32] = 4,
    [MIB_COUNTER64] = 8, [MIB_GAUGE64] = 8, [MIB_STRING] = 4,  [MIB_DATETIME] = 8,
};

/* A row of zeros has a value in every column, of the column's syntax. */
static void every_column_has_a_value_of_its_syntax(void **state)
{
    struct table_builder *b = *state;
    table_add_group(b, &(struct table_group){.index = 1, .have = UINT32_MAX});
    table_add_condition(
        b, &(struct table_condition){.group = 1, .index = 1, .have = UINT32_MAX});
    table_add_member(b, &(struct table_member){.group = 1, .pid = 1, .state = 'S'});
    table_add_violation(b, &(struct table_violation){.number = 1});
    struct table_image *image = finish(b);
    const void *rows[MIB_TABLES] = {
        [MIB_SCALARS] = table_scalars(image),
        [MIB_GROUPS] = table_groups(image, NULL),
        [MIB_CONDITIONS] = table_conditions(image, NULL),
        [MIB_MEMBERS] = table_members(image, NULL),
        [MIB_VIOLATIONS] = table_violations(image, NULL),
    };
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            struct mib_value value;
            memset(&value, 0x55, sizeof(value));
            size_t want = field_sizes[columns[i].syntax];
            assert_int_equal(columns[i].table, t);
            assert_true(columns[i].size == want ||
                        (!want && (columns[i].size == 4 || columns[i].size == 8)));
            assert_int_equal(columns[i].number, i + 1);
            assert_ptr_equal(mib_column((enum mib_table)t, columns[i].number),
                             &columns[i]);
            assert_ptr_equal(mib_column_by_name(columns[i].name), &columns[i]);
            assert_int_equal(mib_get_value(image, &columns[i], rows[t], &value), 0);
            assert_int_equal(value.syntax, columns[i].syntax);
        }
        assert_null(mib_column((enum mib_table)t, 0));
        assert_null(mib_column((enum mib_table)t, (uint32_t)n + 1));
    }
    assert_null(mib_column_by_name("procGroupNothing"));
    table_destroy(image);
}

static void gauges_saturate_and_counters_wrap(void **state)
{
    struct table_builder *b = *state;
    uint64_t big = (1ull << 32) + 5;
    struct table_group g = {.index = 1, .have = UINT32_MAX, .rss_kib = big};
    g.swap_kib = UINT32_MAX;
    g.vsz_kib = UINT64_MAX;
    g.cpu_ms = UINT64_MAX;
    g.max = UINT32_MAX;
    g.starts = UINT32_MAX;
    table_add_group(b, &g);
    table_builder_scalars(b)->last_event = big;
    table_builder_event(b)->number = big;
    struct table_image *image = finish(b);
    const struct table_group *row = table_groups(image, NULL);
    assert_int_equal(value_of(image, "procGroupRss", row).number, UINT32_MAX);
    assert_int_equal(value_of(image, "procGroupSwap", row).number, UINT32_MAX);
    assert_int_equal(value_of(image, "procGroupVsz", row).number, UINT32_MAX);
    assert_int_equal(value_of(image, "procGroupMax", row).number, UINT32_MAX);
    assert_int_equal(value_of(image, "procGroupStarts", row).number, UINT32_MAX);
    assert_true(value_of(image, "procGroupCpuTime", row).number == UINT64_MAX);
    /* A receiver compares these two. */
    assert_int_equal(value_of(image, "procGroupEventNumber", NULL).number, 5);
    assert_int_equal(
        value_of(image, "procGroupAgentLastEvent", table_scalars(image)).number, 5);
    table_destroy(image);
}

/* The bit that a column needs; 0 for a column without holes. */
static uint32_t have_of(const char *name)
{
    static const struct {
        const char *name;
        uint32_t have;
    } holes[] = {
        {"procGroupSwap", TABLE_SWAP},         {"procGroupPss", TABLE_PSS},
        {"procGroupFds", TABLE_FDS},           {"procGroupFdUsage", TABLE_FDS},
        {"procGroupReadBytes", TABLE_IO},      {"procGroupWriteBytes", TABLE_IO},
        {"procGroupOldestStart", TABLE_TIMES}, {"procGroupYoungestStart", TABLE_TIMES},
        {"procGroupAdminUntil", TABLE_UNTIL},
    };
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
        if (strcmp(holes[i].name, name) == 0)
            return holes[i].have;
    return 0;
}

/* Rounded up; an end that has passed is not 0, which would be none. */
static void the_time_left_is_in_seconds(void **state)
{
    struct table_builder *b = *state;
    static const struct {
        int64_t until_ms;
        uint64_t left_s;
    } rows[] = {{0, 0},       {5000000, 1}, {4000000, 1},     {5000001, 1},
                {5001000, 1}, {5001001, 2}, {12200000, 7200}, {INT64_MAX / 2, 31622400}};
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        table_add_group(
            b, &(struct table_group){.index = i + 1, .until_ms = rows[i].until_ms});
    table_builder_scalars(b)->sampled_ms = 1;
    struct table_image *image = finish(b);
    const struct mib_source source = {image, NULL, 5000000};
    const struct mib_column *column = mib_column_by_name("procGroupAdminFor");
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mib_value value;
        const void *row = mib_row(image, MIB_GROUPS, &(uint32_t){i + 1});
        assert_int_equal(mib_get_aged(&source, column, row, &value), 0);
        assert_int_equal(value.number, rows[i].left_s);
    }
    table_destroy(image);
}

static void an_unmeasured_value_is_a_hole(void **state)
{
    struct table_builder *b = *state;
    struct mib_value value;
    size_t n;
    /* Rows 1, 2, 4, 8, 16 and 32 have one bit each; row 64 has none of them. */
    for (uint32_t bit = TABLE_SWAP; bit <= TABLE_UNTIL << 1; bit <<= 1)
        table_add_group(b, &(struct table_group){.index = bit, .have = bit});
    struct table_image *image = finish(b);
    const struct mib_column *columns = mib_columns(MIB_GROUPS, &n);
    for (size_t c = 0; c < n; c++) {
        uint32_t needs = have_of(columns[c].name);
        for (uint32_t bit = TABLE_SWAP; bit <= TABLE_UNTIL << 1; bit <<= 1)
            assert_int_equal(mib_get_value(image, &columns[c],
                                           mib_row(image, MIB_GROUPS, &(uint32_t){bit}),
                                           &value),
                             needs && needs != bit ? -ENODATA : 0);
    }
    table_destroy(image);
}

static void a_number_that_a_condition_lacks_is_a_hole(void **state)
{
    static const char *const columns[] = {"procGroupConditionValueMilli",
                                          "procGroupConditionLowMilli",
                                          "procGroupConditionHighMilli"};
    struct table_builder *b = *state;
    struct mib_value value;
    struct table_condition c = {.group = 1,
                                .value_milli = UINT64_MAX,
                                .low_milli = UINT64_MAX,
                                .high_milli = UINT64_MAX};
    for (c.have = 0; c.have < 8; c.have++) {
        c.index = c.have + 1;
        table_add_condition(b, &c);
    }
    struct table_image *image = finish(b);
    const struct table_condition *rows = table_conditions(image, NULL);
    for (uint32_t have = 0; have < 8; have++)
        for (uint32_t bit = 0; bit < 3; bit++) {
            int r = mib_get_value(image, mib_column_by_name(columns[bit]), &rows[have],
                                  &value);
            assert_int_equal(r, have >> bit & 1 ? 0 : -ENODATA);
            assert_true(r < 0 || value.number == UINT64_MAX);
        }
    table_destroy(image);
}

static void set_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

/* RFC 2579, DateAndTime: the example of 1992-05-26 13:30:15.0 -4:0, and others. */
static void dates_have_their_zone(void **state)
{
    struct table_builder *b = *state;
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
        table_builder_scalars(b)->started_ms = cases[i].ms;
        struct table_image *image = finish(b);
        set_zone(cases[i].zone);
        struct mib_value v =
            value_of(image, "procGroupAgentStartTime", table_scalars(image));
        struct mib_value copy = v; /* must not point into v */
        memset(&v, 0, sizeof(v));
        assert_null(copy.text);
        assert_int_equal(copy.len, cases[i].len);
        assert_memory_equal(copy.octets, cases[i].octets, cases[i].len);
        assert_int_equal(mib_parse_date(copy.octets, copy.len), cases[i].ms / 100 * 100);
        table_destroy(image);
    }
    set_zone("UTC0");
    /* Without a zone, with a wrong one, too short. */
    assert_int_equal(mib_parse_date("\x07\xea\x0b\x17\x0c\x35\0\0", 8), 0);
    assert_int_equal(mib_parse_date("\x07\xea\x0b\x17\x0c\x35\0\0x\0\0", 11), 0);
    assert_int_equal(mib_parse_date("\x07\xea\x0b\x17\x0c\x35\0\0+\x0f\0", 11), 0);
    assert_int_equal(mib_parse_date("", 0), 0);
}

static void enumerations_have_the_values_of_the_mib(void **state)
{
    struct table_builder *b = *state;
    static const struct {
        const char *module;
        int32_t enforcing;
        int64_t want;
    } cases[] = {
        {"selinux", 1, 1}, {"selinux", 0, 2}, {"none", 0, 3}, {"selinux", -1, 4}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct table_scalars *s = table_builder_scalars(b);
        s->module = table_add_string(b, cases[i].module);
        s->enforcing = cases[i].enforcing;
        s->notify_on = i % 2;
        s->sampled_ms = (int64_t)i;
        s->sample_state = (uint32_t)i - (i != 0);
        struct table_image *image = finish(b);
        const void *row = table_scalars(image);
        assert_int_equal(value_of(image, "procGroupAgentSecurityEnforcing", row).integer,
                         cases[i].want);
        assert_int_equal(
            value_of(image, "procGroupAgentNotificationsEnabled", row).integer,
            i % 2 ? 1 : 2);
        assert_int_equal(value_of(image, "procGroupAgentSampleState", row).integer,
                         i ? (int64_t)i : 4);
        table_destroy(image);
    }
}

static void texts_come_from_the_image(void **state)
{
    struct table_builder *b = *state;
    struct table_member m = {.group = 1, .pid = 5, .state = 'D'};
    m.cmdline = table_add_string(b, "a\x1b b");
    table_add_member(b, &m);
    struct table_image *image = finish(b);
    const struct table_member *row = table_members(image, NULL);
    struct mib_value v = value_of(image, "procGroupMemberCommandLine", row);
    assert_int_equal(v.len, 7);
    assert_memory_equal(v.text, "a\\x1b b", 7);
    v = value_of(image, "procGroupMemberState", row);
    assert_null(v.text);
    assert_int_equal(v.len, 1);
    assert_int_equal(v.octets[0], 'D');
    v = value_of(image, "procGroupMemberUnit", row);
    assert_int_equal(v.len, 0);
    table_destroy(image);
}

static void oids_are_below_the_root(void **state)
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
    assert_int_equal(mib_notification_oid(EVENT_RECOVERED, oid), n + 2);
    assert_memory_equal(oid, root, n * sizeof(*root));
    assert_int_equal(oid[n], 0);
    assert_int_equal(oid[n + 1], 2);
}

static void notifications_read_the_frozen_rows(void **state)
{
    struct table_builder *b = *state;
    struct table_group g = {.index = 7, .status = SEVERITY_CRITICAL};
    struct table_condition c = {.group = 7, .index = 2, .severity = SEVERITY_WARNING};
    struct mib_varbind vb[MIB_VARBINDS_MAX];
    struct mib_value v;
    g.name = table_add_string(b, "sshd");
    c.value = table_add_string(b, "0");
    table_add_group(b, &g);
    table_add_condition(b, &c);
    *table_builder_event(b) = (struct table_event){.number = 12, .time_ms = 1};
    struct table_image *image = finish(b);
    assert_int_equal(mib_notification(image, EVENT_RAISED, vb), 10);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(mib_get_value(image, vb[i].column, vb[i].row, &v), 0);
        /* SNMPv1 traps cannot carry these. */
        assert_int_not_equal(v.syntax, MIB_COUNTER64);
        assert_int_not_equal(v.syntax, MIB_GAUGE64);
    }
    assert_int_equal(mib_get_value(image, vb[0].column, vb[0].row, &v), 0);
    assert_int_equal(v.number, 12);
    assert_int_equal(mib_get_value(image, vb[2].column, vb[2].row, &v), 0);
    assert_memory_equal(v.text, "sshd", 5);
    assert_int_equal(mib_get_value(image, vb[4].column, vb[4].row, &v), 0);
    assert_int_equal(v.integer, SEVERITY_WARNING);
    assert_int_equal(mib_get_value(image, vb[5].column, vb[5].row, &v), 0);
    assert_int_equal(v.integer, SEVERITY_CRITICAL);
    assert_int_equal(mib_notification(image, 0, vb), 0);
    assert_int_equal(mib_notification(image, EVENT_REMINDED + 1, vb), 0);
    assert_int_equal(mib_notification(image, UINT32_MAX, vb), 0);
    table_destroy(image);
}

static void events_without_rows_carry_their_message(void **state)
{
    struct table_builder *b = *state;
    struct mib_varbind vb[MIB_VARBINDS_MAX];
    struct mib_value v;
    table_builder_scalars(b)->config_message = table_add_string(b, "lost 3");
    struct table_image *image = finish(b);
    assert_int_equal(mib_notification(image, EVENT_STARTED, vb), 3);
    assert_int_equal(mib_notification(image, EVENT_RESYNCED, vb), 3);
    assert_int_equal(mib_notification(image, EVENT_STALE, vb), 3);
    assert_int_equal(mib_notification(image, EVENT_FRESH, vb), 3);
    assert_null(vb[2].row);
    assert_int_equal(mib_get_value(image, vb[2].column, vb[2].row, &v), 0);
    assert_memory_equal(v.text, "lost 3", 7);
    /* A violation needs its rows. */
    assert_int_equal(mib_notification(image, EVENT_RAISED, vb), 0);
    table_destroy(image);
}

static int64_t aged(const struct table_image *image, const struct table_age *age,
                    const char *name, const void *row)
{
    const struct mib_source source = {image, age, 0};
    struct mib_value value;
    int r = mib_get_aged(&source, mib_column_by_name(name), row, &value);
    return r < 0 ? r : value.integer + (int64_t)value.number;
}

/* Nothing that a scan measures has a value; what was switched off cannot be unknown. */
static void a_stale_image_is_unknown(void **state)
{
    static const uint32_t states[] = {TABLE_CONDITION_OK, TABLE_CONDITION_OFF,
                                      TABLE_CONDITION_UNKNOWN};
    struct table_builder *b = *state;
    struct table_age age = {.ms = 9000, .since_ms = 9000};
    table_add_group(
        b, &(struct table_group){.index = 1, .min = 3, .count = 4, .changed_ms = 1000});
    table_add_group(
        b, &(struct table_group){.index = 2, .admin = GROUP_OFF, .changed_ms = 2000});
    table_add_group(b, &(struct table_group){
                           .index = 3, .status = SEVERITY_UNKNOWN, .changed_ms = 3000});
    for (uint32_t i = 0; i < 3; i++)
        table_add_condition(b, &(struct table_condition){.group = i + 1,
                                                         .index = 1,
                                                         .state = states[i],
                                                         .since_ms = 1000 * (i + 1)});
    struct table_image *image = finish(b);
    const struct table_group *g = table_groups(image, NULL);
    const struct table_condition *c = table_conditions(image, NULL);
    assert_int_equal(aged(image, &age, "procGroupAgentSampleAge", NULL), 9000);
    assert_int_equal(aged(image, NULL, "procGroupAgentSampleAge", NULL), 0);
    assert_int_equal(aged(image, &age, "procGroupAgentSampleState", NULL), 4);
    assert_int_equal(aged(image, &age, "procGroupStatus", g), SEVERITY_OK);
    assert_int_equal(aged(image, &age, "procGroupLastChange", g), 1000);
    assert_int_equal(aged(image, &age, "procGroupConditionSince", c), 1000);
    assert_int_equal(aged(image, &age, "procGroupCount", g), 4);
    age.stale = true;
    strcpy(age.text, "no scan");
    assert_int_equal(aged(image, &age, "procGroupAgentSampleState", NULL), 5);
    assert_int_equal(aged(image, &age, "procGroupStatus", g), SEVERITY_UNKNOWN);
    assert_int_equal(aged(image, &age, "procGroupStatus", g + 1), SEVERITY_OK);
    assert_int_equal(aged(image, &age, "procGroupCount", g), -ENODATA);
    assert_int_equal(aged(image, &age, "procGroupCpuTime", g), -ENODATA);
    assert_int_equal(aged(image, &age, "procGroupMin", g), 3);
    assert_int_equal(aged(image, &age, "procGroupConditionState", c), 3);
    assert_int_equal(aged(image, &age, "procGroupConditionState", c + 1), 4);
    /* It has changed when the image became stale; what was unknown has not. */
    assert_int_equal(aged(image, &age, "procGroupLastChange", g), 9000);
    assert_int_equal(aged(image, &age, "procGroupLastChange", g + 1), 2000);
    assert_int_equal(aged(image, &age, "procGroupLastChange", g + 2), 3000);
    assert_int_equal(aged(image, &age, "procGroupConditionSince", c), 9000);
    assert_int_equal(aged(image, &age, "procGroupConditionSince", c + 1), 2000);
    assert_int_equal(aged(image, &age, "procGroupConditionSince", c + 2), 3000);
    assert_int_equal(aged(image, &age, "procGroupValue", c), -ENODATA);
    const struct mib_source source = {image, &age, 0};
    struct mib_value v;
    mib_get_aged(&source, mib_column_by_name("procGroupMessage"), g, &v);
    assert_memory_equal(v.text, "no scan", v.len);
    mib_get_aged(&source, mib_column_by_name("procGroupMessage"), g + 1, &v);
    assert_int_equal(v.len, 0);
    size_t n;
    const struct mib_column *members = mib_columns(MIB_MEMBERS, &n);
    for (size_t i = 0; i < n; i++)
        assert_true(mib_is_hole(&members[i], &age));
    table_destroy(image);
}

static int setup(void **state)
{
    set_zone("UTC0");
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
        WITH_BUILDER(every_column_has_a_value_of_its_syntax),
        WITH_BUILDER(gauges_saturate_and_counters_wrap),
        WITH_BUILDER(an_unmeasured_value_is_a_hole),
        WITH_BUILDER(the_time_left_is_in_seconds),
        WITH_BUILDER(a_number_that_a_condition_lacks_is_a_hole),
        WITH_BUILDER(dates_have_their_zone),
        WITH_BUILDER(enumerations_have_the_values_of_the_mib),
        WITH_BUILDER(texts_come_from_the_image),
        WITH_BUILDER(oids_are_below_the_root),
        WITH_BUILDER(notifications_read_the_frozen_rows),
        WITH_BUILDER(events_without_rows_carry_their_message),
        WITH_BUILDER(a_stale_image_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
