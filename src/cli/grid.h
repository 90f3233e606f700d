/* Tables for a terminal. Columns are as wide as their texts, in columns of wcwidth(3) of
 * the current locale. Pure. */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct grid;

struct grid_column {
    const char *head;
    bool right;    /* numbers */
    unsigned most; /* widest that it may be if the table is too wide; 0 = any */
    unsigned drop; /* left out if the last column has no room, 1 first; 0 = never */
};
#define GRID_COLUMNS_MAX 16

/* `columns` are borrowed; at most GRID_COLUMNS_MAX. NULL = no memory. */
struct grid *grid_create(const struct grid_column *columns, size_t n);
void grid_destroy(struct grid *table);
/* Adds a row: one printable text for each column, copied. Returns 0 or -ENOMEM. */
int grid_add(struct grid *table, const char *const *cells);
/* A cell of the row that was added last gets a color: the parameters of SGR, such as
 * "31", borrowed. */
void grid_paint(struct grid *table, size_t column, const char *color);
size_t grid_rows(const struct grid *table);
/* Appends the row (-1 = the headings) as a line, indented by `indent` blanks and cut to
 * `width` columns (0 = not cut). A table that is wider loses what `most` and `drop` say.
 * Returns 0 or -ENOMEM. */
int grid_format(const struct grid *table, int row, unsigned indent, unsigned width,
                struct buf *out);

/* The width of the text in columns. */
unsigned grid_text_width(const char *text);
/* The bytes of `text` that fit `width` columns, and their width. */
size_t grid_text_cut(const char *text, unsigned width, unsigned *ret_width);

#endif
