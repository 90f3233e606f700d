/* Changes of an image, and what is needed to make a new one. */
#include "table/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int table_compare_rows(const void *a, const void *b)
{
    uint32_t x[2], y[2];
    memcpy(x, a, sizeof(x));
    memcpy(y, b, sizeof(y));
    int first = (x[0] > y[0]) - (x[0] < y[0]);
    return first ? first : (x[1] > y[1]) - (x[1] < y[1]);
}

static size_t round_up(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

struct table_image *table_allocate(const size_t counts[SECTIONS])
{
    size_t head = round_up(sizeof(struct table_image));
    size_t size = head;
    for (int s = 0; s < SECTIONS; s++)
        size += round_up(counts[s] * table_row_size((enum table_section)s));
    struct table_image *image = size <= UINT32_MAX ? calloc(1, size) : NULL;
    if (!image)
        return NULL;
    image->magic = TABLE_MAGIC;
    image->version = TABLE_VERSION;
    image->size = (uint32_t)size;
    image->head_size = sizeof(*image);
    for (int s = 0; s < SECTIONS; s++) {
        size_t row_size = table_row_size((enum table_section)s);
        image->sections[s].offset = (uint32_t)head;
        image->sections[s].count = (uint32_t)counts[s];
        image->sections[s].row_size = (uint32_t)row_size;
        head += round_up(counts[s] * row_size);
    }
    return image;
}

/* The span of a group's rows, from *at on. The rows of a group are adjacent, and the
 * first field of a row of `size` bytes is the group's index. */
static uint32_t span(const char *rows, uint32_t n, size_t size, uint32_t group,
                     uint32_t *at)
{
    uint32_t index = 0;
    uint32_t begin;
    for (; *at < n; (*at)++) {
        memcpy(&index, rows + *at * size, sizeof(index));
        if (index >= group)
            break;
    }
    begin = *at;
    for (; *at < n; (*at)++) {
        memcpy(&index, rows + *at * size, sizeof(index));
        if (index != group)
            break;
    }
    return begin;
}

void table_link(struct table_image *image)
{
    size_t n, n_members, n_conditions;
    struct table_group *groups = (struct table_group *)(uintptr_t)table_groups(image, &n);
    const char *members = (const char *)table_members(image, &n_members);
    const char *conditions = (const char *)table_conditions(image, &n_conditions);
    uint32_t member = 0, condition = 0;
    for (size_t i = 0; i < n; i++) {
        struct table_group *g = &groups[i];
        g->first_member = span(members, (uint32_t)n_members, sizeof(struct table_member),
                               g->index, &member);
        g->n_members = member - g->first_member;
        g->first_condition = span(conditions, (uint32_t)n_conditions,
                                  sizeof(struct table_condition), g->index, &condition);
        g->n_conditions = condition - g->first_condition;
    }
}

struct table_image *table_copy(const struct table_image *image)
{
    struct table_image *copy = malloc(image->size);
    if (copy)
        memcpy(copy, image, image->size);
    return copy;
}

/* ------------------------------------------------------------ changes */

struct merge {
    const struct table_image *old, *changes;
    uint32_t shift; /* of texts of `changes`, which follow those of `old` */
    uint32_t group; /* the last one that was looked up */
    bool is_replaced, keeps_members;
};

static uint32_t group_of(enum table_section section, const char *row)
{
    uint32_t group;
    size_t at =
        section == SECTION_VIOLATIONS ? offsetof(struct table_violation, group) : 0;
    memcpy(&group, row + at, sizeof(group));
    return group;
}

static int compare_group(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static const void *find_row(const struct merge *m, enum table_section section,
                            uint32_t group)
{
    size_t n;
    const void *rows = table_rows(m->changes, section, &n);
    return n ? bsearch(&group, rows, n, table_row_size(section), compare_group) : NULL;
}

static void look_up(struct merge *m, uint32_t group)
{
    const struct table_group *row = find_row(m, SECTION_GROUPS, group);
    bool is_removed = find_row(m, SECTION_REMOVED, group) != NULL;
    m->group = group;
    m->is_replaced = row || is_removed;
    m->keeps_members = row && !is_removed && (row->have & TABLE_SAME_MEMBERS) != 0;
}

/* Rows of a group are adjacent in most tables. */
static bool is_replaced(struct merge *m, enum table_section section, uint32_t group)
{
    if (group != m->group)
        look_up(m, group);
    return m->is_replaced && !(section == SECTION_MEMBERS && m->keeps_members);
}

static void shift_texts(void *row, const int *fields, uint32_t shift)
{
    for (; *fields >= 0; fields++) {
        table_text_t text;
        memcpy(&text, (char *)row + *fields, sizeof(text));
        text += text ? shift : 0;
        memcpy((char *)row + *fields, &text, sizeof(text));
    }
}

/* Both are ascending, and so is the result. Returns how many rows it has. */
static uint32_t merge_rows(struct merge *m, enum table_section section, char *out)
{
    size_t size = table_row_size(section);
    size_t n_old, n_new;
    const char *old = table_rows(m->old, section, &n_old);
    const char *new = table_rows(m->changes, section, &n_new);
    const char *begin = out;
    while (n_old || n_new) {
        if (n_old && is_replaced(m, section, group_of(section, old))) {
            old += size;
            n_old--;
        } else if (n_old && (!n_new || table_compare_rows(old, new) <= 0)) {
            memcpy(out, old, size);
            out += size;
            old += size;
            n_old--;
        } else {
            memcpy(out, new, size);
            shift_texts(out, table_row_texts(section), m->shift);
            out += size;
            new += size;
            n_new--;
        }
    }
    return (uint32_t)((size_t)(out - begin) / size);
}

static struct table_image *merge(const struct table_image *old,
                                 const struct table_image *changes)
{
    size_t counts[SECTIONS];
    for (int s = 0; s < SECTIONS; s++) /* there is room for what is replaced, too */
        counts[s] = s == SECTION_REMOVED
                        ? 0
                        : (size_t)old->sections[s].count + changes->sections[s].count;
    struct table_image *image = table_allocate(counts);
    if (!image)
        return NULL;
    const size_t n_texts = old->sections[SECTION_TEXTS].count;
    struct merge m = {.old = old, .changes = changes, .shift = (uint32_t)n_texts};
    look_up(&m, UINT32_MAX);
    for (int s = 0; s < SECTION_REMOVED; s++)
        image->sections[s].count = merge_rows(&m, (enum table_section)s,
                                              (char *)image + image->sections[s].offset);
    struct table_group *groups =
        (void *)((char *)image + image->sections[SECTION_GROUPS].offset);
    for (uint32_t i = 0; i < image->sections[SECTION_GROUPS].count; i++)
        groups[i].have &= ~(uint32_t)TABLE_SAME_MEMBERS;
    char *texts = (char *)image + image->sections[SECTION_TEXTS].offset;
    memcpy(texts, table_rows(old, SECTION_TEXTS, NULL), n_texts);
    memcpy(texts + n_texts, table_rows(changes, SECTION_TEXTS, NULL),
           changes->sections[SECTION_TEXTS].count);
    image->scalars = changes->scalars;
    shift_texts(&image->scalars, table_row_texts(SECTIONS), m.shift);
    table_link(image);
    return image;
}

/* Only scalars have changed, and none of their texts. */
static bool overlay(struct table_image *image, const struct table_image *changes)
{
    struct table_scalars scalars = changes->scalars;
    if (changes->sections[SECTION_GROUPS].count ||
        changes->sections[SECTION_REMOVED].count)
        return false;
    for (const int *field = table_row_texts(SECTIONS); *field >= 0; field++) {
        table_text_t old, new;
        memcpy(&old, (const char *)&image->scalars + *field, sizeof(old));
        memcpy(&new, (const char *)&scalars + *field, sizeof(new));
        if (strcmp(table_text(image, old, NULL), table_text(changes, new, NULL)) != 0)
            return false;
        memcpy((char *)&scalars + *field, &old, sizeof(old));
    }
    image->scalars = scalars;
    return true;
}

int table_apply(struct table_image **image, const struct table_image *changes)
{
    if (overlay(*image, changes))
        return 0;
    struct table_image *merged = merge(*image, changes);
    if (!merged)
        return -ENOMEM;
    table_destroy(*image);
    *image = merged;
    return 0;
}
