#include "cli/grid.h"

#include "base/buf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define GAP 2 /* blanks between columns */

struct grid {
    const struct grid_column *columns;
    size_t n_columns;
    unsigned *widths; /* of the widest text in each */
    char **cells;     /* row by row */
    size_t n_rows;
    size_t cap_rows;
};

/* The bytes and the width of the character at `text`. An invalid byte has width 1. */
static size_t next_character(const char *text, unsigned *ret_width)
{
    wchar_t wide;
    mbstate_t state = {0};
    size_t n = mbrtowc(&wide, text, strlen(text), &state);
    int width = n && n <= strlen(text) ? wcwidth(wide) : -1;
    *ret_width = width < 0 ? 1 : (unsigned)width;
    return n && n <= strlen(text) ? n : 1;
}

size_t grid_text_cut(const char *text, unsigned width, unsigned *ret_width)
{
    size_t at = 0;
    unsigned used = 0;
    while (text[at]) {
        unsigned w;
        size_t n = next_character(text + at, &w);
        if (w > width - used)
            break;
        used += w;
        at += n;
    }
    *ret_width = used;
    return at;
}

unsigned grid_text_width(const char *text)
{
    unsigned width;
    grid_text_cut(text, UINT_MAX, &width);
    return width;
}

struct grid *grid_create(const struct grid_column *columns, size_t n)
{
    struct grid *table = calloc(1, sizeof(*table));
    unsigned *widths = calloc(n, sizeof(*widths));
    if (!table || !widths) {
        free(table);
        free(widths);
        return NULL;
    }
    *table = (struct grid){.columns = columns, .n_columns = n, .widths = widths};
    for (size_t i = 0; i < n; i++)
        widths[i] = grid_text_width(columns[i].head);
    return table;
}

void grid_destroy(struct grid *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->widths);
    free(table);
}

static int grow(struct grid *table)
{
    size_t cap = table->cap_rows ? table->cap_rows * 2 : 16;
    if (table->n_rows < table->cap_rows)
        return 0;
    char **cells = reallocarray(table->cells, cap * table->n_columns, sizeof(*cells));
    if (!cells)
        return -ENOMEM;
    table->cells = cells;
    table->cap_rows = cap;
    return 0;
}

int grid_add(struct grid *table, const char *const *cells)
{
    if (grow(table) < 0)
        return -ENOMEM;
    char **row = table->cells + table->n_rows * table->n_columns;
    for (size_t i = 0; i < table->n_columns; i++) {
        row[i] = strdup(cells[i]);
        if (!row[i]) {
            while (i)
                free(row[--i]);
            return -ENOMEM;
        }
    }
    table->n_rows++;
    for (size_t i = 0; i < table->n_columns; i++) {
        unsigned width = grid_text_width(cells[i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
    return 0;
}

size_t grid_rows(const struct grid *table)
{
    return table->n_rows;
}

static void add_blanks(unsigned n, struct buf *out)
{
    while (n--)
        buf_append(out, " ", 1);
}

/* `width` is at least 1. A text that is too long ends in "+". The last cell of a line has
 * no blanks after it. */
static void add_cell(const char *text, unsigned width, bool right, bool last,
                     struct buf *out)
{
    unsigned used;
    size_t len = grid_text_cut(text, width, &used);
    bool cut = text[len] != '\0';
    if (cut)
        len = grid_text_cut(text, width - 1, &used);
    unsigned blanks = width - used - cut;
    if (right)
        add_blanks(blanks, out);
    buf_append(out, text, len);
    buf_append_text(out, cut ? "+" : "");
    if (!right && !last)
        add_blanks(blanks, out);
}

int grid_format(const struct grid *table, int row, unsigned indent, unsigned width,
                struct buf *out)
{
    unsigned left = !width ? UINT_MAX : width > indent ? width - indent : 0;
    char *const *cells = row < 0 ? NULL : table->cells + (size_t)row * table->n_columns;
    add_blanks(indent, out);
    for (size_t i = 0; i < table->n_columns && left; i++) {
        const struct grid_column *c = &table->columns[i];
        unsigned w = table->widths[i];
        if (width && c->most && w > c->most)
            w = c->most;
        bool last = i + 1 == table->n_columns || w + GAP >= left;
        if (last && (!c->right || w > left))
            w = left;
        add_cell(cells ? cells[i] : c->head, w, c->right, last, out);
        if (last)
            break;
        add_blanks(GAP, out);
        left -= w + GAP;
    }
    buf_append_text(out, "\n");
    return out->error;
}
