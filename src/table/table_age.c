#include "table/table_age.h"

#include "base/clock.h"
#include "table/table.h"

#include <stdio.h>

#define LATE_INTERVALS 2 /* after the time when the next scan is due */
#define LATE_MS        5000

int64_t table_age_limit(int64_t due_run_ms, int64_t interval_ms, int64_t took_ms)
{
    return due_run_ms + LATE_INTERVALS * interval_ms + LATE_MS + took_ms;
}

void table_age_explain(const struct table_scalars *scalars, int64_t age_ms,
                       char ret_text[TABLE_AGE_TEXT])
{
    char when[32];
    bool scanned = scalars->sampled_ms;
    clock_format_wall(scanned ? scalars->sampled_ms : scalars->started_ms, when,
                      sizeof(when));
    snprintf(ret_text, TABLE_AGE_TEXT,
             "no scan since %s%s (%lld s); procgroupd does not respond",
             scanned ? "" : "the start at ", when, (long long)age_ms / 1000);
}

void table_age_of(const struct table_scalars *scalars, int64_t run_ms,
                  struct table_age *ret_age)
{
    int64_t began = scalars->sampled_run_ms;
    int64_t ms =
        scalars->stale_run_ms && began >= 0 && began < run_ms ? run_ms - began : 0;
    ret_age->ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
    ret_age->stale = scalars->stale_run_ms && run_ms > scalars->stale_run_ms;
    ret_age->text[0] = '\0';
    if (ret_age->stale)
        table_age_explain(scalars, ms, ret_age->text);
}
