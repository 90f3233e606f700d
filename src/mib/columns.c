#include "mib/columns.h"

#include "config.h"
#include "mib/tables.h"

#include <string.h>

static const uint32_t root[] = {CONFIG_MIB_ROOT};
_Static_assert(sizeof(root) / sizeof(root[0]) + 3 + MIB_INDEX_MAX <= MIB_OID_MAX,
               "MIB_ROOT has too many arcs");

/* Where each table is: its columns, its arcs below the root, its rows on a board. */
static const struct {
    const struct mib_column *columns;
    const size_t *n;
    uint32_t arcs[3];
    size_t n_arcs;
} tables[MIB_TABLES] = {
    [MIB_SCALARS] = {mib_scalars_columns, &mib_scalars_n, {1, 1}, 2},
    [MIB_GROUPS] = {mib_groups_columns, &mib_groups_n, {1, 2, 1}, 3},
    [MIB_CONDITIONS] = {mib_conditions_columns, &mib_conditions_n, {1, 3, 1}, 3},
    [MIB_MEMBERS] = {mib_members_columns, &mib_members_n, {1, 4, 1}, 3},
    [MIB_VIOLATIONS] = {mib_violations_columns, &mib_violations_n, {1, 5, 1}, 3},
    [MIB_NOTIFY] = {mib_notify_columns, &mib_notify_n, {1, 6}, 2},
};

const struct mib_column *mib_columns(enum mib_table table, size_t *ret_n)
{
    *ret_n = *tables[table].n;
    return tables[table].columns;
}

const struct mib_column *mib_column(enum mib_table table, uint32_t number)
{
    /* Numbers are 1, 2, 3, ... without gaps: a test holds that. */
    if (number < 1 || number > *tables[table].n)
        return NULL;
    return &tables[table].columns[number - 1];
}

const struct mib_column *mib_column_by_name(const char *name)
{
    for (int t = 0; t < MIB_TABLES; t++)
        for (size_t i = 0; i < *tables[t].n; i++)
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
