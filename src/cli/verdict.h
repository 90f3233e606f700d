/* What a board means for whoever asked: pure, so that it can be tested without processes.
 */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "model/group.h"

#include <stdbool.h>
#include <stddef.h>

struct table_image;
struct table_group;

struct verdict {
    const struct table_image *image;
    enum severity status; /* the worst; unknown is worse than ok, better than warning */
    bool blind;           /* nobody could look at all: counts mean nothing */
    const struct table_group **failing; /* those that are not ok, sorted by name */
    size_t n_failing;
};

/* The board must stay as long as the verdict. Returns 0 or -ENOMEM. */
int verdict_reach(const struct table_image *image, struct verdict *ret_verdict);
void verdict_free(struct verdict *verdict);

#endif
