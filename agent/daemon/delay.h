/* Reports scans that start late, and that the machine was suspended, which is not a delay
 * of the daemon. */
#ifndef AGENT_DAEMON_DELAY_H
#define AGENT_DAEMON_DELAY_H

#include "base/clock.h"

#include <stdbool.h>

struct log;

struct delay {
    bool late; /* a late scan was logged: the following ones are not */
    bool known;
    int64_t suspended_ms; /* as of the last call */
};

/* A scan starts now; the scheduled one was due at the boot time `due_ms`, which may be
 * later than now. */
void delay_note(struct delay *delay, struct moment now, int64_t due_ms, struct log *log);

#endif
