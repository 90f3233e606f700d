/* The daemon as a service: sd_notify(3), capabilities, limits, the background. */
#ifndef AGENT_DAEMON_SERVICE_H
#define AGENT_DAEMON_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;

/* Sends "READY=1" or the like to $NOTIFY_SOCKET, if there is one. Never waits: -EAGAIN if
 * the socket is full, else 0 or another -errno. */
int service_notify(const char *text);
/* Sends "RELOADING=1" with the time, which Type=notify-reload needs. */
void service_notify_reloading(void);
/* How often systemd expects "WATCHDOG=1" ($WATCHDOG_USEC, for $WATCHDOG_PID): half of it
 * in ms, 0 = not at all. */
int64_t service_watchdog_ms(void);
/* Whether stderr goes to the journal ($JOURNAL_STREAM). */
bool service_has_journal(void);
/* Drops all capabilities except what the daemon needs:
 *   CAP_SYS_PTRACE       exe links, io, fds of other users' processes (proc(5))
 *   CAP_DAC_READ_SEARCH  /proc mounted with hidepid, configuration files
 *   CAP_SETUID, CAP_SETGID, CAP_SETPCAP  for the child, which drops all of them
 *   CAP_NET_BIND_SERVICE  for the child too, if it `listens`
 *   CAP_KILL             ending the child, which runs under another account
 * The child of a user that is not root gets none of them, or if it `listens` the ambient
 * ones of CAP_NET_BIND_SERVICE and, to read its configuration, CAP_DAC_READ_SEARCH.
 * Reading contexts needs no CAP_MAC_ADMIN. The bounding set is reduced to the same.
 * Returns 0 or -errno. */
int service_keep_capabilities(bool listens);
/* Opens /dev/null in place of a closed stdin, stdout or stderr; otherwise the next file
 * to be opened would get the log. To be called first. */
void service_open_stdio(void);
/* Forks into the background. Returns in the child only: a descriptor for
 * service_report_ready(), or -errno. The parent waits for that report and exits with
 * status 0, or with 1 if the child ends without it. */
int service_daemonize(void);
/* The start has succeeded; closes `fd`. -1 is fine. */
void service_report_ready(int fd);
/* Allows as many descriptors as the hard limit does and returns their number. Writing
 * beyond RLIMIT_FSIZE fails from now on instead of raising SIGXFSZ. */
size_t service_raise_limits(void);

#endif
