#include "check/verdict.h"

#include "watch/board.h"

#include <stdlib.h>
#include <string.h>

static const struct report reports[] = {
    {"mon", report_mon, 1},
    {"nagios", report_nagios, 3},
    {"json", report_json, 2},
};

const struct report *report_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
        if (strcmp(reports[i].name, name) == 0)
            return &reports[i];
    return NULL;
}

static int rank(uint32_t status)
{
    static const int ranks[] = {[SEVERITY_OK] = 0,
                                [SEVERITY_UNKNOWN] = 1,
                                [SEVERITY_WARNING] = 2,
                                [SEVERITY_CRITICAL] = 3};
    return status <= SEVERITY_UNKNOWN ? ranks[status] : 1;
}

enum severity verdict_worst(const struct board *board)
{
    size_t n;
    const struct board_group *g = board_groups(board, &n);
    enum severity worst = SEVERITY_OK;
    for (size_t i = 0; i < n; i++)
        if (rank(g[i].status) > rank(worst))
            worst = (enum severity)g[i].status;
    return worst;
}

static int by_name(const void *a, const void *b, void *board)
{
    const struct board_group *const *x = a, *const *y = b;
    return strcmp(board_text(board, (*x)->name, NULL),
                  board_text(board, (*y)->name, NULL));
}

size_t verdict_failing(const struct board *board, const struct board_group **ret_list,
                       size_t max)
{
    size_t n, failing = 0;
    const struct board_group *g = board_groups(board, &n);
    for (size_t i = 0; i < n && failing < max; i++)
        if (g[i].status != SEVERITY_OK)
            ret_list[failing++] = &g[i];
    qsort_r(ret_list, failing, sizeof(struct board_group *), by_name,
            (void *)(uintptr_t)board);
    return failing;
}
