/* The protocol between the daemon and the SNMP process. The daemon sends packets over a
 * SOCK_SEQPACKET pair: a table image, or one of the changes since the last packet with an
 * image, is a sealed memfd that is passed with its packet;
 * the small image of an event is the payload of its packet. The SNMP process answers with
 * reports of one size in a pipe, through which no descriptor can be passed: to close a
 * socket of a hostile process may take an hour (SO_LINGER). Sends never block. */
#ifndef AGENT_IPC_IPC_H
#define AGENT_IPC_IPC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum ipc_kind {
    IPC_TABLE = 1, /* daemon -> SNMP process: fd = memfd with the image */
    IPC_EVENT,     /* daemon -> SNMP process: number; payload = image of the event */
    IPC_SET_REPLY, /* daemon -> SNMP process: number of the IPC_SET; value = 0 or -errno.
                      The image with the new value was sent before it. */
    IPC_ACK,       /* SNMP process -> daemon: number of the acknowledged event */
    IPC_SET,       /* SNMP process -> daemon: number; index = group index (0 = the switch
                      for notifications); value = the new value */
    IPC_STATE,     /* SNMP process -> daemon: value = 1 connected to a master, 0 not */
    IPC_TAKEN,     /* SNMP process -> daemon: number = images received so far */
    IPC_PING,      /* daemon -> SNMP process: number */
    IPC_PONG,      /* SNMP process -> daemon: number of the last IPC_PING */
    IPC_STALE,     /* SNMP process -> daemon: the daemon is late, so that this process has
                      made the event EVENT_STALE; see struct ipc_stale */
    IPC_CHANGES,   /* daemon -> SNMP process: fd = memfd with an image of changes since
                      the last IPC_TABLE or IPC_CHANGES, for table_apply() */
    IPC_DROPPED,   /* SNMP process -> daemon: number = notifications so far that sinks
                      have dropped, reported before the events are acknowledged; value =
                      those of them for sinks that take notifications again, which
                      changes at most once a minute */
    IPC_HELD, /* SNMP process -> daemon: number of an event that a sink has, and others
                 get if this process goes on; IPC_ACK follows */
    IPC_READ, /* SNMP process -> daemon: values were read; at most once a minute */
    /* SNMP process -> daemon, as IPC_SET: of the admin status of a group. */
    IPC_SET_FOR,    /* value = ms from now until it ends, 0 = it has no end */
    IPC_SET_REASON, /* text = the reason */
};

struct ipc_head {
    uint32_t kind;
    uint32_t index;
    int64_t value;
    uint64_t number;
};

struct ipc_stale {
    int64_t wall_ms;   /* time of the event */
    uint32_t age_ms;   /* of the table at that time */
    uint32_t is_named; /* 1: the SNMP process has used head.number for it and keeps the
                          notification; 0: the daemon numbers and sends it */
};

#define IPC_TEXT_MAX 127

/* What the SNMP process sends. */
struct ipc_report {
    struct ipc_head head;
    struct ipc_stale stale;      /* of IPC_STALE */
    char text[IPC_TEXT_MAX + 1]; /* of IPC_SET_REASON; ends with NUL */
};

/* The daemon's end of the pipe. */
struct ipc_inbox {
    struct ipc_report report;
    size_t have; /* bytes of it */
};

#define IPC_PAYLOAD_MAX 32768
#define IPC_REPORTS_MAX 8 /* in one write */
/* At most this many events are sent and neither acknowledged nor dropped. */
#define IPC_EVENTS_MAX 32

struct ipc_packet {
    struct ipc_head head;
    int fd;     /* -1 = none; owned by the receiver */
    size_t len; /* of the payload */
    unsigned char payload[IPC_PAYLOAD_MAX] __attribute__((aligned(16)));
};

/* All ends are non-blocking and close-on-exec; [0] is the daemon's. 0 or -errno. From
 * the daemon: [0] refuses whatever is sent to it. */
int ipc_pair(int ret_fds[2]);
/* To the daemon. */
int ipc_report_pipe(int ret_fds[2]);
/* The process that made the pair; 0 = unknown. */
pid_t ipc_maker(int sock);
/* Returns 0, -EAGAIN (the pair is full: send again when it is writable), -EPIPE (the
 * other end is closed), or another -errno. `fd` stays the caller's; -1 = none. */
int ipc_send(int sock, const struct ipc_head *head, const void *payload, size_t len,
             int fd);
/* Returns 1 with a packet, 0 if there is none, -EPIPE if the other end is closed,
 * -EBADMSG for an invalid packet (its fd is closed), or another -errno. */
int ipc_receive(int sock, struct ipc_packet *ret_packet);
/* `stale` NULL = all zero. As ipc_send(): 0, -EAGAIN, -EPIPE or another -errno. */
int ipc_report(int pipe, const struct ipc_head *head, const struct ipc_stale *stale);
/* The same for up to IPC_REPORTS_MAX heads, of which all or none are sent: they wake the
 * daemon up once. */
int ipc_report_all(int pipe, const struct ipc_head *heads, size_t n);
/* The same with a text of at most IPC_TEXT_MAX bytes. */
int ipc_report_text(int pipe, const struct ipc_head *head, const char *text);
/* Returns 1 with a report, 0 if there is none, -EPIPE if the other end is closed, or
 * another -errno. A part of a report stays in `inbox`, which is empty (all 0) at first.
 */
int ipc_take(int pipe, struct ipc_inbox *inbox, struct ipc_report *ret_report);
/* Makes a memfd with these bytes, sealed against every change. Returns the fd or -errno.
 */
int ipc_seal(const void *bytes, size_t len);
/* Maps a memfd read-only if it is sealed; unmap with munmap(). 0, -EPERM if it is not
 * sealed, -EBADMSG if it is empty, or another -errno. */
int ipc_map(int fd, const void **ret_image, size_t *ret_len);

#endif
