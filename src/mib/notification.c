#include "engine/engine.h"
#include "mib/getter.h"

#include <string.h>

/* Objects that are in notifications alone; their row is the event itself. */
static int get_procGroupEventNumber(const struct table_image *image, const void *row,
                                    struct mib_value *ret_value)
{
    (void)row;
    return value_gauge(ret_value, table_event(image)->number & UINT32_MAX);
}

static int get_procGroupEventTime(const struct table_image *image, const void *row,
                                  struct mib_value *ret_value)
{
    (void)row;
    return value_time(ret_value, table_event(image)->time_ms);
}

static int get_procGroupEventMessage(const struct table_image *image, const void *row,
                                     struct mib_value *ret_value)
{
    (void)row;
    return value_text(ret_value, image, table_scalars(image)->config_message);
}

#define AFN(number, name, syntax)                                                        \
    COLUMN(number, name, MIB_NOTIFY, syntax, MIB_NOTIFY_ONLY, 0, 0)

const struct mib_column mib_notify_columns[] = {
    AFN(1, procGroupEventNumber, MIB_GAUGE32),
    AFN(2, procGroupEventTime, MIB_DATETIME),
    AFN(3, procGroupEventMessage, MIB_STRING),
};
const size_t mib_notify_n = sizeof(mib_notify_columns) / sizeof(mib_notify_columns[0]);

/* The varbinds of each notification, in their order. */
static const char *const state_objects[] = {
    "procGroupEventNumber",
    "procGroupEventTime",
    "procGroupName",
    "procGroupConditionName",
    "procGroupSeverity",
    "procGroupStatus",
    "procGroupValue",
    "procGroupLimit",
    "procGroupOffender",
    "procGroupMessage",
    NULL,
};
static const char *const notice_objects[] = {
    "procGroupEventNumber",
    "procGroupEventTime",
    "procGroupEventMessage",
    NULL,
};
static const char *const *const objects_of[] = {
    [EVENT_RAISED] = state_objects,
    [EVENT_RECOVERED] = state_objects,
    [EVENT_STARTED] = notice_objects,
    [EVENT_RESYNCED] = notice_objects,
};

size_t mib_notification(const struct table_image *event, uint32_t kind,
                        struct mib_varbind ret_varbinds[MIB_VARBINDS_MAX])
{
    if (kind >= sizeof(objects_of) / sizeof(objects_of[0]) || !objects_of[kind])
        return 0;
    size_t groups, conditions, n = 0;
    const struct table_group *group = table_groups(event, &groups);
    const struct table_condition *condition = table_conditions(event, &conditions);
    for (const char *const *name = objects_of[kind]; *name; name++) {
        const struct mib_column *column = mib_column_by_name(*name);
        const void *row = NULL;
        if (column->table == MIB_GROUPS && groups)
            row = group;
        if (column->table == MIB_CONDITIONS && conditions)
            row = condition;
        if (!row && column->table != MIB_NOTIFY)
            return 0; /* an event that is none */
        ret_varbinds[n++] = (struct mib_varbind){column, row};
    }
    return n;
}

size_t mib_notification_oid(uint32_t kind, uint32_t *ret_oid)
{
    size_t n;
    const uint32_t *root = mib_root(&n);
    memcpy(ret_oid, root, n * sizeof(*root));
    ret_oid[n] = 0;
    ret_oid[n + 1] = kind;
    return n + 2;
}
