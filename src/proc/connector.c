#include "proc/connector.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/process_source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    DATAGRAM_MAX = 256, /* one event takes 76 bytes */
    BATCH = 64,         /* datagrams of one recvmmsg(2) */
    DRAIN_MAX = 65536,  /* datagrams of one drain, however fast new ones arrive */
};

/* Since Linux 6.6 the kernel leaves out what is not asked for; linux/cn_proc.h of Debian
 * 12 is older. Another kernel ignores a message of this size. */
struct filter_request {
    uint32_t operation; /* enum proc_cn_mcast_op */
    uint32_t events;    /* bits of enum what */
};
#define WANTED_EVENTS                                                                    \
    (PROC_EVENT_FORK | PROC_EVENT_EXEC | PROC_EVENT_UID | PROC_EVENT_GID |               \
     PROC_EVENT_COMM | (uint32_t)PROC_EVENT_EXIT)

struct connector {
    int fd;
    int helpers[CONNECTOR_HELPERS]; /* sockets that only count as listeners */
    size_t n_helpers;
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_nl senders[BATCH];
    char datagrams[BATCH][DATAGRAM_MAX] __attribute__((aligned(8)));
};

/* ------------------------------------------------------------ subscription */

/* Drops events of threads in the kernel: in those the ids of thread and process differ. A
 * fork has the ids of the child behind those of its parent. The words are loaded as if
 * they were in network byte order. The confirmation, PROC_EVENT_NONE, has no ids. */
static int attach_filter(int fd)
{
    enum { EVENT = NLMSG_HDRLEN + sizeof(struct cn_msg) };
    enum { IDS = EVENT + offsetof(struct proc_event, event_data) };
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EVENT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROC_EVENT_NONE, 10, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 4, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, IDS + 4),
        BPF_STMT(BPF_ST, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, IDS),
        BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, IDS + 12), /* 7: of a fork */
        BPF_STMT(BPF_ST, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, IDS + 8),
        BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, 0), /* 10: compare */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, DATAGRAM_MAX), /* 12: take it */
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    int r = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
    return r == 0 ? 0 : -errno;
}

enum { HEADS = NLMSG_HDRLEN + sizeof(struct cn_msg) };

