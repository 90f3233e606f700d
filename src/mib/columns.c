#include "mib/columns.h"

#include "config.h"
#include "model/control.h"

#include <string.h>

/* A row: sub-identifier, name, syntax, field of the row in the image, and what is special
 * about the column: INDEX, WRITABLE, MEASURED, VALUE, .have (the table has holes), .get
 * (computed). */
#define COLUMN(arc, object, type, ...)                                                   \
    {                                                                                    \
        .number = arc, .name = #object, .syntax = MIB_##type, __VA_ARGS__                \
    }
#define FIELD(row, field)                                                                \
    .offset = offsetof(struct row, field), .size = sizeof(((struct row *)NULL)->field)
#define SCALAR(field)    .table = MIB_SCALARS, FIELD(table_scalars, field)
#define GROUP(field)     .table = MIB_GROUPS, FIELD(table_group, field)
#define CONDITION(field) .table = MIB_CONDITIONS, FIELD(table_condition, field)
#define MEMBER(field)    .table = MIB_MEMBERS, FIELD(table_member, field), MEASURED
#define VIOLATION(field) .table = MIB_VIOLATIONS, FIELD(table_violation, field)
#define EVENT(field)                                                                     \
    .table = MIB_NOTIFY, FIELD(table_event, field), .access = MIB_NOTIFY_ONLY
#define INDEX               .access = MIB_NOT_ACCESSIBLE
#define MEASURED            .measured = true
#define VALUE               .measured = true, .is_value = true
#define WRITABLE(low, high) .access = MIB_READ_WRITE, .min = low, .max = high
#define FOR_MAX_S           (CONTROL_FOR_MAX_MS / 1000)

static bool is_stale(const struct mib_source *source)
{
    return source->age && source->age->stale;
}

/* enforcing(1), permissive(2), none(3), unknown(4) */
static void get_enforcing(const struct mib_source *source, const void *field,
                          struct mib_value *ret_value)
{
    const char *module =
        table_text(source->image, table_scalars(source->image)->module, NULL);
    int32_t enforcing = *(const int32_t *)field;
    if (enforcing < 0)
        ret_value->integer = 4;
    else if (!*module || module[0] == 'n')
        ret_value->integer = 3;
    else
        ret_value->integer = enforcing ? 1 : 2;
}

/* complete(1), partial(2), failed(3), none(4), stale(5) */
static void get_sample_state(const struct mib_source *source, const void *field,
                             struct mib_value *ret_value)
{
    int64_t state = *(const uint32_t *)field;
    ret_value->integer = table_scalars(source->image)->sampled_ms ? state + 1 : 4;
    if (is_stale(source))
        ret_value->integer = 5;
}

/* An Unsigned32 with the low 32 bits: a receiver compares it with the one of the other
 * object, so it does not saturate. */
static void get_event_number(const struct mib_source *source, const void *field,
                             struct mib_value *ret_value)
{
    (void)source;
    ret_value->number = *(const uint64_t *)field & UINT32_MAX;
}

/* The sentence of an event without rows. */
static void get_event_message(const struct mib_source *source, const void *field,
                              struct mib_value *ret_value)
{
    (void)field;
    ret_value->text = table_text(
        source->image, table_scalars(source->image)->config_message, &ret_value->len);
}

static void get_letter(const struct mib_source *source, const void *field,
                       struct mib_value *ret_value)
{
    (void)source;
    ret_value->octets[0] = (char)*(const uint32_t *)field;
    ret_value->len = 1;
}

/* In milliseconds; an image without an age is made at the time of the call. */
static void get_age(const struct mib_source *source, const void *field,
                    struct mib_value *ret_value)
{
    (void)field;
    ret_value->number = source->age ? source->age->ms : 0;
}

#define ROW_OF(type, member, field)                                                      \
    (const struct type *)(const void *)((const char *)(field)-offsetof(struct type,      \
                                                                       member))

static void get_group_status(const struct mib_source *source, const void *field,
                             struct mib_value *ret_value)
{
    const struct table_group *row = ROW_OF(table_group, status, field);
    ret_value->integer = table_aged_status(row, source->age);
}

