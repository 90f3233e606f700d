/* The SNMP side as the watcher sees it: a child that may end at any time. */
#ifndef AGENT_DAEMON_CHILD_H
#define AGENT_DAEMON_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct log;
struct daemon_options;

struct child {
    pid_t pid;        /* 0 = none is running */
    int sock;         /* our end of the pair, -1 */
    int64_t begun_ms; /* boot time */
    int64_t retry_ms; /* boot time of the next start */
    int64_t pause_ms; /* what a quick end costs the next start */
};

/* Starts one. `user` is whom it shall become. Returns 0 or -errno (retry_ms is set). */
int child_start(struct child *child, const struct daemon_options *options,
                const char *user, bool journal, int64_t now_ms, struct log *log);
/* It ended: looks at how, says so, decides when the next one starts. */
void child_ended(struct child *child, int status, int64_t now_ms, struct log *log);
/* An orderly end: TERM, two seconds, KILL. */
void child_stop(struct child *child);

#endif
