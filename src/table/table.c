#include "table/table.h"

#include "table/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AT(type, field) (int)offsetof(struct type, field)

static const int scalar_texts[] = {
    AT(table_scalars, version),        AT(table_scalars, source_name),
    AT(table_scalars, module),         AT(table_scalars, config_file),
    AT(table_scalars, config_message), -1,
};
static const int group_texts[] = {
    AT(table_group, name),        AT(table_group, user),   AT(table_group, context),
    AT(table_group, message),     AT(table_group, path),   AT(table_group, selector),
    AT(table_group, description), AT(table_group, reason), -1,
};
static const int condition_texts[] = {
    AT(table_condition, name),    AT(table_condition, metric),
    AT(table_condition, value),   AT(table_condition, limit),
    AT(table_condition, message), AT(table_condition, offender),
    AT(table_condition, unit),    -1,
};
static const int member_texts[] = {
    AT(table_member, name),
    AT(table_member, path),
    AT(table_member, cmdline),
    AT(table_member, user),
    AT(table_member, context),
    AT(table_member, unit),
    -1,
};
static const int removed_texts[] = {-1};
static const int violation_texts[] = {
    AT(table_violation, name),
    AT(table_violation, condition_name),
    AT(table_violation, value),
    AT(table_violation, limit),
    AT(table_violation, offender),
    AT(table_violation, message),
    -1,
};

/* Rows have no padding: its bytes would be undefined, and they are passed on. */
_Static_assert(sizeof(struct table_group) == 20 * 4 + 12 * 8 + 4 * 4 + 8 * 4, "padding");
_Static_assert(sizeof(struct table_condition) == 10 * 4 + 4 * 8 + 8 * 4, "padding");
_Static_assert(sizeof(struct table_member) == 8 * 4 + 2 * 8 + 6 * 4, "padding");
_Static_assert(sizeof(struct table_violation) == 6 * 4 + 8 + 6 * 4, "padding");

static const struct {
    size_t row_size;
    const int *texts;
} layout[SECTIONS] = {
    [SECTION_GROUPS] = {sizeof(struct table_group), group_texts},
    [SECTION_CONDITIONS] = {sizeof(struct table_condition), condition_texts},
    [SECTION_MEMBERS] = {sizeof(struct table_member), member_texts},
    [SECTION_VIOLATIONS] = {sizeof(struct table_violation), violation_texts},
    [SECTION_REMOVED] = {sizeof(struct table_removed), removed_texts},
    [SECTION_TEXTS] = {1, NULL},
};

size_t table_row_size(enum table_section section)
{
    return layout[section].row_size;
}

const int *table_row_texts(enum table_section section)
{
    return section == SECTIONS ? scalar_texts : layout[section].texts;
}

const void *table_rows(const struct table_image *image, enum table_section section,
                       size_t *ret_n)
{
    if (ret_n)
        *ret_n = image->sections[section].count;
    return (const char *)image + image->sections[section].offset;
}

const struct table_scalars *table_scalars(const struct table_image *image)
{
    return &image->scalars;
}

const struct table_event *table_event(const struct table_image *image)
{
    return &image->event;
}

const struct table_group *table_groups(const struct table_image *image, size_t *ret_n)
{
    return table_rows(image, SECTION_GROUPS, ret_n);
}

static int compare_index(const void *key, const void *row)
{
    const uint32_t *index = key;
    const struct table_group *g = row;
    return (*index > g->index) - (*index < g->index);
}

const struct table_group *table_find_group(const struct table_image *image,
                                           uint32_t index)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    return n ? bsearch(&index, g, n, sizeof(*g), compare_index) : NULL;
}

const struct table_condition *table_conditions(const struct table_image *image,
                                               size_t *ret_n)
{
    return table_rows(image, SECTION_CONDITIONS, ret_n);
}

const struct table_member *table_members(const struct table_image *image, size_t *ret_n)
{
    return table_rows(image, SECTION_MEMBERS, ret_n);
}

const struct table_violation *table_violations(const struct table_image *image,
                                               size_t *ret_n)
{
    return table_rows(image, SECTION_VIOLATIONS, ret_n);
}

const char *table_text(const struct table_image *image, table_text_t text,
                       size_t *ret_len)
{
    const unsigned char *arena = table_rows(image, SECTION_TEXTS, NULL);
    if (ret_len)
        *ret_len = arena[text];
    return (const char *)&arena[text + 1];
}

const void *table_bytes(const struct table_image *image, size_t *ret_len)
{
    *ret_len = image->size;
    return image;
}

void table_destroy(struct table_image *image)
{
    free(image);
}

static int check_sections(const struct table_image *image, size_t len)
{
    for (int s = 0; s < SECTIONS; s++) {
        uint64_t offset = image->sections[s].offset;
        uint64_t bytes = (uint64_t)image->sections[s].count * layout[s].row_size;
        if (image->sections[s].row_size != layout[s].row_size ||
            offset < sizeof(*image) || offset % 8 || offset + bytes > len)
            return -EBADMSG;
    }
    return 0;
}

/* A text is a length octet, that many octets and a NUL, all within the section. */
static int check_text(const struct table_image *image, table_text_t text)
{
    size_t size;
    const unsigned char *arena = table_rows(image, SECTION_TEXTS, &size);
    if (text >= size || (size_t)text + arena[text] + 2 > size)
        return -EBADMSG;
    return arena[text + 1 + arena[text]] == '\0' ? 0 : -EBADMSG;
}

static int check_texts(const struct table_image *image, const void *row,
                       const int *fields)
{
    for (; *fields >= 0; fields++) {
        table_text_t text;
        memcpy(&text, (const char *)row + *fields, sizeof(text));
        if (check_text(image, text) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int check_rows(const struct table_image *image)
{
    for (int s = 0; s < SECTION_TEXTS; s++) {
        size_t n;
        const char *row = table_rows(image, (enum table_section)s, &n);
        for (size_t i = 0; i < n; i++, row += layout[s].row_size)
            if (check_texts(image, row, layout[s].texts) < 0)
                return -EBADMSG;
    }
    return check_texts(image, &image->scalars, scalar_texts);
}

static int check_spans(const struct table_image *image)
{
    size_t n, members, conditions;
    const struct table_group *g = table_groups(image, &n);
    table_members(image, &members);
    table_conditions(image, &conditions);
    for (size_t i = 0; i < n; i++)
        if ((uint64_t)g[i].first_member + g[i].n_members > members ||
            (uint64_t)g[i].first_condition + g[i].n_conditions > conditions)
            return -EBADMSG;
    return 0;
}

int table_adopt(const void *bytes, size_t len, const struct table_image **ret_image)
{
    const struct table_image *image = bytes;
    if (len < sizeof(*image) || (uintptr_t)bytes % 8 || image->magic != TABLE_MAGIC ||
        image->version != TABLE_VERSION || image->head_size != sizeof(*image) ||
        image->size != len)
        return -EBADMSG;
    if (check_sections(image, len) < 0 || check_rows(image) < 0 || check_spans(image) < 0)
        return -EBADMSG;
    *ret_image = image;
    return 0;
}
