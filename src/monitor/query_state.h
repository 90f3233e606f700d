/* The state of a query, and the objects that its next request asks for. query.c takes the
 * responses. */
#ifndef MONITOR_QUERY_STATE_H
#define MONITOR_QUERY_STATE_H

#include "monitor/query.h"
#include "monitor/query_size.h"

#define PROBLEM_SIZE 200
#define SCALARS      4 /* presence, total, time, age */
#define FEW_SCALARS  2 /* in small requests */

enum phase {
    PHASE_TABLE,  /* all rows, all columns */
    PHASE_LOOKUP, /* all rows, names only: finds the indexes of the groups */
    PHASE_ROWS,   /* GET of rows by index, after the scalars if they were known */
};

/* The position in a column. */
struct cursor {
    const struct agent_column *column;
    uint64_t index; /* of the last row seen, as answer_row.index */
    bool begun;
    bool done;
};

struct query {
    const struct plan *plan;
    const struct answer *within;    /* NULL: the whole table is walked */
    size_t part;                    /* ... the row of `within` whose rows are walked */
    const struct known_rows *known; /* the rows of PHASE_ROWS are these; NULL: found */
    bool bulk;
    enum query_outcome outcome;
    enum phase phase;
    int64_t presence;
    int64_t total; /* expected rows; -1: the agent does not say */
    int64_t time_ms, age_ms;
    size_t n_scalars, scalar; /* those to be requested, and the next one */
    unsigned requests;
    struct query_size size; /* of the first try of a request */
    unsigned tries;         /* of the last request, without the first one */
    unsigned least_from;    /* this try and later ones ask for as little as possible */
    bool has_grown;
    struct cursor cursors[AGENT_COLUMNS_MAX];
    size_t n_cursors;
    size_t cell;  /* PHASE_ROWS: the next one to request: row * n_cursors + column */
    size_t limit; /* ... and the most objects of the next request, 0 = none */
    struct answer answer;
    char problem[PROBLEM_SIZE];
};

/* Begins with the first request of the phase. */
void query_begin_walk(struct query *q, enum phase phase);
/* Begins with the rows of the next row of `within`; false: there is none. */
bool query_begin_next_part(struct query *q);
/* Has a row of q->known, whose name was just read, the name that it was known by? */
bool query_is_still_named(const struct query *q, const struct answer_row *row);
/* Columns that have not ended (PHASE_ROWS: objects) that a request could ask for, and
 * scalars that could be left out of it. */
size_t query_count_open(const struct query *q);
/* The size of this try of the last request. */
struct query_size query_size_of_try(const struct query *q, unsigned try);
/* The columns of a walk's request of this size; returns how many. */
size_t query_find_cursors(struct query *q, const struct query_size *size,
                          struct cursor **ret_cursors);
/* Scalars before them, or before the objects of a GET. */
size_t query_count_scalars(const struct query *q, const struct query_size *size);
/* Cells of a GET of this size, from q->cell on, and the column of each. */
size_t query_count_cells(const struct query *q, const struct query_size *size);
const struct agent_column *query_column_of_cell(const struct query *q, size_t cell);
/* Fills the try number q->tries. */
void query_fill(struct query *q, struct snmp_request *ret_request);

#endif
