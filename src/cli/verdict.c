#include "cli/verdict.h"

#include "model/snapshot.h"
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b, void *image)
{
    const struct table_group *const *x = a;
    const struct table_group *const *y = b;
    return strcmp(table_text(image, (*x)->name, NULL),
                  table_text(image, (*y)->name, NULL));
}

int verdict_reach(const struct table_image *image, struct verdict *ret_verdict)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    struct verdict v = {.image = image, .status = SEVERITY_OK};
    v.failing = calloc(n + 1, sizeof(struct table_group *));
    if (!v.failing)
        return -ENOMEM;
    v.blind = table_scalars(image)->sample_state == SNAPSHOT_FAILED;
    /* Templates have no row then that could say so. */
    v.status = v.blind ? SEVERITY_UNKNOWN : SEVERITY_OK;
    for (size_t i = 0; i < n; i++) {
        v.status = severity_worse(v.status, g[i].status);
        if (g[i].status != SEVERITY_OK)
            v.failing[v.n_failing++] = &g[i];
    }
    qsort_r(v.failing, v.n_failing, sizeof(struct table_group *), by_name,
            (void *)(uintptr_t)image);
    *ret_verdict = v;
    return 0;
}

void verdict_free(struct verdict *verdict)
{
    free(verdict->failing);
    *verdict = (struct verdict){0};
}
