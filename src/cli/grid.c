#include "cli/grid.h"

#include "base/buf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define GAP       2  /* blanks between columns */
#define LAST_ROOM 20 /* that columns are left out for */

struct grid_cell {
    char *text;        /* owned */
    const char *color; /* NULL = none */
};

struct grid {
    const struct grid_column *columns;
    size_t n_columns;
    unsigned *widths;        /* of the widest text in each */
    struct grid_cell *cells; /* row by row */
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
        free(table->cells[i].text);
    free(table->cells);
    free(table->widths);
    free(table);
}

static int grow(struct grid *table)
{
    size_t cap = table->cap_rows ? table->cap_rows * 2 : 16;
    if (table->n_rows < table->cap_rows)
        return 0;
    struct grid_cell *cells =
        reallocarray(table->cells, cap * table->n_columns, sizeof(*cells));
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
    struct grid_cell *row = table->cells + table->n_rows * table->n_columns;
    for (size_t i = 0; i < table->n_columns; i++) {
        row[i] = (struct grid_cell){.text = strdup(cells[i])};
        if (!row[i].text) {
            while (i)
                free(row[--i].text);
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

void grid_paint(struct grid *table, size_t column, const char *color)
{
    table->cells[(table->n_rows - 1) * table->n_columns + column].color = color;
}

size_t grid_rows(const struct grid *table)
{
    return table->n_rows;
}

/* ------------------------------------------------------------ fitting a width */

/* Widths of columns; -1 = the column is left out. */
struct fit {
    long widths[GRID_COLUMNS_MAX];
};

/* What the last column has, negative if the others are too wide already. */
static long room_of(const struct grid *table, const struct fit *fit, long width)
{
    for (size_t i = 0; i + 1 < table->n_columns; i++)
        if (fit->widths[i] >= 0)
            width -= fit->widths[i] + GAP;
    return width;
}

static void drop_columns(const struct grid *table, long width, struct fit *fit)
{
    long last = table->widths[table->n_columns - 1];
    long wanted = last < LAST_ROOM ? last : LAST_ROOM;
    for (unsigned drop = 1; drop <= table->n_columns; drop++)
        for (size_t i = 0; i + 1 < table->n_columns; i++)
            if (table->columns[i].drop == drop && room_of(table, fit, width) < wanted)
                fit->widths[i] = -1;
}

/* Cut columns get back what the last one does not need. */
static struct fit fit_columns(const struct grid *table, unsigned width)
{
    struct fit fit = {0};
    for (size_t i = 0; i < table->n_columns; i++) {
        unsigned most = width ? table->columns[i].most : 0;
        fit.widths[i] = most && table->widths[i] > most ? most : table->widths[i];
    }
    if (!width)
        return fit;
    drop_columns(table, width, &fit);
    long spare = room_of(table, &fit, width) - table->widths[table->n_columns - 1];
    for (size_t i = 0; i + 1 < table->n_columns && spare > 0; i++) {
        long cut = fit.widths[i] < 0 ? 0 : table->widths[i] - fit.widths[i];
        long back = cut < spare ? cut : spare;
        fit.widths[i] += back;
        spare -= back;
    }
    return fit;
}

/* ------------------------------------------------------------ lines */

static void add_blanks(unsigned n, struct buf *out)
{
    while (n--)
        buf_append(out, " ", 1);
}

/* `width` is at least 1. A text that is too long ends in "+". The last cell of a line has
 * no blanks after it. */
static void add_cell(const struct grid_cell *cell, unsigned width, bool right, bool last,
                     struct buf *out)
{
    unsigned used;
    size_t len = grid_text_cut(cell->text, width, &used);
    bool cut = cell->text[len] != '\0';
    if (cut)
        len = grid_text_cut(cell->text, width - 1, &used);
    unsigned blanks = width - used - cut;
    if (right)
        add_blanks(blanks, out);
    if (cell->color)
        buf_printf(out, "\033[%sm", cell->color);
    buf_append(out, cell->text, len);
    buf_append_text(out, cut ? "+" : "");
    if (cell->color)
        buf_append_text(out, "\033[m");
    if (!right && !last)
        add_blanks(blanks, out);
}

int grid_format(const struct grid *table, int row, unsigned indent, unsigned width,
                struct buf *out)
{
    unsigned left = !width ? UINT_MAX : width > indent ? width - indent : 0;
    const struct grid_cell *cells =
        row < 0 ? NULL : table->cells + (size_t)row * table->n_columns;
    const struct fit fit = fit_columns(table, width ? left : 0);
    add_blanks(indent, out);
    for (size_t i = 0; i < table->n_columns && left; i++) {
        const struct grid_column *c = &table->columns[i];
        const struct grid_cell head = {.text = (char *)c->head};
        if (fit.widths[i] < 0)
            continue;
        unsigned w = (unsigned)fit.widths[i];
        bool last = i + 1 == table->n_columns || w + GAP >= left;
        if (last && (!c->right || w > left))
            w = left;
        add_cell(cells ? &cells[i] : &head, w, c->right, last, out);
        if (last)
            break;
        add_blanks(GAP, out);
        left -= w + GAP;
    }
    buf_append_text(out, "\n");
    return out->error;
}
