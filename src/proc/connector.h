/* Events of all processes from the kernel: the proc connector, a netlink socket.
 * A process of the host's network and pid namespace gets them (Linux 6.6: without
 * privilege, older ones: with CAP_NET_ADMIN). The kernel drops events if they are not
 * read in time; then only a scan can say what has happened. */
#ifndef PROC_CONNECTOR_H
#define PROC_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct connector;

/* A full socket buffer of 8 MiB holds about 20,000 events. */
#define CONNECTOR_BUFFER ((size_t)8 << 20)

/* Subscribes, and waits up to `ack_ms` for the kernel to confirm it: what happens
 * afterwards is reported. `buffer`: bytes of the socket buffer; beyond
 * /proc/sys/net/core/rmem_max only with CAP_NET_ADMIN, else less. Returns 0,
 * -ECONNREFUSED (another network namespace than the host's, or the kernel has no
 * connector), -ETIMEDOUT (not confirmed: another pid or user namespace), -EPERM or
 * another -errno. */
int connector_create(size_t buffer, unsigned ack_ms, struct connector **ret_connector);
/* NULL is fine. */
void connector_destroy(struct connector *connector);
/* For poll(2). */
int connector_fd(const struct connector *connector);

struct connector_count {
    uint32_t received;
    uint32_t lost; /* how often the kernel has dropped events; their number is unknown */
};
/* Appends a struct source_event for each event that has arrived, in their order; does not
 * wait. Events of threads are left out, so that an exec by another thread than the first,
 * and pthread_exit(3) of the first, report an end although the process lives: read it
 * before its end is believed. Returns 0, -ENOMEM, or another -errno: the socket cannot be
 * used any more. */
int connector_drain(struct connector *connector, struct buf *events,
                    struct connector_count *ret_count);

/* With `mute`, the kernel drops all events for this connector. Needs no privilege, as a
 * subscription may. Returns 0 or -errno. */
int connector_mute(struct connector *connector, bool mute);
/* Causes an event, SOURCE_RENAMED of this process, with a name that is the same: to be
 * called by its first thread. */
void connector_cause_event(void);
/* Whether an event waits for connector_drain(). */
bool connector_has_events(const struct connector *connector);
/* The kernel counts its listeners, and stops reporting events when the count is 0. Any
 * process can lower it, with an unsubscription that it never subscribed for. Subscribes
 * until events arrive, with at most CONNECTOR_HELPERS more sockets in all. Returns 0,
 * -ENOTCONN (they do not help) or another -errno. */
#define CONNECTOR_HELPERS 16
int connector_subscribe_again(struct connector *connector);

/* One datagram as the kernel sends it; for connector_drain(), and for tests. Returns the
 * number of events appended, or -ENOMEM. What is not an event of a process is skipped. */
int connector_parse(const void *datagram, size_t len, struct buf *events);

#endif