static void get_last_change(const struct mib_source *source, const void *field,
                            struct mib_value *ret_value)
{
    const struct table_group *row = ROW_OF(table_group, changed_ms, field);
    ret_value->integer = table_aged_change(row, source->age);
}

static void get_condition_state(const struct mib_source *source, const void *field,
                                struct mib_value *ret_value)
{
    const struct table_condition *row = ROW_OF(table_condition, state, field);
    ret_value->integer = table_aged_state(row, source->age);
}

static void get_condition_since(const struct mib_source *source, const void *field,
                                struct mib_value *ret_value)
{
    const struct table_condition *row = ROW_OF(table_condition, since_ms, field);
    ret_value->integer = table_aged_since(row, source->age);
}

static void set_text(const struct mib_source *source, table_text_t text, bool off,
                     struct mib_value *ret_value)
{
    ret_value->text = source->age ? source->age->text : "";
    ret_value->len = strlen(ret_value->text);
    if (off || !is_stale(source))
        ret_value->text = table_text(source->image, text, &ret_value->len);
}

static void get_group_message(const struct mib_source *source, const void *field,
                              struct mib_value *ret_value)
{
    const struct table_group *row = ROW_OF(table_group, message, field);
    set_text(source, row->message, row->admin == GROUP_OFF, ret_value);
}

static void get_condition_message(const struct mib_source *source, const void *field,
                                  struct mib_value *ret_value)
{
    const struct table_condition *row = ROW_OF(table_condition, message, field);
    set_text(source, row->message, row->state == TABLE_CONDITION_OFF, ret_value);
}

/* Seconds until then, rounded up: as long as there is an end, it is not 0. */
static void get_admin_for(const struct mib_source *source, const void *field,
                          struct mib_value *ret_value)
{
    const struct table_group *row = ROW_OF(table_group, until_ms, field);
    int64_t now_ms =
        source->wall_ms ? source->wall_ms : table_scalars(source->image)->sampled_ms;
    int64_t left_s = (row->until_ms - now_ms + 999) / 1000;
    if (row->until_ms)
        ret_value->number = left_s < 1           ? 1
                            : left_s > FOR_MAX_S ? FOR_MAX_S
                                                 : (uint64_t)left_s;
}

static const struct mib_column scalars[] = {
    COLUMN(1, procGroupAgentVersion, STRING, SCALAR(version)),
    COLUMN(2, procGroupAgentStartTime, DATETIME, SCALAR(started_ms)),
    COLUMN(3, procGroupAgentCollector, STRING, SCALAR(source_name)),
    COLUMN(4, procGroupAgentSecurityModule, STRING, SCALAR(module)),
    COLUMN(5, procGroupAgentSecurityEnforcing, INTEGER, SCALAR(enforcing),
           .get = get_enforcing),
    COLUMN(6, procGroupAgentConfigFile, STRING, SCALAR(config_file)),
    COLUMN(7, procGroupAgentConfigLoaded, DATETIME, SCALAR(loaded_ms)),
    COLUMN(8, procGroupAgentConfigErrors, GAUGE32, SCALAR(config_errors)),
    COLUMN(9, procGroupAgentConfigMessage, STRING, SCALAR(config_message)),
    COLUMN(10, procGroupAgentSampleState, INTEGER, SCALAR(sample_state),
           .get = get_sample_state),
    COLUMN(11, procGroupAgentSamples, COUNTER32, SCALAR(sample_count)),
    COLUMN(12, procGroupAgentSampleTime, DATETIME, SCALAR(sampled_ms)),
    COLUMN(13, procGroupAgentSampleDuration, GAUGE32, SCALAR(sample_us)),
    COLUMN(14, procGroupAgentProcesses, GAUGE32, SCALAR(processes)),
    COLUMN(15, procGroupAgentUnreadable, GAUGE32, SCALAR(unreadable)),
    COLUMN(16, procGroupAgentEventsReceived, COUNTER32, SCALAR(events_received)),
    COLUMN(17, procGroupAgentEventsLost, COUNTER32, SCALAR(events_lost)),
    COLUMN(18, procGroupAgentGroups, GAUGE32, SCALAR(groups)),
    COLUMN(19, procGroupAgentViolations, GAUGE32, SCALAR(violations)),
    COLUMN(20, procGroupAgentLastEvent, GAUGE32, SCALAR(last_event),
           .get = get_event_number),
    COLUMN(21, procGroupAgentNotificationsSent, COUNTER32, SCALAR(sent)),
    COLUMN(22, procGroupAgentNotificationsQueued, GAUGE32, SCALAR(queued)),
    COLUMN(23, procGroupAgentNotificationsDropped, COUNTER32, SCALAR(dropped)),
    COLUMN(24, procGroupAgentNotificationsEnabled, TRUTH, SCALAR(notify_on),
           WRITABLE(1, 2)),
    COLUMN(25, procGroupAgentUnresponsive, GAUGE32, SCALAR(unresponsive)),
    COLUMN(26, procGroupAgentSnmpRestarts, COUNTER32, SCALAR(snmp_restarts)),
    COLUMN(27, procGroupAgentSampleAge, GAUGE32, SCALAR(sampled_run_ms), .get = get_age),
};

