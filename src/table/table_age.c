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

void table_age_of(const struct table_scalars *scalars, int64_t run_ms, int64_t wall_ms,
                  struct table_age *ret_age)
{
    int64_t began = scalars->sampled_run_ms;
    int64_t ms =
        scalars->stale_run_ms && began >= 0 && began < run_ms ? run_ms - began : 0;
    ret_age->ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
    ret_age->stale = scalars->stale_run_ms && run_ms > scalars->stale_run_ms;
    ret_age->since_ms = ret_age->stale ? wall_ms - (run_ms - scalars->stale_run_ms) : 0;
    ret_age->text[0] = '\0';
    if (ret_age->stale)
        table_age_explain(scalars, ms, ret_age->text);
}

/* ------------------------------------------------------------ rows */

static bool turns_unknown(const struct table_group *row, const struct table_age *age)
{
    return age && age->stale && row->admin != GROUP_OFF &&
           row->status != SEVERITY_UNKNOWN;
}

uint32_t table_aged_status(const struct table_group *row, const struct table_age *age)
{
    return turns_unknown(row, age) ? SEVERITY_UNKNOWN : row->status;
}

int64_t table_aged_change(const struct table_group *row, const struct table_age *age)
{
    return turns_unknown(row, age) ? age->since_ms : row->changed_ms;
}

static bool is_doubtful(const struct table_condition *row, const struct table_age *age)
{
    return age && age->stale && row->state != TABLE_CONDITION_OFF &&
           row->state != TABLE_CONDITION_UNKNOWN;
}

uint32_t table_aged_state(const struct table_condition *row, const struct table_age *age)
{
    return is_doubtful(row, age) ? (uint32_t)TABLE_CONDITION_UNKNOWN : row->state;
}

int64_t table_aged_since(const struct table_condition *row, const struct table_age *age)
{
    return is_doubtful(row, age) ? age->since_ms : row->since_ms;
}
