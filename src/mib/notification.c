#include "mib/columns.h"

#include "engine/engine.h"

#include <string.h>

/* The OBJECTS of each notification. */
static const char *const violation_objects[] = {
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
static const char *const message_objects[] = {
    "procGroupEventNumber",
    "procGroupEventTime",
    "procGroupEventMessage",
    NULL,
};
static const char *const *const objects_of[] = {
    [EVENT_RAISED] = violation_objects,   [EVENT_RECOVERED] = violation_objects,
    [EVENT_STARTED] = message_objects,    [EVENT_RESYNCED] = message_objects,
    [EVENT_STALE] = message_objects,      [EVENT_FRESH] = message_objects,
    [EVENT_REMINDED] = violation_objects,
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
            return 0;
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
