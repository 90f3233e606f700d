/* Tables for a terminal: columns as wide as what is in them, by the width of characters
 * (wcwidth(3), in the locale that is set). Pure. */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct grid;

struct grid_column {
    const char *head;
    bool right;    /* numbers */
    unsigned most; /* columns that it may take where there is a width to fit; 0 = any */
};

/* `columns` stay the caller's and are borrowed. NULL = no memory. */
struct grid *grid_create(const struct grid_column *columns, size_t n);
void grid_destroy(struct grid *table);
/* One text for each column, copied; they are printable. Returns 0 or -ENOMEM. */
int grid_add(struct grid *table, const char *const *cells);
size_t grid_rows(const struct grid *table);
/* Appends the row (-1 = the heads) as a line, `indent` blanks before it, cut to `width`
 * columns (0 = not at all). Returns 0 or -ENOMEM. */
int grid_format(const struct grid *table, int row, unsigned indent, unsigned width,
                struct buf *out);

/* Columns that the text takes. */
unsigned grid_text_width(const char *text);
/* Bytes of `text` that take at most `width` columns, and how many those take. */
size_t grid_text_cut(const char *text, unsigned width, unsigned *ret_width);

#endif
