#include "mib/columns.h"

#include <string.h>

/* Of each table with an index: the size of a row, and the fields that the index is. */
static const struct {
    size_t row_size;
    size_t n_index;
    size_t index[MIB_INDEX_MAX];
} kinds[MIB_TABLES] = {
#define AT(type, field) offsetof(struct type, field)
    [MIB_GROUPS] = {sizeof(struct table_group), 1, {AT(table_group, index)}},
    [MIB_CONDITIONS] = {sizeof(struct table_condition),
                        2,
                        {AT(table_condition, group), AT(table_condition, index)}},
    [MIB_MEMBERS] = {sizeof(struct table_member),
                     2,
                     {AT(table_member, group), AT(table_member, pid)}},
    [MIB_VIOLATIONS] = {sizeof(struct table_violation), 1, {AT(table_violation, number)}},
#undef AT
};

static const char *all_rows(const struct table_image *image, enum mib_table table,
                            size_t *ret_n)
{
    switch (table) {
    case MIB_GROUPS:
        return (const char *)table_groups(image, ret_n);
    case MIB_CONDITIONS:
        return (const char *)table_conditions(image, ret_n);
    case MIB_MEMBERS:
        return (const char *)table_members(image, ret_n);
    case MIB_VIOLATIONS:
        return (const char *)table_violations(image, ret_n);
    default:
        *ret_n = 0;
        return NULL;
    }
}

size_t mib_index_len(enum mib_table table)
{
    return kinds[table].n_index;
}

void mib_row_index(enum mib_table table, const void *row,
                   uint32_t ret_index[MIB_INDEX_MAX])
{
    for (size_t i = 0; i < kinds[table].n_index; i++)
        memcpy(&ret_index[i], (const char *)row + kinds[table].index[i],
               sizeof(ret_index[i]));
}

/* Compares the index of a row with `index` in OID order: a prefix comes first. */
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
    size_t n;
    const char *first = all_rows(image, table, &n);
    size_t size = kinds[table].row_size;
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = compare(table, first + mid * size, index, len);
        if (c < 0 || (after && c == 0))
            low = mid + 1;
        else
            high = mid;
    }
    return low < n ? first + low * size : NULL;
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
    size_t n;
    const char *first = all_rows(image, table, &n);
    const char *next = (const char *)row + kinds[table].row_size;
    return n && next < first + n * kinds[table].row_size ? next : NULL;
}
