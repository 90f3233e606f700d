/* Names in the log the processes with files that do not answer (ETIMEDOUT in
 * process_error()): each of them once, and once more when it answers again. */
#ifndef AGENT_DAEMON_STUCK_LOG_H
#define AGENT_DAEMON_STUCK_LOG_H

struct log;
struct snapshot;
struct stuck_log;

/* NULL = no memory. */
struct stuck_log *stuck_log_create(void);
/* NULL is fine. */
void stuck_log_destroy(struct stuck_log *stuck);
/* After each cycle. Without memory a process may be named again. */
void stuck_log_update(struct stuck_log *stuck, const struct snapshot *snapshot,
                      struct log *log);

#endif
