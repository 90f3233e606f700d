#include "monitor/agent_table.h"

#include "mib/columns.h"

#include <string.h>

/* Columns of PROCGROUP-MIB by name: numbers and types come from the table in src/mib that
 * the agent uses too. */
struct named_column {
    enum field field;
    const char *name;
};
static const struct named_column group_columns[] = {
    {FIELD_NAME, "procGroupName"},
    {FIELD_STATUS, "procGroupStatus"},
    {FIELD_COUNT, "procGroupCount"},
    {FIELD_MIN, "procGroupMin"},
    {FIELD_MAX, "procGroupMax"},
    {FIELD_MESSAGE, "procGroupMessage"},
    {FIELD_ADMIN, "procGroupAdminStatus"},
    {FIELD_PENDING, "procGroupPending"},
    {FIELD_UNDECIDED, "procGroupUndecided"},
    {FIELD_CPU, "procGroupCpu"},
    {FIELD_USER, "procGroupUser"},
    {FIELD_CONTEXT, "procGroupContext"},
};
static const struct named_column condition_columns[] = {
    {FIELD_NAME, "procGroupConditionName"},
    {FIELD_METRIC, "procGroupConditionMetric"},
    {FIELD_STATE, "procGroupConditionState"},
    {FIELD_STATUS, "procGroupSeverity"},
    {FIELD_LIMIT, "procGroupLimit"},
    {FIELD_MESSAGE, "procGroupConditionMessage"},
    {FIELD_EACH, "procGroupConditionEach"},
    {FIELD_SINCE, "procGroupConditionSince"},
    {FIELD_COUNT, "procGroupConditionViolations"},
    {FIELD_VALUE, "procGroupConditionValueMilli"},
    {FIELD_LOW, "procGroupConditionLowMilli"},
    {FIELD_HIGH, "procGroupConditionHighMilli"},
    {FIELD_UNIT, "procGroupConditionUnit"},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* UCD-SNMP-MIB, prEntry 1.3.6.1.4.1.2021.2.1 */
static const struct agent_table ucd = {
    .name = "prTable",
    .absent =
        "the agent has no prTable (no proc line in its snmpd.conf, or a view hides it)",
    .entry = {{1, 3, 6, 1, 4, 1, 2021, 2, 1}, 9},
    .n_index = 1,
    .n_columns = 6,
    .columns = {{FIELD_NAME, "prNames", 2, true, false},
                {FIELD_STATUS, "prErrorFlag", 100, false, false},
                {FIELD_COUNT, "prCount", 5, false, false},
                {FIELD_MIN, "prMin", 3, false, false},
                {FIELD_MAX, "prMax", 4, false, false},
                {FIELD_MESSAGE, "prErrMessage", 101, true, false}},
};

/* RFC 2790, hrSWRunEntry 1.3.6.1.2.1.25.4.2.1 */
static const struct agent_table hostres = {
    .name = "hrSWRunTable",
    .absent = "the agent has no hrSWRunTable, or a view hides it",
    .entry = {{1, 3, 6, 1, 2, 1, 25, 4, 2, 1}, 10},
    .n_index = 1,
    .n_columns = 3,
    .columns = {{FIELD_NAME, "hrSWRunName", 2, true, false},
                {FIELD_STATUS, "hrSWRunStatus", 7, false, false},
                {FIELD_PATH, "hrSWRunPath", 4, true, false}},
};

static void make_oid(enum mib_table table, struct object_id *ret_oid)
{
    uint32_t arcs[MIB_OID_MAX];
    ret_oid->len = mib_prefix(table, arcs);
    for (size_t i = 0; i < ret_oid->len; i++)
        ret_oid->arcs[i] = arcs[i];
}

static void make_scalar(const char *name, struct object_id *ret_oid)
{
    make_oid(MIB_SCALARS, ret_oid);
    ret_oid->arcs[ret_oid->len++] = mib_column_by_name(name)->number;
}

static void make_columns(const struct named_column *columns, size_t n,
                         struct agent_table *s)
{
    s->n_columns = n;
    for (size_t i = 0; i < n; i++) {
        const struct mib_column *c = mib_column_by_name(columns[i].name);
        bool date = c->syntax == MIB_DATETIME;
        s->columns[i] = (struct agent_column){columns[i].field, c->name, c->number,
                                              c->syntax == MIB_STRING || date, date};
    }
}

static void make_groups(struct agent_table *ret_source)
{
    struct agent_table s = {
        .name = "procGroupTable",
        .absent = "procgroupd is not registered with the agent, or a view hides it",
        .n_index = mib_index_len(MIB_GROUPS)};
    make_oid(MIB_GROUPS, &s.entry);
    make_scalar("procGroupAgentSampleState", &s.presence);
    make_scalar("procGroupAgentGroups", &s.total);
    make_scalar("procGroupAgentSampleTime", &s.time);
    make_scalar("procGroupAgentSampleAge", &s.age);
    make_columns(group_columns, COUNT(group_columns), &s);
    *ret_source = s;
}

/* They are read after the groups, which have a scalar. */
static void make_conditions(struct agent_table *ret_source)
{
    struct agent_table s = {.name = "procGroupConditionTable",
                            .absent = "the agent has no procGroupConditionTable",
                            .n_index = mib_index_len(MIB_CONDITIONS)};
    make_oid(MIB_CONDITIONS, &s.entry);
    make_columns(condition_columns, COUNT(condition_columns), &s);
    *ret_source = s;
}

void agent_table_make(enum agent_table_kind kind, struct agent_table *ret_source)
{
    if (kind == AGENT_TABLE_PROCGROUP)
        make_groups(ret_source);
    else if (kind == AGENT_TABLE_CONDITIONS)
        make_conditions(ret_source);
    else
        *ret_source = kind == AGENT_TABLE_UCD ? ucd : hostres;
}
