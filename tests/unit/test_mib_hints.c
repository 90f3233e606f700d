/* What PROCGROUP-MIB.txt says beside its objects: hints for tools that convert
 * notifications, and the meaning of 4294967295. */
#include "base/buf.h"
#include "base/file.h"
#include "engine/engine.h"
#include "mib/columns.h"
#include "rule/metrics.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LARGEST "4294967295"

static int setup(void **state)
{
    static struct buf text;
    *state = &text;
    return file_read_named("mibs/PROCGROUP-MIB.txt", 1000000, &text);
}

static int teardown(void **state)
{
    buf_free(*state);
    return 0;
}

/* The definition "NAME MACRO ...", up to its "::=". Free it. */
static char *definition(void *state, const char *name, const char *macro)
{
    char head[100];
    snprintf(head, sizeof(head), "\n%s %s\n", name, macro);
    const char *at = strstr(buf_text(state), head);
    if (!at)
        fail_msg("%s is not defined", name);
    const char *end = strstr(at, "\n    ::=");
    assert_non_null(end);
    return strndup(at, (size_t)(end - at));
}

/* "--#KEY value" of a definition, behind its DESCRIPTION, where snmpttconvertmib reads
 * it. Free it. */
static char *hint(const char *text, const char *key)
{
    char head[40];
    snprintf(head, sizeof(head), "\n    --#%s ", key);
    const char *at = strstr(strstr(text, "DESCRIPTION"), head);
    if (!at)
        fail_msg("no %s in %s", key, text);
    at += strlen(head);
    at += strspn(at, " ");
    return strndup(at, strcspn(at, "\n"));
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

static struct table_image *event_image(void)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    table_add_group(b, &(struct table_group){.index = 1});
    table_add_condition(b, &(struct table_condition){.group = 1, .index = 1});
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    return image;
}

/* The argument of the summary is the object that is the message. */
static void expect_hints(const char *text, const struct mib_varbind *varbinds, size_t n)
{
    static const char *const severities[] = {"CRITICAL", "WARNING", "NORMAL",
                                             "INFORMATIONAL", NULL};
    static const char *const states[] = {"OPERATIONAL", "DEGRADED", "NONOPERATIONAL",
                                         NULL};
    char *type = hint(text, "TYPE"), *summary = hint(text, "SUMMARY");
    char *arguments = hint(text, "ARGUMENTS");
    char *severity = hint(text, "SEVERITY"), *operates = hint(text, "STATE");
    unsigned argument;
    char end;
    assert_true(strlen(type) > 10);
    assert_string_equal(summary, "\"%s\"");
    assert_int_equal(sscanf(arguments, "{ %u %c", &argument, &end), 2);
    assert_int_equal(end, '}');
    assert_true(argument < n);
    const char *name = varbinds[argument].column->name;
    assert_string_equal(name + strlen(name) - strlen("Message"), "Message");
    assert_true(is_one_of(severity, severities));
    assert_true(is_one_of(operates, states));
    free(type);
    free(summary);
    free(arguments);
    free(severity);
    free(operates);
}

static void every_notification_has_hints(void **state)
{
    static const char macro[] = " NOTIFICATION-TYPE\n";
    struct table_image *image = event_image();
    uint32_t kind = 0;
    for (const char *at = buf_text(*state); (at = strstr(at, macro)); at++) {
        struct mib_varbind varbinds[MIB_VARBINDS_MAX];
        char end[60];
        snprintf(end, sizeof(end), "::= { procGroupNotifications %" PRIu32 " }\n",
                 ++kind);
        const char *is_at = strstr(at, "::=");
        assert_memory_equal(is_at, end, strlen(end));
        char *text = strndup(at, (size_t)(is_at - at));
        expect_hints(text, varbinds, mib_notification(image, kind, varbinds));
        free(text);
    }
    assert_int_equal(kind, EVENT_REMINDED);
    table_destroy(image);
}

/* Columns that can have this value, each of which says what it means there. */
static void the_largest_number_is_explained(void **state)
{
    static const char *const columns[] = {
        "procGroupAgentSampleDuration",
        "procGroupAgentSampleAge",
        "procGroupAgentLastEvent",
        "procGroupMin",
        "procGroupMax",
        "procGroupCpu",
        "procGroupUid",
        "procGroupGid",
        "procGroupCpuLifetime",
        "procGroupRss",
        "procGroupSwap",
        "procGroupVsz",
        "procGroupPss",
        "procGroupFdUsage",
        "procGroupConditionWindow",
        "procGroupConditionRecheck",
        "procGroupConditionMinAge",
        "procGroupMemberCpu",
        "procGroupMemberRss",
        "procGroupEventNumber",
    };
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        char *text = definition(*state, columns[i], "OBJECT-TYPE");
        assert_non_null(mib_column_by_name(columns[i]));
        if (!strstr(strstr(text, "DESCRIPTION"), LARGEST))
            fail_msg("%s does not say what " LARGEST " means", columns[i]);
        free(text);
    }
}

/* A 32-bit object whose field is larger saturates, and is in the list above. */
static void columns_that_saturate_say_so(void **state)
{
    for (int t = 0; t < MIB_NOTIFY; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        for (size_t i = 0; i < n; i++) {
            bool has_range = columns[i].max > 0 && columns[i].max < UINT32_MAX;
            if (columns[i].syntax != MIB_GAUGE32 || columns[i].size != 8 || has_range)
                continue;
            char *text = definition(*state, columns[i].name, "OBJECT-TYPE");
            if (!strstr(text, LARGEST))
                fail_msg("%s does not say that it saturates", columns[i].name);
            free(text);
        }
    }
}

/* procGroupConditionUnit names the units of all metrics. */
static void every_unit_is_explained(void **state)
{
    char *text = definition(*state, "procGroupConditionUnit", "OBJECT-TYPE");
    for (unsigned i = 0; i < METRIC_TOTAL; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        char word[20];
        snprintf(word, sizeof(word), " %s", info->unit);
        const char *at = strstr(text, word);
        while (at && !strchr(" ,;\n", at[strlen(word)]))
            at = strstr(at + 1, word);
        if (!at)
            fail_msg("the unit \"%s\" of %s is missing", info->unit, info->name);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_notification_has_hints),
        cmocka_unit_test(the_largest_number_is_explained),
        cmocka_unit_test(columns_that_saturate_say_so),
        cmocka_unit_test(every_unit_is_explained),
    };
    return cmocka_run_group_tests_name("mib hints", tests, setup, teardown);
}
