/* What one host said: rows of a table, as numbers and texts. Bounded, whatever an agent
 * sends. */
#ifndef MONITOR_ANSWER_H
#define MONITOR_ANSWER_H

#include "base/buf.h"
#include "monitor/agent_table.h"

union answer_cell {
    size_t text_at; /* of texts: in `text`, NUL-terminated */
    int64_t number;
};

struct answer_row {
    uint32_t index;
    uint32_t have; /* FIELD_BIT()s */
    union answer_cell cells[FIELDS];
};

struct answer {
    struct answer_row *rows; /* ascending by index */
    size_t n_rows;
    size_t cap;
    struct buf text;
};

#define ANSWER_CELL_MAX 1024 /* octets of a text that are kept */

void answer_free(struct answer *answer);
/* The row of that index, made if there is none. NULL = no memory. Pointers to rows end
 * with the next call. */
struct answer_row *answer_row(struct answer *answer, uint32_t index);
/* A copy of the text, made printable where it is not, so cut that it fits. 0 or -ENOMEM.
 */
int answer_set_text(struct answer *answer, struct answer_row *row, enum field field,
                    const char *text, size_t len);
void answer_set_number(struct answer_row *row, enum field field, int64_t number);
/* "" and 0 where the row has no such cell. */
const char *answer_text(const struct answer *answer, const struct answer_row *row,
                        enum field field);
int64_t answer_number(const struct answer_row *row, enum field field);
/* Gives back the memory that no more rows need: there may be many hosts. */
void answer_trim(struct answer *answer);
/* Keeps the rows that `keep` likes. */
void answer_filter(struct answer *answer, bool (*keep)(const char *name, const void *arg),
                   const void *arg);

#endif
