/* What a board means for whoever asked: pure, so that faces can be tested without
 * processes. The faces (mon, Nagios, JSON) are functions of one shape. */
#ifndef CHECK_VERDICT_H
#define CHECK_VERDICT_H

#include "model/group.h"

#include <stddef.h>

struct board;
struct board_group;
struct buf;

/* The worst status on it; unknown is worse than ok and better than warning. */
enum severity verdict_worst(const struct board *board);
/* Groups that are not ok, sorted by name. Returns how many; ret_list may hold `max`. */
size_t verdict_failing(const struct board *board, const struct board_group **ret_list,
                       size_t max);

struct report {
    const char *name;
    /* Appends the answer; returns the exit status. */
    int (*write)(const struct board *board, struct buf *out);
    int usage_status; /* of a bad SPEC */
};

/* NULL where there is no such face. */
const struct report *report_by_name(const char *name);

int report_mon(const struct board *board, struct buf *out);
int report_nagios(const struct board *board, struct buf *out);
int report_json(const struct board *board, struct buf *out);

#endif
