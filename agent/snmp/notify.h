/* Notifications on their way: each is kept until the master agent has acknowledged it and
 * the daemon knows. There are at most IPC_EVENTS_MAX and one of this process: without
 * that bound a burst fills both sockets, and then snmpd and its subagent wait for each
 * other forever. */
#ifndef AGENT_SNMP_NOTIFY_H
#define AGENT_SNMP_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outgoing;
struct snmp_agent;

struct outgoing *outgoing_create(void);
void outgoing_destroy(struct outgoing *outgoing);
/* Keeps a copy of the event's image; nothing happens if it is there already with this
 * number. Another event with the same number is kept too: one is an EVENT_STALE of this
 * process. If there is no room, the daemon has dropped the one with the lowest number,
 * and the new event takes its place. Returns 0, -ENOMEM, or -EBADMSG if the bytes are not
 * an event. */
int outgoing_add(struct outgoing *outgoing, uint64_t number, const void *bytes,
                 size_t len);
/* Is nothing on its way? */
bool outgoing_is_empty(const struct outgoing *outgoing);
bool outgoing_has_room(const struct outgoing *outgoing);
/* Sends what may be sent now, in the order of the numbers, and reports to the daemon what
 * was acknowledged. */
void outgoing_flush(struct snmp_agent *agent);
/* For a new session with a master: what was sent in another one is sent again. */
void outgoing_requeue(struct snmp_agent *agent);
/* Can anything be sent at once? */
bool outgoing_is_ready(const struct snmp_agent *agent);

#endif
