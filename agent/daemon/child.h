/* The SNMP process: a child of the daemon that may end at any time. */
#ifndef AGENT_DAEMON_CHILD_H
#define AGENT_DAEMON_CHILD_H

#include "agent/daemon/snmp_log.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct log;
struct daemon_options;

struct child {
    pid_t pid; /* 0 = not running */
    int sock;  /* to it, -1 */
    int pipe;  /* from it, -1 */
    int work;  /* its work mark, -1 */
    bool hung; /* it was killed, because it did not respond */
    struct snmp_log log;
    int64_t started_ms; /* boot time */
    int64_t retry_ms;   /* boot time of the next start */
    int64_t pause_ms;   /* delay of the next start after a short life */
    unsigned unable;    /* starts in a row that could not run the program */
};

/* Starts the SNMP process; it will run as the account `user` (NULL or "": its default).
 * Returns 0, or -errno with retry_ms set. */
int child_start(struct child *child, const struct daemon_options *options,
                const char *user, int64_t now_ms, struct log *log);
/* After waitpid(2): logs its last lines and `status`, and sets retry_ms. */
void child_ended(struct child *child, int status, int64_t now_ms, struct log *log);
/* It does not respond: kills it, unless a debugger has stopped it; child_ended() follows.
 */
void child_kill(struct child *child, struct log *log);
/* Sends SIGTERM and waits; SIGKILL after 2 s. Waits at most 3 s. */
void child_stop(struct child *child, struct log *log);

#endif