/* `number` is in the confirmation, which all listeners get: 0 = none is awaited. */
static int send_request(int fd, uint32_t number, const void *request, size_t size)
{
    char packet[HEADS + sizeof(struct filter_request)];
    const struct nlmsghdr head = {.nlmsg_len = (uint32_t)(HEADS + size),
                                  .nlmsg_type = NLMSG_DONE};
    const struct cn_msg message = {
        .id = {CN_IDX_PROC, CN_VAL_PROC}, .ack = number, .len = (uint16_t)size};
    memcpy(packet, &head, sizeof(head));
    memcpy(packet + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(packet + HEADS, request, size);
    return send(fd, packet, HEADS + size, 0) >= 0 ? 0 : -errno;
}

static int send_operation(int fd, uint32_t number, enum proc_cn_mcast_op operation)
{
    uint32_t value = operation;
    return send_request(fd, number, &value, sizeof(value));
}

/* With this filter the kernel would not confirm: PROC_EVENT_NONE has no bit. */
static int send_filter(int fd)
{
    const struct filter_request filter = {PROC_CN_MCAST_LISTEN, WANTED_EVENTS};
    return send_request(fd, 0, &filter, sizeof(filter));
}

/* The larger size needs CAP_NET_ADMIN, the other one nothing. */
static void set_buffer(int fd, size_t buffer)
{
    int size = buffer < INT32_MAX / 2 ? (int)buffer : INT32_MAX / 2;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Any process of the host may send to the socket: only the kernel has port 0
 * (netlink(7)). */
static bool is_from_kernel(const struct sockaddr_nl *sender, socklen_t len)
{
    return len == sizeof(*sender) && sender->nl_family == AF_NETLINK &&
           sender->nl_pid == 0;
}

/* Copies the event of a datagram; nothing is aligned in it. Returns whether it is a
 * datagram of the proc connector. */
static bool copy_event(const void *datagram, size_t len, struct proc_event *ret_event)
{
    struct nlmsghdr head;
    struct cn_msg message;
    if (len < HEADS + sizeof(*ret_event))
        return false;
    memcpy(&head, datagram, sizeof(head));
    memcpy(&message, (const char *)datagram + NLMSG_HDRLEN, sizeof(message));
    if (head.nlmsg_type != NLMSG_DONE || message.id.idx != CN_IDX_PROC ||
        message.id.val != CN_VAL_PROC || message.len < sizeof(*ret_event))
        return false;
    memcpy(ret_event, (const char *)datagram + HEADS, sizeof(*ret_event));
    return true;
}

/* Of the request with this number, not of another listener's (cn_proc_ack(),
 * drivers/connector/cn_proc.c). */
static bool is_confirmation(const char *datagram, uint32_t number,
                            const struct proc_event *event)
{
    struct cn_msg message;
    memcpy(&message, datagram + NLMSG_HDRLEN, sizeof(message));
    return event->what == PROC_EVENT_NONE && message.ack == number + 1;
}

/* Reads up to the confirmation; what was before it is not wanted. */
static int await_confirmation(int fd, uint32_t number, unsigned ack_ms)
{
    char datagram[DATAGRAM_MAX];
    int64_t end = clock_boot_ms() + ack_ms;
    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        struct sockaddr_nl sender = {0};
        socklen_t sender_len = sizeof(sender);
        struct proc_event event;
        int64_t left = end - clock_boot_ms();
        if (left <= 0 || poll(&poll_fd, 1, (int)left) == 0)
            return -ETIMEDOUT;
        ssize_t n = recvfrom(fd, datagram, sizeof(datagram), MSG_DONTWAIT,
                             (struct sockaddr *)&sender, &sender_len);
        if (n < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (n >= 0 && is_from_kernel(&sender, sender_len) &&
            copy_event(datagram, (size_t)n, &event) &&
            is_confirmation(datagram, number, &event))
            return -(int)event.event_data.ack.err;
    }
}

static int subscribe(int fd, size_t buffer, unsigned ack_ms)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                        .nl_groups = CN_IDX_PROC};
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint32_t number = (uint32_t)getpid() ^ (uint32_t)now.tv_nsec;
    int r = attach_filter(fd);
    set_buffer(fd, buffer);
    if (r == 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        r = -errno;
    if (r == 0)
        r = send_operation(fd, number, PROC_CN_MCAST_LISTEN);
    if (r == 0)
        r = await_confirmation(fd, number, ack_ms);
    return r == 0 ? send_filter(fd) : r;
}

/* ------------------------------------------------------------ life */

static void prepare_messages(struct connector *c)
{
    for (size_t i = 0; i < BATCH; i++) {
        c->vectors[i] = (struct iovec){c->datagrams[i], DATAGRAM_MAX};
        c->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &c->senders[i], .msg_iov = &c->vectors[i], .msg_iovlen = 1};
    }
}

static int open_socket(void)
{
    int fd =
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    return fd >= 0 ? fd : -errno;
}

int connector_create(size_t buffer, unsigned ack_ms, struct connector **ret_connector)
{
    CLEANUP_FD int fd = open_socket();
    if (fd < 0) /* the kernel has no connector */
        return fd == -EPROTONOSUPPORT ? -ECONNREFUSED : fd;
    int r = subscribe(fd, buffer, ack_ms);
    if (r < 0)
        return r;
    struct connector *c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    c->fd = TAKE_FD(fd);
    prepare_messages(c);
    *ret_connector = c;
    return 0;
}

void connector_destroy(struct connector *c)
{
    if (!c)
        return;
    /* Before Linux 6.6 the kernel counts listeners and does not notice a close(2). */
    send_operation(c->fd, 0, PROC_CN_MCAST_IGNORE);
    close(c->fd);
    for (size_t i = 0; i < c->n_helpers; i++) {
        send_operation(c->helpers[i], 0, PROC_CN_MCAST_IGNORE);
        close(c->helpers[i]);
    }
    free(c);
}

