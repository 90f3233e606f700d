#include "check/verdict.h"

#include "model/snapshot.h"
#include "watch/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    int rank;
} statuses[] = {
    [SEVERITY_OK] = {"ok", 0},
    [SEVERITY_WARNING] = {"warning", 2},
    [SEVERITY_CRITICAL] = {"critical", 3},
    [SEVERITY_UNKNOWN] = {"unknown", 1},
};

/* A status that nobody knows is not known to be fine. */
static uint32_t known(uint32_t status)
{
    return status <= SEVERITY_UNKNOWN ? status : SEVERITY_UNKNOWN;
}

const char *verdict_word(uint32_t status)
{
    return statuses[known(status)].word;
}

static enum severity worse(enum severity a, uint32_t b)
{
    return statuses[known(b)].rank > statuses[a].rank ? (enum severity)known(b) : a;
}

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
        v.status = worse(v.status, g[i].status);
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
