/* TCP connections that do not block. net-snmp waits for a connection, so that one dead
 * host would delay all others: it gets connections that are established. */
#ifndef MONITOR_TCP_CONNECT_H
#define MONITOR_TCP_CONNECT_H

/* Begins to connect to a numeric address of TCP ("tcp:192.0.2.1", "tcp6:[::1]:161").
 * Returns a descriptor, -EINVAL (not such an address) or another -errno. */
int tcp_connect_begin(const char *peer);
/* Returns 0 when the connection is established, -EAGAIN while it is not, or the -errno of
 * its failure. */
int tcp_connect_poll(int fd);

#endif
