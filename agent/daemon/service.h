/* What a service manager is told (sd_notify(3)), and the rights that the watcher keeps.
 */
#ifndef AGENT_DAEMON_SERVICE_H
#define AGENT_DAEMON_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

struct log;

/* Sends "READY=1" or the like to $NOTIFY_SOCKET; nothing where there is none. */
void service_notify(const char *text);
/* "RELOADING=1" with the clock that Type=notify-reload asks for. */
void service_notify_reloading(void);
/* Is our stderr the journal's ($JOURNAL_STREAM)? */
bool service_has_journal(void);
/* Root keeps of its capabilities what the watcher needs:
 *   CAP_SYS_PTRACE       exe links, io, fds of other users' processes (proc(5))
 *   CAP_DAC_READ_SEARCH  /proc mounted with hidepid, configuration files
 *   CAP_SETUID, CAP_SETGID, CAP_NET_BIND_SERVICE  for the child, which drops all of them
 *   CAP_KILL             ending the child, who is somebody else by then
 *   CAP_MAC_ADMIN is not needed; contexts are readable without a capability
 * The bounding set is cut to the same. Returns 0 or -errno. */
int service_keep_capabilities(void);
/* Opens /dev/null where stdin, stdout or stderr are closed: the log would go to the file
 * that takes the place. Call first of all. */
void service_open_stdio(void);
/* Detaches from the terminal. Returns in the daemon alone, with a descriptor for
 * service_tell_parent(), or with -errno. The parent waits for the daemon's word and ends
 * with status 0, or with 1 where it ended without one. */
int service_daemonize(void);
/* The start went well. */
void service_tell_parent(int fd);
/* As many descriptors as the hard limit allows: returns how many. A file that may not
 * grow gives an error from now on and no signal. */
size_t service_raise_limits(void);

#endif
