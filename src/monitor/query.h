/* One host's questions, one after another, and what comes of the answers. Pure: the
 * caller sends and receives. A response is hostile input: whatever it says, the query
 * ends, within the limits of its plan. */
#ifndef MONITOR_QUERY_H
#define MONITOR_QUERY_H

#include "monitor/answer.h"

/* The same for all hosts. */
struct plan {
    struct agent_table table;
    uint32_t fields;           /* FIELD_BIT()s that are wanted; FIELD_NAME always is */
    const char *const *wanted; /* names of groups, or patterns; none = all rows */
    size_t n_wanted;
    unsigned repetitions; /* rows that a GETBULK asks for */
    size_t max_rows;
    size_t max_text; /* octets, of all texts of a host */
    unsigned max_requests;
};
#define PLAN_LIMITS                                                                      \
    .repetitions = 10, .max_rows = 10000, .max_text = 4 << 20, .max_requests = 2000

enum query_outcome {
    QUERY_GOING,
    QUERY_DONE,
    QUERY_ABSENT, /* the agent answers, and has no such table */
    QUERY_BAD,    /* query_problem() tells */
};

struct query;

/* Is `name` what is wanted, by itself or as a pattern (text_matches_glob())? */
bool query_is_named(const char *name, const char *wanted);

/* `bulk`: the version of the protocol has GETBULK. `plan` is borrowed. NULL = no memory.
 */
struct query *query_create(const struct plan *plan, bool bulk);
/* NULL is fine. */
void query_destroy(struct query *query);
/* Fills the next request; false where there is nothing more to ask. */
bool query_next(struct query *query, struct snmp_request *ret_request);
/* The response to the last one of query_next(). Returns query_outcome() as it is now. */
enum query_outcome query_take(struct query *query, const struct response *response);
enum query_outcome query_outcome(const struct query *query);
/* One sentence, printable. */
const char *query_problem(const struct query *query);
/* Value of the source's scalar, 0 where there is none. */
int64_t query_scalar(const struct query *query);
/* Gives the rows away. */
void query_take_answer(struct query *query, struct answer *ret_answer);

#endif
