/* TCP connections. net-snmp waits for them, and a dead host would delay all others: so it
 * gets them when they stand. */
#ifndef MONITOR_TCP_CONNECT_H
#define MONITOR_TCP_CONNECT_H

#include <stdbool.h>

/* Is the transport address one of TCP ("tcp:192.0.2.1", "tcp6:[::1]:161")? */
bool tcp_connect_is_needed(const char *peer);
/* Begins to connect to a numeric address. Returns a descriptor, or -errno. */
int tcp_connect_begin(const char *peer);
/* -EAGAIN: not yet; 0: it stands; another -errno: it does not. */
int tcp_connect_poll(int fd);

#endif
