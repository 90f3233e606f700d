/* What members use: sums of a group for its row, and a single member's value. */
#ifndef ENGINE_MEASURE_H
#define ENGINE_MEASURE_H

#include "engine/process_state.h"
#include "engine/suspend.h"
#include "model/snapshot.h"

struct group_state;

/* All that measuring and evaluating need to know of a cycle. */
struct scan_view {
    const struct snapshot *snapshot;
    int64_t interval_ms; /* between scheduled scans */
    const struct suspend *suspend;
    int64_t wall_offset_ms; /* wall time at boot */
};

/* The window in ms that a rate is taken over, for a window as configured (0 = none). */
int64_t measure_window(const struct scan_view *view, int64_t window_ms);
/* A member's value of a condition's metric. Returns 0, -ENODATA (it is not known
 * yet) or -EACCES (an attribute that could not be read). */
int measure_member(const struct scan_view *view, const struct member *member,
                   const struct condition *condition, double *ret_value);
/* The upper bound of a value that is not known yet: of a rate, everything that the
 * process has used so far, within the window; of others, INFINITY. */
double measure_most(const struct scan_view *view, const struct member *member,
                    const struct condition *condition);
/* A measured member's CPU as columns have it: hundredths of a percent. */
uint32_t measure_cpu_column(const struct member *member);
/* Sums up groups after their members are known. Returns 0 or -ENOMEM. */
int measure_groups(const struct scan_view *view, struct group_state *const *groups,
                   size_t n);

#endif
