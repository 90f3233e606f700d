#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "table/internal.h"
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct table_builder {
    struct table_scalars scalars;
    struct table_event event;
    struct buf sections[SECTIONS];
    uint32_t *table; /* offsets of texts, open addressing by hash; 0 = free */
    size_t table_size;
    size_t n_texts;
    struct buf escaped;
    int error;
};

struct table_builder *table_builder_create(void)
{
    return calloc(1, sizeof(struct table_builder));
}

void table_builder_destroy(struct table_builder *builder)
{
    if (!builder)
        return;
    for (int s = 0; s < SECTIONS; s++)
        buf_free(&builder->sections[s]);
    buf_free(&builder->escaped);
    free(builder->table);
    free(builder);
}

struct table_scalars *table_builder_scalars(struct table_builder *builder)
{
    return &builder->scalars;
}

struct table_event *table_builder_event(struct table_builder *builder)
{
    return &builder->event;
}

/* The slot of the text, or the free slot where it belongs. */
static uint32_t *find(struct table_builder *b, const char *text, size_t len)
{
    const char *arena = b->sections[SECTION_TEXTS].data;
    size_t i = hash_bytes(text, len) & (b->table_size - 1);
    for (; b->table[i]; i = (i + 1) & (b->table_size - 1)) {
        const char *there = arena + b->table[i];
        if ((unsigned char)there[0] == len && memcmp(there + 1, text, len) == 0)
            break;
    }
    return &b->table[i];
}

static int grow_table(struct table_builder *b)
{
    size_t size = b->table_size ? b->table_size * 2 : 256;
    uint32_t *table = calloc(size, sizeof(*table));
    uint32_t *old = b->table;
    size_t old_size = b->table_size;
    if (!table)
        return -ENOMEM;
    b->table = table;
    b->table_size = size;
    for (size_t i = 0; i < old_size; i++) {
        if (!old[i])
            continue;
        const char *there = b->sections[SECTION_TEXTS].data + old[i];
        *find(b, there + 1, (unsigned char)there[0]) = old[i];
    }
    free(old);
    return 0;
}

/* Offset 0 of the arena is the empty text. */
static int begin_arena(struct table_builder *b)
{
    struct buf *arena = &b->sections[SECTION_TEXTS];
    return arena->len ? 0 : buf_append(arena, "\0", 2);
}

static table_text_t intern(struct table_builder *b, const char *text, size_t len)
{
    struct buf *arena = &b->sections[SECTION_TEXTS];
    if (!len)
        return 0;
    if (begin_arena(b) < 0 || (b->n_texts * 2 >= b->table_size && grow_table(b) < 0) ||
        buf_reserve(arena, len + 2) < 0)
        goto fail;
    uint32_t *at = find(b, text, len);
    if (*at)
        return *at;
    char octet = (char)(unsigned char)len;
    *at = (uint32_t)arena->len;
    buf_append(arena, &octet, 1);
    buf_append(arena, text, len);
    buf_append(arena, "", 1);
    b->n_texts++;
    return *at;
fail:
    b->error = -ENOMEM;
    return 0;
}

/* Most texts need neither an escape nor a cut. */
static int is_plain(const char *text, size_t len)
{
    if (len > TABLE_TEXT_MAX)
        return 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c >= 0x7f || c == '\\')
            return 0;
    }
    return 1;
}

table_text_t table_add_text(struct table_builder *builder, const char *text, size_t len)
{
    if (is_plain(text, len))
        return intern(builder, text, len);
    buf_clear(&builder->escaped);
    if (text_escape(&builder->escaped, text, len, TABLE_TEXT_MAX) < 0) {
        builder->error = -ENOMEM;
        return 0;
    }
    return intern(builder, builder->escaped.data, builder->escaped.len);
}

table_text_t table_add_string(struct table_builder *builder, const char *text)
{
    return text ? table_add_text(builder, text, strlen(text)) : 0;
}

/* Length of the character or escape sequence that `text` begins with. */
static size_t unit_length(const char *text)
{
    size_t n = 1;
    if (text[0] == '\\')
        return text[1] == 'x' && text[2] && text[3] ? 4 : 1 + (text[1] != '\0');
    while (((unsigned char)text[n] & 0xc0) == 0x80) /* continuation octets (RFC 3629) */
        n++;
    return n;
}

table_text_t table_add_printable(struct table_builder *builder, const char *text)
{
    char cut[TABLE_TEXT_MAX + 1];
    size_t len = text ? strlen(text) : 0;
    size_t n = 0;
    if (!text_is_printable(text, len))
        return table_add_text(builder, text, len);
    if (len <= TABLE_TEXT_MAX)
        return intern(builder, text, len);
    for (size_t unit; n + (unit = unit_length(text + n)) <= TABLE_TEXT_MAX - 3;)
        n += unit;
    memcpy(cut, text, n);
    memcpy(cut + n, "...", 3);
    return intern(builder, cut, n + 3);
}

static void add(struct table_builder *b, enum table_section section, const void *row)
{
    if (buf_append(&b->sections[section], row, table_row_size(section)) < 0)
        b->error = -ENOMEM;
}

void table_add_group(struct table_builder *builder, const struct table_group *row)
{
    add(builder, SECTION_GROUPS, row);
}

void table_add_condition(struct table_builder *builder, const struct table_condition *row)
{
    add(builder, SECTION_CONDITIONS, row);
}

void table_add_member(struct table_builder *builder, const struct table_member *row)
{
    add(builder, SECTION_MEMBERS, row);
}

void table_add_violation(struct table_builder *builder, const struct table_violation *row)
{
    add(builder, SECTION_VIOLATIONS, row);
}

void table_add_removed(struct table_builder *builder, uint32_t group)
{
    const struct table_removed row = {.group = group};
    add(builder, SECTION_REMOVED, &row);
}

static void sort(struct buf *rows, size_t size)
{
    size_t n = rows->len / size;
    for (size_t i = 1; i < n; i++) {
        if (table_compare_rows(rows->data + (i - 1) * size, rows->data + i * size) > 0) {
            qsort(rows->data, n, size, table_compare_rows);
            return;
        }
    }
}

static struct table_image *assemble(const struct table_builder *b)
{
    size_t counts[SECTIONS];
    for (int s = 0; s < SECTIONS; s++)
        counts[s] = b->sections[s].len / table_row_size((enum table_section)s);
    struct table_image *image = table_allocate(counts);
    if (!image)
        return NULL;
    image->scalars = b->scalars;
    image->event = b->event;
    for (int s = 0; s < SECTIONS; s++)
        if (b->sections[s].len)
            memcpy((char *)image + image->sections[s].offset, b->sections[s].data,
                   b->sections[s].len);
    table_link(image);
    return image;
}

static void reset(struct table_builder *b)
{
    for (int s = 0; s < SECTIONS; s++)
        buf_clear(&b->sections[s]);
    if (b->table)
        memset(b->table, 0, b->table_size * sizeof(*b->table));
    b->n_texts = 0;
    b->error = 0;
    b->scalars = (struct table_scalars){0};
    b->event = (struct table_event){0};
}

int table_finish(struct table_builder *builder, struct table_image **ret_image)
{
    struct table_image *image = NULL;
    if (begin_arena(builder) == 0 && !builder->error) {
        for (int i = 0; i < SECTION_TEXTS; i++)
            sort(&builder->sections[i], table_row_size((enum table_section)i));
        image = assemble(builder);
    }
    reset(builder);
    if (!image)
        return -ENOMEM;
    *ret_image = image;
    return 0;
}
