/* The session that all others are copied from: snmp.conf, version, credentials. */
#ifndef MONITOR_CLIENT_BASE_H
#define MONITOR_CLIENT_BASE_H

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/library/large_fd_set.h>

struct access;
struct buf;

/* Initialises the library. Returns 0, -EINVAL with the reason in `ret_why`, or -ENOMEM.
 */
int client_base_make(const struct access *access, netsnmp_session *ret_session,
                     struct buf *ret_why);
void client_base_free(netsnmp_session *session);

#endif
