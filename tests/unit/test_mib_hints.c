/* What PROCGROUP-MIB.txt says of 4294967295. */
#include "base/buf.h"
#include "base/file.h"
#include "mib/columns.h"

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
            if (columns[i].syntax != MIB_GAUGE32 || columns[i].size != 8)
                continue;
            char *text = definition(*state, columns[i].name, "OBJECT-TYPE");
            if (!strstr(text, LARGEST))
                fail_msg("%s does not say that it saturates", columns[i].name);
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_number_is_explained),
        cmocka_unit_test(columns_that_saturate_say_so),
    };
    return cmocka_run_group_tests_name("mib hints", tests, setup, teardown);
}