static const struct mib_column groups[] = {
    COLUMN(1, procGroupIndex, GAUGE32, GROUP(index), INDEX),
    COLUMN(2, procGroupName, STRING, GROUP(name)),
    COLUMN(3, procGroupStatus, INTEGER, GROUP(status), .get = get_group_status),
    COLUMN(4, procGroupCount, GAUGE32, GROUP(count), MEASURED),
    COLUMN(5, procGroupMin, GAUGE32, GROUP(min)),
    COLUMN(6, procGroupMax, GAUGE32, GROUP(max)),
    COLUMN(7, procGroupUser, STRING, GROUP(user), MEASURED),
    COLUMN(8, procGroupContext, STRING, GROUP(context), MEASURED),
    COLUMN(9, procGroupCpu, GAUGE32, GROUP(cpu), VALUE),
    COLUMN(10, procGroupMessage, STRING, GROUP(message), .get = get_group_message),
    COLUMN(11, procGroupDescription, STRING, GROUP(description)),
    COLUMN(12, procGroupAdminStatus, INTEGER, GROUP(admin),
           WRITABLE(GROUP_MONITORED, GROUP_OFF)),
    COLUMN(13, procGroupLastChange, DATETIME, GROUP(changed_ms), .get = get_last_change),
    COLUMN(14, procGroupPending, GAUGE32, GROUP(pending), MEASURED),
    COLUMN(15, procGroupUid, GAUGE32, GROUP(uid), MEASURED),
    COLUMN(16, procGroupGid, GAUGE32, GROUP(gid), MEASURED),
    COLUMN(17, procGroupPath, STRING, GROUP(path), MEASURED),
    COLUMN(18, procGroupSelector, STRING, GROUP(selector)),
    COLUMN(19, procGroupThreads, GAUGE32, GROUP(threads), VALUE),
    COLUMN(20, procGroupZombies, GAUGE32, GROUP(zombies), MEASURED),
    COLUMN(21, procGroupCpuLifetime, GAUGE32, GROUP(cpu_lifetime), VALUE),
    COLUMN(22, procGroupCpuTime, COUNTER64, GROUP(cpu_ms), VALUE),
    COLUMN(23, procGroupRss, GAUGE32, GROUP(rss_kib), VALUE),
    COLUMN(24, procGroupSwap, GAUGE32, GROUP(swap_kib), VALUE, .have = TABLE_SWAP),
    COLUMN(25, procGroupVsz, GAUGE32, GROUP(vsz_kib), VALUE),
    COLUMN(26, procGroupPss, GAUGE32, GROUP(pss_kib), VALUE, .have = TABLE_PSS),
    COLUMN(27, procGroupFds, GAUGE32, GROUP(fds), VALUE, .have = TABLE_FDS),
    COLUMN(28, procGroupFdUsage, GAUGE32, GROUP(fd_usage), VALUE, .have = TABLE_FDS),
    COLUMN(29, procGroupReadBytes, COUNTER64, GROUP(read_bytes), VALUE, .have = TABLE_IO),
    COLUMN(30, procGroupWriteBytes, COUNTER64, GROUP(write_bytes), VALUE,
           .have = TABLE_IO),
    COLUMN(31, procGroupOldestStart, DATETIME, GROUP(oldest_ms), MEASURED,
           .have = TABLE_TIMES),
    COLUMN(32, procGroupYoungestStart, DATETIME, GROUP(youngest_ms), MEASURED,
           .have = TABLE_TIMES),
    COLUMN(33, procGroupStarts, COUNTER32, GROUP(starts), MEASURED),
    COLUMN(34, procGroupExits, COUNTER32, GROUP(exits), MEASURED),
    COLUMN(35, procGroupUndecided, GAUGE32, GROUP(undecided), MEASURED),
    COLUMN(36, procGroupDiscontinuity, DATETIME, GROUP(discontinuity_ms)),
    COLUMN(37, procGroupAdminUntil, DATETIME, GROUP(until_ms), .have = TABLE_UNTIL),
    COLUMN(38, procGroupAdminReason, STRING, GROUP(reason),
           WRITABLE(0, GROUP_REASON_MAX)),
    COLUMN(39, procGroupAdminFor, GAUGE32, GROUP(until_ms), WRITABLE(0, FOR_MAX_S),
           .get = get_admin_for),
};

