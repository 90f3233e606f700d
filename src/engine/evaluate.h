/* The value of a condition in one scan, as bounds: the true value lies in [low, high],
 * and both are equal if everything could be read. Compared with the range, it decides
 * what happens to a violation. */
#ifndef ENGINE_EVALUATE_H
#define ENGINE_EVALUATE_H

#include "engine/measure.h"

struct condition_state;
struct group_state;

struct value_bounds {
    bool known;      /* there is a value: at least one member, or a sum of none */
    bool sure;       /* it is true of one certain member at least */
    bool waiting;    /* a value is not known yet, and the bounds are wider for it */
    int64_t kept_ms; /* running time of the oldest value that the source has kept, 0 = all
                        are of this scan */
    double low, high;
    const struct member *worst; /* the offender, NULL = none */
};

enum range_result {
    RANGE_NONE,    /* not known yet: nothing changes */
    RANGE_OK,      /* within `clear`: ends a violation */
    RANGE_BETWEEN, /* within `range`, not within `clear`: begins and ends none */
    RANGE_OUT,
    RANGE_UNKNOWN, /* the bounds allow both */
};

/* The value of a condition that is not `each`. Adds to the histories in `condition`. */
struct value_bounds evaluate_group(const struct scan_view *view,
                                   const struct group_state *group,
                                   struct condition_state *condition);
/* The worst member's value of a condition with `each`. */
struct value_bounds evaluate_worst(const struct scan_view *view,
                                   const struct group_state *group,
                                   const struct condition *condition);
struct value_bounds evaluate_member(const struct scan_view *view,
                                    const struct member *member,
                                    const struct condition *condition);
/* Whether the member is old enough for the condition (min-age). */
bool evaluate_applies(const struct scan_view *view, const struct condition *condition,
                      const struct member *member);
enum range_result evaluate_range(const struct condition *condition,
                                 const struct value_bounds *bounds);

#endif
