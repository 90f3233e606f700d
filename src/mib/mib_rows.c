#include "mib/columns.h"

/* Rows by index. What differs from table to table is in one row here: the size of a row,
 * how many arcs its index has, where they are in it, how to get at all of them. */
struct mib_rows {
    const char *first;
    size_t n;
};

static struct mib_rows rows_groups(const struct table_image *image)
{
    struct mib_rows r;
    r.first = (const char *)table_groups(image, &r.n);
    return r;
}

static struct mib_rows rows_conditions(const struct table_image *image)
{
    struct mib_rows r;
    r.first = (const char *)table_conditions(image, &r.n);
    return r;
}

static struct mib_rows rows_members(const struct table_image *image)
{
    struct mib_rows r;
    r.first = (const char *)table_members(image, &r.n);
    return r;
}

static struct mib_rows rows_violations(const struct table_image *image)
{
    struct mib_rows r;
    r.first = (const char *)table_violations(image, &r.n);
    return r;
}

static const struct {
    struct mib_rows (*rows)(const struct table_image *image);
    size_t size;
    size_t n_index;
    size_t at[MIB_INDEX_MAX];
} kinds[MIB_TABLES] = {
    [MIB_GROUPS] = {rows_groups,
                    sizeof(struct table_group),
                    1,
                    {offsetof(struct table_group, index)}},
    [MIB_CONDITIONS] = {rows_conditions,
                        sizeof(struct table_condition),
                        2,
                        {offsetof(struct table_condition, group),
                         offsetof(struct table_condition, index)}},
    [MIB_MEMBERS] = {rows_members,
                     sizeof(struct table_member),
                     2,
                     {offsetof(struct table_member, group),
                      offsetof(struct table_member, pid)}},
    [MIB_VIOLATIONS] = {rows_violations,
                        sizeof(struct table_violation),
                        1,
                        {offsetof(struct table_violation, number)}},
};

size_t mib_index_len(enum mib_table table)
{
    return kinds[table].n_index;
}

void mib_row_index(enum mib_table table, const void *row,
                   uint32_t ret_index[MIB_INDEX_MAX])
{
    for (size_t i = 0; i < kinds[table].n_index; i++)
        ret_index[i] =
            *(const uint32_t *)(const void *)((const char *)row + kinds[table].at[i]);
}

/* A row's index against arcs, as OIDs are ordered: a prefix comes before what is longer.
 */
static int compare(enum mib_table table, const void *row, const uint32_t *index,
                   size_t len)
{
    uint32_t own[MIB_INDEX_MAX];
    size_t n = kinds[table].n_index;
    mib_row_index(table, row, own);
    for (size_t i = 0; i < n && i < len; i++)
        if (own[i] != index[i])
            return own[i] < index[i] ? -1 : 1;
    return (n > len) - (n < len);
}

const void *mib_row_from(const struct table_image *image, enum mib_table table,
                         const uint32_t *index, size_t len, bool after)
{
    if (!kinds[table].rows)
        return NULL;
    struct mib_rows rows = kinds[table].rows(image);
    size_t size = kinds[table].size;
    size_t low = 0;
    size_t high = rows.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = compare(table, rows.first + mid * size, index, len);
        if (c < 0 || (after && c == 0))
            low = mid + 1;
        else
            high = mid;
    }
    return low < rows.n ? rows.first + low * size : NULL;
}

const void *mib_row(const struct table_image *image, enum mib_table table,
                    const uint32_t *index)
{
    size_t n = mib_index_len(table);
    const void *row = mib_row_from(image, table, index, n, false);
    return row && compare(table, row, index, n) == 0 ? row : NULL;
}

const void *mib_row_next(const struct table_image *image, enum mib_table table,
                         const void *row)
{
    if (!kinds[table].rows)
        return NULL;
    struct mib_rows rows = kinds[table].rows(image);
    const char *next = (const char *)row + kinds[table].size;
    return next < rows.first + rows.n * kinds[table].size ? next : NULL;
}
