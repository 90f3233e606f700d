#include "check/verdict.h"

#include "model/snapshot.h"
#include "watch/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b, void *board)
{
    const struct board_group *const *x = a;
    const struct board_group *const *y = b;
    return strcmp(board_text(board, (*x)->name, NULL),
                  board_text(board, (*y)->name, NULL));
}

int verdict_reach(const struct board *board, struct verdict *ret_verdict)
{
    size_t n;
    const struct board_group *g = board_groups(board, &n);
    struct verdict v = {.board = board, .status = SEVERITY_OK};
    v.failing = calloc(n + 1, sizeof(struct board_group *));
    if (!v.failing)
        return -ENOMEM;
    v.blind = board_scalars(board)->sample_state == SNAPSHOT_FAILED;
    /* Templates have no row then that could say so. */
    v.status = v.blind ? SEVERITY_UNKNOWN : SEVERITY_OK;
    for (size_t i = 0; i < n; i++) {
        v.status = severity_worse(v.status, g[i].status);
        if (g[i].status != SEVERITY_OK)
            v.failing[v.n_failing++] = &g[i];
    }
    qsort_r(v.failing, v.n_failing, sizeof(struct board_group *), by_name,
            (void *)(uintptr_t)board);
    *ret_verdict = v;
    return 0;
}

void verdict_free(struct verdict *verdict)
{
    free(verdict->failing);
    *verdict = (struct verdict){0};
}
