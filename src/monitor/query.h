/* The requests for one host, one after another, and what their responses contain. Pure:
 * the caller sends and receives. A response is hostile input: whatever it contains, the
 * query ends within the limits of its plan. */
#ifndef MONITOR_QUERY_H
#define MONITOR_QUERY_H

#include "monitor/answer.h"

/* The same for all hosts. */
struct plan {
    struct agent_table table;
    uint32_t fields;           /* FIELD_BIT()s of columns to read; FIELD_NAME always is */
    const char *const *wanted; /* names of groups, or patterns; none = all rows */
    size_t n_wanted;
    unsigned repetitions; /* rows per GETBULK */
    size_t max_rows;
    size_t max_text;       /* octets of all texts of a host */
    unsigned max_requests; /* of full size; more if they have to be smaller */
};
#define PLAN_LIMITS                                                                      \
    .repetitions = 10, .max_rows = 10000, .max_text = 4 << 20, .max_requests = 2000

enum query_outcome {
    QUERY_GOING,
    QUERY_DONE,
    QUERY_ABSENT, /* the agent answers, but has no such table */
    QUERY_BAD,    /* query_problem() has the reason */
};

/* Rows of a host that an earlier run has found. */
struct known_row {
    const char *name;
    uint32_t index;
};
struct known_rows {
    struct known_row *rows;
    size_t n;
};

struct query;

/* Is `name` the wanted name, or does it match it as a pattern (text_matches_glob())? */
bool query_is_named(const char *name, const char *wanted);

/* `bulk`: the protocol version has GETBULK. `plan` is borrowed. NULL = no memory. */
struct query *query_create(const struct plan *plan, bool bulk);
/* Before the first request: if the rows of all wanted groups are known, and no pattern is
 * wanted, they are requested without a walk. Their names are in the same answer: if one
 * of them is another one now, or the request fails, the walk is made. `known` is
 * borrowed. */
void query_use_rows(struct query *query, const struct known_rows *known);
/* Before the first request, of a table with indexes of two arcs: only rows whose first
 * arc is the index of a row of `first` are walked. It is borrowed, and not empty. */
void query_walk_within(struct query *query, const struct answer *first);
/* NULL is fine. */
void query_destroy(struct query *query);
/* Fills the next request; false if there is no more to send. */
bool query_next(struct query *query, struct snmp_request *ret_request);
/* Fills another try of the request that query_next() has filled, which asks for less.
 * `last`: for as little as possible, because no other try follows. */
void query_retry(struct query *query, bool last, struct snmp_request *ret_request);
/* Takes the response to any try of the last request. Returns query_outcome(). */
enum query_outcome query_take(struct query *query, const struct response *response);
enum query_outcome query_outcome(const struct query *query);
/* The reason of QUERY_BAD, printable. */
const char *query_problem(const struct query *query);
/* The value of the table's `presence` scalar, 0 if it has none. */
int64_t query_scalar(const struct query *query);
/* The values of `time` (wall time in ms, 0: none) and `age` (ms, -1: none). */
int64_t query_time(const struct query *query);
int64_t query_age(const struct query *query);
/* Moves the rows to `ret_answer`. */
void query_take_answer(struct query *query, struct answer *ret_answer);

#endif
