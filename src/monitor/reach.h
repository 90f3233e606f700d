/* Is a TCP port open? net-snmp waits for connections; a dead host would delay all others.
 * So it is asked to connect only where somebody has just answered. */
#ifndef MONITOR_REACH_H
#define MONITOR_REACH_H

#include <stdbool.h>

/* Is the transport address one of TCP ("tcp:192.0.2.1", "tcp6:[::1]:161")? */
bool reach_is_needed(const char *peer);
/* Begins to connect to a numeric address. Returns a descriptor, or -errno. */
int reach_begin(const char *peer);
/* -EAGAIN: not yet; 0: it is open; another -errno: it is not. */
int reach_look(int fd);

#endif
