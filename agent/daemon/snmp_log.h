/* What the SNMP process and its libraries write to stdout and stderr: a pipe of its own,
 * because a compromised process could shut down or truncate what it shares. Its lines go
 * to the daemon's log: bounded in length and rate, escaped, with the process in front. */
#ifndef AGENT_DAEMON_SNMP_LOG_H
#define AGENT_DAEMON_SNMP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct log;

#define SNMP_LOG_LINE_MAX 1024 /* what is longer is cut */

struct snmp_log {
    int fd; /* read end, -1 = none */
    pid_t pid;
    char line[SNMP_LOG_LINE_MAX];
    size_t len;        /* of the line so far */
    bool cut;          /* the rest of the line is skipped */
    uint32_t lines;    /* that may be logged now */
    uint32_t dropped;  /* not reported yet */
    int64_t refill_ms; /* when `lines` grew last */
    size_t bytes;      /* read in this period */
    int64_t period_ms; /* its begin */
};

/* Makes the pipe; both ends are non-blocking and close-on-exec. `snmp_log` is all 0 at
 * first, else that of the process before. 0 or -errno. */
int snmp_log_open(struct snmp_log *snmp_log, int64_t now_ms, int *ret_write_fd);
/* Reads and logs what is there, up to a bound. Returns whether the bound for this second
 * is reached: what is left has to wait, and the SNMP process with it. */
bool snmp_log_read(struct snmp_log *snmp_log, int64_t now_ms, struct log *log);
/* The SNMP process `pid` has ended: logs the rest and closes the pipe. */
void snmp_log_close(struct snmp_log *snmp_log, int64_t now_ms, struct log *log);

#endif
