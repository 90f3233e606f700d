/* Since when the SNMP process has been at its present work: a mark in a page that it
 * shares with the daemon, which reads it at any time and wakes nothing up. The SNMP
 * process may be compromised: the page can be neither cut nor extended, the daemon does
 * not map it, and what it says only leads to an earlier ping. */
#ifndef AGENT_IPC_WORK_MARK_H
#define AGENT_IPC_WORK_MARK_H

#include <stdint.h>

struct work_mark;

/* A new page, "it waits". Returns a memfd (close-on-exec) or -errno. */
int work_mark_create(void);
/* How long it has been at this work at `run_ms` of clock_run_ms(), in ms; 0 = it waits,
 * or the page cannot be read. */
int64_t work_mark_read(int fd, int64_t run_ms);

/* In the SNMP process: maps the page. 0, -EBADMSG if it is not such a page, or another
 * -errno. */
int work_mark_open(int fd, struct work_mark **ret_mark);
/* `mark` NULL = do nothing. */
void work_mark_begin(struct work_mark *mark, int64_t run_ms);
void work_mark_wait(struct work_mark *mark);
void work_mark_close(struct work_mark *mark);

#endif