int connector_fd(const struct connector *c)
{
    return c->fd;
}

/* ------------------------------------------------------------ silence */

int connector_mute(struct connector *c, bool mute)
{
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const struct sock_fprog program = {1, code};
    if (!mute)
        return attach_filter(c->fd);
    int r = setsockopt(c->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
    return r == 0 ? 0 : -errno;
}

void connector_cause_event(void)
{
    char name[16];
    if (prctl(PR_GET_NAME, name) == 0)
        prctl(PR_SET_NAME, name);
}

bool connector_has_events(const struct connector *c)
{
    struct pollfd poll_fd = {.fd = c->fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) > 0;
}

static bool is_heard(const struct connector *c)
{
    connector_cause_event();
    return connector_has_events(c);
}

/* The kernel counts each socket once, however often it subscribes (Linux 6.6). */
int connector_subscribe_again(struct connector *c)
{
    int r = send_operation(c->fd, 0, PROC_CN_MCAST_LISTEN);
    if (r == 0)
        r = send_filter(c->fd);
    while (r == 0 && !is_heard(c)) {
        if (c->n_helpers == CONNECTOR_HELPERS)
            return -ENOTCONN;
        r = c->helpers[c->n_helpers] = open_socket();
        if (r >= 0)
            r = send_operation(c->helpers[c->n_helpers++], 0, PROC_CN_MCAST_LISTEN);
    }
    return r;
}

/* ------------------------------------------------------------ events */

int connector_parse(const void *datagram, size_t len, struct buf *events)
{
    struct proc_event event;
    struct source_event found;
    if (!copy_event(datagram, len, &event))
        return 0;
    /* All kinds but a fork begin with the ids of thread and process. */
    pid_t thread = event.event_data.exec.process_pid;
    found = (struct source_event){.pid = event.event_data.exec.process_tgid};
    switch ((uint32_t)event.what) {
    case PROC_EVENT_FORK:
        thread = event.event_data.fork.child_pid;
        found = (struct source_event){event.event_data.fork.child_tgid, SOURCE_STARTED};
        break;
    case PROC_EVENT_EXEC:
        found.kind = SOURCE_EXECUTED;
        break;
    case PROC_EVENT_UID:
    case PROC_EVENT_GID:
        found.kind = SOURCE_CHANGED_IDS;
        break;
    case PROC_EVENT_COMM:
        found.kind = SOURCE_RENAMED;
        break;
    case (uint32_t)PROC_EVENT_EXIT:
        found.kind = SOURCE_ENDED;
        break;
    default:
        return 0;
    }
    if (found.pid <= 0 || thread != found.pid)
        return 0;
    return buf_append(events, &found, sizeof(found)) < 0 ? -ENOMEM : 1;
}

/* Returns the number of datagrams, 0 for an error that is only counted, or -errno. */
static int take_batch(struct connector *c, struct buf *events,
                      struct connector_count *count)
{
    for (size_t i = 0; i < BATCH; i++)
        c->messages[i].msg_hdr.msg_namelen = sizeof(c->senders[i]);
    int n = recvmmsg(c->fd, c->messages, BATCH, MSG_DONTWAIT, NULL);
    if (n < 0 && errno == ENOBUFS) {
        count->lost++;
        return 0;
    }
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        if (!is_from_kernel(&c->senders[i], c->messages[i].msg_hdr.msg_namelen))
            continue;
        int r = connector_parse(c->datagrams[i], c->messages[i].msg_len, events);
        if (r < 0)
            return r;
        count->received += (uint32_t)r;
    }
    return n;
}

int connector_drain(struct connector *c, struct buf *events,
                    struct connector_count *ret_count)
{
    struct connector_count count = {0};
    int r = 0;
    for (int taken = 0; r >= 0 && taken<DRAIN_MAX; taken += r> 0 ? r : 1)
        r = take_batch(c, events, &count);
    if (r < 0 && r != -EAGAIN)
        return r;
    *ret_count = count;
    return 0;
}
