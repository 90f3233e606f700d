/* What the watcher and the SNMP side say to each other: packets over a SOCK_SEQPACKET
 * pair. A board travels as a sealed memfd beside its packet; an event's small board
 * travels in the packet. Nobody waits: sends never block. */
#ifndef AGENT_IPC_IPC_H
#define AGENT_IPC_IPC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum ipc_kind {
    IPC_TABLE = 1, /* watcher -> SNMP: fd = memfd with the image */
    IPC_EVENT,     /* watcher -> SNMP: number; payload = the event's board image */
    IPC_SET_REPLY, /* watcher -> SNMP: number = request's; value = 0 or -errno. The board
                      with the new value was sent before it. */
    IPC_ACK,       /* SNMP -> watcher: number = event the master took; value = 0 */
    IPC_SET,       /* SNMP -> watcher: number = request's; index = group's row (0 = the
                      notification switch); value = what to set */
    IPC_STATE,     /* SNMP -> watcher: value = 1 connected to the master, 0 not */
    IPC_TAKEN,     /* SNMP -> watcher: number = boards that it has taken so far */
};

struct ipc_head {
    uint32_t kind;
    uint32_t index;
    int64_t value;
    uint64_t number;
};

#define IPC_PAYLOAD_MAX 32768

struct ipc_packet {
    struct ipc_head head;
    int fd;     /* -1 = none; the receiver owns it */
    size_t len; /* of the payload */
    unsigned char payload[IPC_PAYLOAD_MAX] __attribute__((aligned(16)));
};

/* Both ends non-blocking and close-on-exec; [0] is the watcher's. 0 or -errno. */
int ipc_pair(int ret_fds[2]);
/* Returns 0, -EAGAIN (the pair is full: try when writable), -EPIPE (the other is gone),
 * or other -errno. `fd` -1 = none, stays the caller's. */
int ipc_send(int sock, const struct ipc_head *head, const void *payload, size_t len,
             int fd);
/* Returns 1 with a packet, 0 where there is none, -EPIPE at the end, -EBADMSG for one
 * that is no packet of ours (its fd is closed), or other -errno. */
int ipc_receive(int sock, struct ipc_packet *ret_packet);
/* A memfd with these bytes, sealed against every change. Returns the fd or -errno. */
int ipc_seal(const void *bytes, size_t len);
/* Maps a sealed memfd read-only, after looking that it is sealed and regular. 0 or
 * -errno; unmap with munmap(). */
int ipc_map(int fd, const void **ret_image, size_t *ret_len);

#endif
