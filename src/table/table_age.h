/* The age of a table image: how long ago its scan began, and whether the daemon is late
 * (then the image is stale). One rule for all that read an image. Pure. */
#ifndef TABLE_TABLE_AGE_H
#define TABLE_TABLE_AGE_H

#include <stdbool.h>
#include <stdint.h>

struct table_scalars;

#define TABLE_AGE_TEXT 128

/* Running time is CLOCK_MONOTONIC: while the host is suspended, nothing gets older. */
struct table_age {
    uint32_t ms; /* running time since the last scan began; saturates */
    bool stale;
    char text[TABLE_AGE_TEXT]; /* stale: "no scan since ...", else "" */
};

/* The running time after which a table is stale: 3 intervals and 5 s after the last scan
 * began, and the time that this cycle took. `due_run_ms` is when the next scan is due,
 * one interval after the last one began. */
int64_t table_age_limit(int64_t due_run_ms, int64_t interval_ms, int64_t took_ms);
/* The age at the running time `run_ms`. An image without a limit is never stale. */
void table_age_of(const struct table_scalars *scalars, int64_t run_ms,
                  struct table_age *ret_age);
/* Why a table whose last scan began at this wall time (0 = there was none since
 * `started_ms`) is stale after `age_ms`. */
void table_age_explain(const struct table_scalars *scalars, int64_t age_ms,
                       char ret_text[TABLE_AGE_TEXT]);

#endif
