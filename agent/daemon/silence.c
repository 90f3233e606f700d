#include "agent/daemon/silence.h"

#include <stdio.h>

/* After the end of a silence: what the SNMP process sent before it had a new table. */
#define LATE_REPORT_MS 5000

void silence_expect(struct silence *silence, int64_t run_ms, int64_t due_run_ms,
                    int64_t interval_ms)
{
    if (silence_is_stale(silence, run_ms))
        return;
    if (!silence->sampled_run_ms)
        silence->sampled_run_ms = run_ms;
    silence->stale_run_ms = table_age_limit(due_run_ms, interval_ms, 0);
}

bool silence_is_stale(const struct silence *silence, int64_t run_ms)
{
    return silence->stale_run_ms && run_ms > silence->stale_run_ms;
}

void silence_finish(struct silence *silence, const struct silence_cycle *cycle)
{
    if (silence_is_stale(silence, cycle->ended_run_ms)) {
        silence->lasted_ms = cycle->ended_run_ms - silence->sampled_run_ms;
        silence->since_wall_ms = silence->sampled_wall_ms;
        silence->ended_run_ms = cycle->ended_run_ms;
    }
    silence->sampled_run_ms = cycle->began_run_ms;
    silence->sampled_wall_ms = cycle->began_wall_ms;
    silence->stale_run_ms = table_age_limit(cycle->due_run_ms, cycle->interval_ms,
                                            cycle->ended_run_ms - cycle->began_run_ms);
}

bool silence_take_report(struct silence *silence, const struct ipc_stale *report,
                         int64_t run_ms, int64_t started_wall_ms,
                         char ret_text[TABLE_AGE_TEXT])
{
    bool is_stale = silence_is_stale(silence, run_ms);
    bool just_ended =
        silence->ended_run_ms && run_ms - silence->ended_run_ms <= LATE_REPORT_MS;
    if (silence->reported || (!is_stale && !just_ended))
        return false;
    silence->reported = true;
    const struct table_scalars scalars = {
        .sampled_ms = is_stale ? silence->sampled_wall_ms : silence->since_wall_ms,
        .started_ms = started_wall_ms};
    table_age_explain(&scalars, report->age_ms, ret_text);
    return true;
}

bool silence_take_end(struct silence *silence, int64_t run_ms,
                      char ret_text[TABLE_AGE_TEXT])
{
    if (!silence->reported || silence_is_stale(silence, run_ms))
        return false;
    silence->reported = false;
    silence->ended_run_ms = 0;
    snprintf(ret_text, TABLE_AGE_TEXT, "scanning again: there was no scan for %lld s",
             (long long)silence->lasted_ms / 1000);
    return true;
}