static const struct mib_column conditions[] = {
    COLUMN(1, procGroupConditionIndex, GAUGE32, CONDITION(index), INDEX),
    COLUMN(2, procGroupConditionName, STRING, CONDITION(name)),
    COLUMN(3, procGroupConditionMetric, STRING, CONDITION(metric)),
    COLUMN(4, procGroupConditionState, INTEGER, CONDITION(state),
           .get = get_condition_state),
    COLUMN(5, procGroupSeverity, INTEGER, CONDITION(severity)),
    COLUMN(6, procGroupValue, STRING, CONDITION(value), MEASURED),
    COLUMN(7, procGroupLimit, STRING, CONDITION(limit)),
    COLUMN(8, procGroupOffender, STRING, CONDITION(offender), MEASURED),
    COLUMN(9, procGroupConditionMessage, STRING, CONDITION(message),
           .get = get_condition_message),
    COLUMN(10, procGroupConditionEach, TRUTH, CONDITION(each)),
    COLUMN(11, procGroupConditionWindow, GAUGE32, CONDITION(window_ms)),
    COLUMN(12, procGroupConditionRecheck, GAUGE32, CONDITION(recheck_ms)),
    COLUMN(13, procGroupConditionMinAge, GAUGE32, CONDITION(min_age_ms)),
    COLUMN(14, procGroupConditionSince, DATETIME, CONDITION(since_ms),
           .get = get_condition_since),
    COLUMN(15, procGroupConditionViolations, GAUGE32, CONDITION(violations)),
    COLUMN(16, procGroupConditionValueMilli, GAUGE64, CONDITION(value_milli), MEASURED,
           .have = TABLE_VALUE),
    COLUMN(17, procGroupConditionLowMilli, GAUGE64, CONDITION(low_milli),
           .have = TABLE_LOW),
    COLUMN(18, procGroupConditionHighMilli, GAUGE64, CONDITION(high_milli),
           .have = TABLE_HIGH),
    COLUMN(19, procGroupConditionUnit, STRING, CONDITION(unit)),
};

static const struct mib_column members[] = {
    COLUMN(1, procGroupMemberPid, GAUGE32, MEMBER(pid), INDEX),
    COLUMN(2, procGroupMemberName, STRING, MEMBER(name)),
    COLUMN(3, procGroupMemberPath, STRING, MEMBER(path)),
    COLUMN(4, procGroupMemberCommandLine, STRING, MEMBER(cmdline)),
    COLUMN(5, procGroupMemberUid, GAUGE32, MEMBER(uid)),
    COLUMN(6, procGroupMemberUser, STRING, MEMBER(user)),
    COLUMN(7, procGroupMemberGid, GAUGE32, MEMBER(gid)),
    COLUMN(8, procGroupMemberContext, STRING, MEMBER(context)),
    COLUMN(9, procGroupMemberState, STRING, MEMBER(state), .is_value = true,
           .get = get_letter),
    COLUMN(10, procGroupMemberCpu, GAUGE32, MEMBER(cpu), .is_value = true),
    COLUMN(11, procGroupMemberRss, GAUGE32, MEMBER(rss_kib), .is_value = true),
    COLUMN(12, procGroupMemberThreads, GAUGE32, MEMBER(threads), .is_value = true),
    COLUMN(13, procGroupMemberStartTime, DATETIME, MEMBER(start_ms)),
    COLUMN(14, procGroupMemberParent, GAUGE32, MEMBER(ppid)),
    COLUMN(15, procGroupMemberUnit, STRING, MEMBER(unit)),
};

