/* The age of a table image: how long ago its scan began, and whether the daemon is late
 * (then the image is stale). One rule for all that read an image. Pure. */
#ifndef TABLE_TABLE_AGE_H
#define TABLE_TABLE_AGE_H

#include <stdbool.h>
#include <stdint.h>

struct table_condition;
struct table_group;
struct table_scalars;

#define TABLE_AGE_TEXT 128

/* Running time is CLOCK_MONOTONIC: while the host is suspended, nothing gets older. */
struct table_age {
    uint32_t ms; /* running time since the last scan began; saturates */
    bool stale;
    int64_t since_ms;          /* stale: wall time at which it became so, else 0 */
    char text[TABLE_AGE_TEXT]; /* stale: "no scan since ...", else "" */
};

/* The running time after which a table is stale: 3 intervals and 5 s after the last scan
 * began, and the time that this cycle took. `due_run_ms` is when the next scan is due,
 * one interval after the last one began. */
int64_t table_age_limit(int64_t due_run_ms, int64_t interval_ms, int64_t took_ms);
/* The age at the running time `run_ms`, when the wall clock shows `wall_ms`. An image
 * without a limit is never stale. */
void table_age_of(const struct table_scalars *scalars, int64_t run_ms, int64_t wall_ms,
                  struct table_age *ret_age);
/* Why a table whose last scan began at this wall time (0 = there was none since
 * `started_ms`) is stale after `age_ms`. */
void table_age_explain(const struct table_scalars *scalars, int64_t age_ms,
                       char ret_text[TABLE_AGE_TEXT]);

/* What a row shows at an age (NULL = the image has none, as that of an event): while the
 * table is stale, a status or state is unknown, and has been so since it became stale,
 * unless it was unknown before. What is switched off is not evaluated, so that it cannot
 * become unknown. */
uint32_t table_aged_status(const struct table_group *row, const struct table_age *age);
int64_t table_aged_change(const struct table_group *row, const struct table_age *age);
uint32_t table_aged_state(const struct table_condition *row, const struct table_age *age);
int64_t table_aged_since(const struct table_condition *row, const struct table_age *age);

#endif
