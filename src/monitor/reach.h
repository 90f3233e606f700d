/* TCP connections. net-snmp waits for them, and a dead host would delay all others: so it
 * gets them when they stand. */
#ifndef MONITOR_REACH_H
#define MONITOR_REACH_H

#include <stdbool.h>

/* Is the transport address one of TCP ("tcp:192.0.2.1", "tcp6:[::1]:161")? */
bool reach_is_needed(const char *peer);
/* Begins to connect to a numeric address. Returns a descriptor, or -errno. */
int reach_begin(const char *peer);
/* -EAGAIN: not yet; 0: it stands; another -errno: it does not. */
int reach_look(int fd);

#endif
