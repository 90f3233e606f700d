/* What a board means for whoever asked: pure, so that it can be tested without processes.
 */
#ifndef CHECK_VERDICT_H
#define CHECK_VERDICT_H

#include "model/group.h"

#include <stdbool.h>
#include <stddef.h>

struct board;
struct board_group;

struct verdict {
    const struct board *board;
    enum severity status; /* the worst; unknown is worse than ok, better than warning */
    bool blind;           /* nobody could look at all: counts mean nothing */
    const struct board_group **failing; /* those that are not ok, sorted by name */
    size_t n_failing;
};

/* The board must stay as long as the verdict. Returns 0 or -ENOMEM. */
int verdict_reach(const struct board *board, struct verdict *ret_verdict);
void verdict_free(struct verdict *verdict);

#endif
