/* The answer of one host: rows of a table, as numbers and texts. Bounded, whatever the
 * agent sends. */
#ifndef MONITOR_ANSWER_H
#define MONITOR_ANSWER_H

#include "base/buf.h"
#include "monitor/agent_table.h"

union answer_cell {
    size_t text_at; /* of texts: in `text`, NUL-terminated */
    int64_t number;
};

struct answer_row {
    uint64_t index; /* with two arcs, the first one is the upper half */
    uint32_t have;  /* FIELD_BIT()s */
    union answer_cell cells[FIELDS];
};

struct answer {
    struct answer_row *rows; /* ascending by index */
    size_t n_rows;
    size_t cap;
    struct buf text;
};

#define ANSWER_CELL_MAX 1024 /* octets of a text; the rest is cut */

void answer_free(struct answer *answer);
/* The row of this index, added if it is missing. NULL = no memory. The next call makes
 * pointers to rows invalid. */
struct answer_row *answer_row(struct answer *answer, uint64_t index);
/* Copies the text, escaped where it is not printable, and cut. Returns 0 or -ENOMEM. */
int answer_set_text(struct answer *answer, struct answer_row *row, enum field field,
                    const char *text, size_t len);
void answer_set_number(struct answer_row *row, enum field field, int64_t number);
/* "" and 0 if the row has no such cell. */
const char *answer_text(const struct answer *answer, const struct answer_row *row,
                        enum field field);
int64_t answer_number(const struct answer_row *row, enum field field);
/* Frees the room for further rows: there may be many hosts. */
void answer_trim(struct answer *answer);
/* Removes the rows for whose name `keep` returns false. */
void answer_filter(struct answer *answer, bool (*keep)(const char *name, const void *arg),
                   const void *arg);

#endif
