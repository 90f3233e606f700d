/* Transitions on their way to the SNMP side: kept until it says that the master has
 * acknowledged each. Bounded: when too many wait the oldest are dropped and counted. */
#ifndef AGENT_DAEMON_OUTBOX_H
#define AGENT_DAEMON_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

struct outbox;
struct event;

/* NULL when memory is short. */
struct outbox *outbox_create(size_t max);
void outbox_destroy(struct outbox *outbox);
/* Owns the transition from now on, also on failure. 0 or -ENOMEM. */
int outbox_add(struct outbox *outbox, struct event *event);
/* The master has it. A number that does not wait any more is nothing. */
void outbox_acknowledge(struct outbox *outbox, uint64_t number);
/* Sends what the SNMP side does not have yet, at most a window of them unacknowledged.
 * Returns 0, -EAGAIN (call again when the pair is writable), or other -errno. */
int outbox_send(struct outbox *outbox, int sock);
/* A new SNMP side knows nothing: all of them are to be sent again. */
void outbox_rewind(struct outbox *outbox);
size_t outbox_waiting(const struct outbox *outbox);
uint32_t outbox_sent(const struct outbox *outbox);    /* acknowledged so far */
uint32_t outbox_dropped(const struct outbox *outbox); /* so far */

#endif
