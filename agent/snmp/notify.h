/* Notifications on their way: kept until the master has acknowledged each.
 * At most a window of them is out at a time: a burst without reading the answers between
 * fills both sockets, and then snmpd and its subagent wait for each other for ever. */
#ifndef AGENT_SNMP_NOTIFY_H
#define AGENT_SNMP_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

struct outgoing;
struct snmp_process;

struct outgoing *outgoing_create(void);
void outgoing_destroy(struct outgoing *outgoing);
/* A copy of the event's board waits from now on; one with a number that waits already is
 * left out. Returns 0, -ENOMEM, or -EBADMSG where the bytes are no event. */
int outgoing_add(struct outgoing *outgoing, uint64_t number, const void *bytes,
                 size_t len);
/* Sends what may be sent now, tells the watcher what was acknowledged. */
void outgoing_flush(struct snmp_process *snmp);
/* The master is gone: what was out is to be sent again. */
void outgoing_requeue(struct outgoing *outgoing);
/* Is anything ready to be sent at once? */
int outgoing_is_ready(const struct snmp_process *snmp);

#endif
