/* Events on their way to the SNMP process. Each is kept until the master agent has
 * acknowledged it; if too many wait, the oldest are dropped and counted. */
#ifndef AGENT_DAEMON_OUTBOX_H
#define AGENT_DAEMON_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

struct outbox;
struct event;

/* NULL when memory is short. */
struct outbox *outbox_create(size_t max);
void outbox_destroy(struct outbox *outbox);
/* Owns the event from now on, also on failure. 0 or -ENOMEM (counted as dropped). */
int outbox_add(struct outbox *outbox, struct event *event);
/* The SNMP process has this event already. An unknown number is ignored. */
void outbox_set_sent(struct outbox *outbox, uint64_t number);
/* The master agent has the event. The number of one that was not sent is ignored. */
void outbox_acknowledge(struct outbox *outbox, uint64_t number);
/* Sends what the SNMP process does not have yet, up to a window of unacknowledged events.
 * Returns 0, -EAGAIN (call again when the socket is writable), or other -errno. */
int outbox_send(struct outbox *outbox, int sock);
/* For a new SNMP process: all of them are sent again. */
void outbox_rewind(struct outbox *outbox);
size_t outbox_waiting(const struct outbox *outbox);
uint32_t outbox_sent(const struct outbox *outbox);    /* acknowledged so far */
uint32_t outbox_dropped(const struct outbox *outbox); /* so far */

#endif
