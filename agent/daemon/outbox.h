/* Events on their way to the SNMP process. Each is kept until it was delivered; if too
 * many wait, the oldest are dropped and counted. */
#ifndef AGENT_DAEMON_OUTBOX_H
#define AGENT_DAEMON_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct outbox;
struct event;

/* At most `max` events with RECORD_BYTES_MAX bytes of records. NULL when memory is short.
 */
struct outbox *outbox_create(size_t max);
/* The lines for the outbox file about events that do not wait any more are appended to
 * `lines`, which stays the caller's. `dropped`: how many were dropped before. */
void outbox_set_file(struct outbox *outbox, struct buf *lines, uint32_t dropped);
void outbox_destroy(struct outbox *outbox);
/* Owns the event from now on, also on failure. 0 or -ENOMEM (counted as dropped). */
int outbox_add(struct outbox *outbox, struct event *event);
/* The SNMP process has this event already. An unknown number is ignored. */
void outbox_set_sent(struct outbox *outbox, uint64_t number);
/* The event was delivered. A number that is unknown, or was not sent, is ignored: false.
 */
bool outbox_acknowledge(struct outbox *outbox, uint64_t number);
/* A receiver has the event, and others may get it from this SNMP process: the next
 * one is sent meanwhile. If this process ends first, it is dropped, and not sent to all
 * again. A number as of outbox_acknowledge(). */
void outbox_hold(struct outbox *outbox, uint64_t number);
/* Events with higher numbers are not sent yet; at first there is no such bound. */
void outbox_allow(struct outbox *outbox, uint64_t number);
/* Sends what the SNMP process does not have yet, up to a window of unacknowledged events.
 * Returns 0, -EAGAIN (call again when the socket is writable), or other -errno. */
int outbox_send(struct outbox *outbox, int sock);
/* For a new SNMP process: all of them are sent again that are not held. */
void outbox_rewind(struct outbox *outbox);
/* Counts notifications that were dropped outside of the outbox. */
void outbox_add_dropped(struct outbox *outbox, uint32_t n);
/* Appends the records of all events that wait. `is_active` says of a raise whether its
 * violation still is. */
void outbox_format(struct outbox *outbox, bool (*is_active)(void *ctx, uint64_t number),
                   void *ctx, struct buf *out);
/* Bytes of the records of all events that wait. */
size_t outbox_bytes(const struct outbox *outbox);
size_t outbox_waiting(const struct outbox *outbox);
uint32_t outbox_sent(const struct outbox *outbox);    /* delivered so far */
uint32_t outbox_dropped(const struct outbox *outbox); /* so far */

#endif