static const struct mib_column violations[] = {
    COLUMN(1, procGroupViolationIndex, GAUGE32, VIOLATION(number), INDEX),
    COLUMN(2, procGroupViolationTime, DATETIME, VIOLATION(since_ms)),
    COLUMN(3, procGroupViolationGroup, GAUGE32, VIOLATION(group)),
    COLUMN(4, procGroupViolationGroupName, STRING, VIOLATION(name)),
    COLUMN(5, procGroupViolationCondition, STRING, VIOLATION(condition_name)),
    COLUMN(6, procGroupViolationSeverity, INTEGER, VIOLATION(severity)),
    COLUMN(7, procGroupViolationValue, STRING, VIOLATION(value)),
    COLUMN(8, procGroupViolationLimit, STRING, VIOLATION(limit)),
    COLUMN(9, procGroupViolationOffender, STRING, VIOLATION(offender)),
    COLUMN(10, procGroupViolationPid, GAUGE32, VIOLATION(pid)),
    COLUMN(11, procGroupViolationMessage, STRING, VIOLATION(message)),
};

static const struct mib_column notify[] = {
    COLUMN(1, procGroupEventNumber, GAUGE32, EVENT(number), .get = get_event_number),
    COLUMN(2, procGroupEventTime, DATETIME, EVENT(time_ms)),
    COLUMN(3, procGroupEventMessage, STRING, EVENT(kind), .get = get_event_message),
};

static const uint32_t root[] = {CONFIG_MIB_ROOT};
_Static_assert(sizeof(root) / sizeof(root[0]) + 3 + MIB_INDEX_MAX <= MIB_OID_MAX,
               "MIB_ROOT has too many arcs");

#define TABLE(columns) columns, sizeof(columns) / sizeof(columns[0])

/* Each table: its columns, and its arcs below the root. */
static const struct {
    const struct mib_column *columns;
    size_t n;
    uint32_t arcs[3];
    size_t n_arcs;
} tables[MIB_TABLES] = {
    [MIB_SCALARS] = {TABLE(scalars), {1, 1}, 2},
    [MIB_GROUPS] = {TABLE(groups), {1, 2, 1}, 3},
    [MIB_CONDITIONS] = {TABLE(conditions), {1, 3, 1}, 3},
    [MIB_MEMBERS] = {TABLE(members), {1, 4, 1}, 3},
    [MIB_VIOLATIONS] = {TABLE(violations), {1, 5, 1}, 3},
    [MIB_NOTIFY] = {TABLE(notify), {1, 6}, 2},
};

const struct mib_column *mib_columns(enum mib_table table, size_t *ret_n)
{
    *ret_n = tables[table].n;
    return tables[table].columns;
}

const struct mib_column *mib_column(enum mib_table table, uint32_t number)
{
    /* Numbers are 1, 2, 3, ... without gaps: a unit test checks it. */
    if (number < 1 || number > tables[table].n)
        return NULL;
    return &tables[table].columns[number - 1];
}

const struct mib_column *mib_column_by_name(const char *name)
{
    for (int t = 0; t < MIB_TABLES; t++)
        for (size_t i = 0; i < tables[t].n; i++)
            if (strcmp(tables[t].columns[i].name, name) == 0)
                return &tables[t].columns[i];
    return NULL;
}

const uint32_t *mib_root(size_t *ret_len)
{
    *ret_len = sizeof(root) / sizeof(root[0]);
    return root;
}

size_t mib_prefix(enum mib_table table, uint32_t *ret_oid)
{
    size_t n = sizeof(root) / sizeof(root[0]);
    memcpy(ret_oid, root, sizeof(root));
    memcpy(ret_oid + n, tables[table].arcs, tables[table].n_arcs * sizeof(uint32_t));
    return n + tables[table].n_arcs;
}
