/* Has the daemon been silent for so long that its table was stale? The SNMP process then
 * makes the event EVENT_STALE in its place, with the next event number, and reports it.
 * Pure: running times (clock_run_ms()) are arguments. */
#ifndef AGENT_DAEMON_SILENCE_H
#define AGENT_DAEMON_SILENCE_H

#include "agent/ipc/ipc.h"
#include "table/table.h"
#include "table/table_age.h"

#include <stdbool.h>
#include <stdint.h>

struct silence {
    /* The last finished cycle: when it began (0 = none yet: the start of the daemon), and
     * when its table is stale. */
    int64_t sampled_run_ms, sampled_wall_ms, stale_run_ms;
    /* The last silence. */
    int64_t lasted_ms, since_wall_ms;
    int64_t ended_run_ms; /* 0 = there was none */
    bool reported;        /* there is an EVENT_STALE, and no EVENT_FRESH yet */
};

/* A cycle with its times. */
struct silence_cycle {
    int64_t began_run_ms, began_wall_ms, ended_run_ms;
    int64_t due_run_ms; /* the next one */
    int64_t interval_ms;
};

/* Before the first cycle, and when the interval changes: the next one is due then. Only
 * a cycle ends a silence: what is stale stays so. */
void silence_expect(struct silence *silence, int64_t run_ms, int64_t due_run_ms,
                    int64_t interval_ms);
bool silence_is_stale(const struct silence *silence, int64_t run_ms);
/* After a cycle that could be evaluated. */
void silence_finish(struct silence *silence, const struct silence_cycle *cycle);
/* A report of the SNMP process: was the daemon silent, and is this the first report of
 * it? It may come a moment after the end. ret_text says why the table was stale. */
bool silence_take_report(struct silence *silence, const struct ipc_stale *report,
                         int64_t run_ms, int64_t started_wall_ms,
                         char ret_text[TABLE_AGE_TEXT]);
/* True once after a silence that was reported has ended. */
bool silence_take_end(struct silence *silence, int64_t run_ms,
                      char ret_text[TABLE_AGE_TEXT]);

#endif
