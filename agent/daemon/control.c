#include "agent/daemon/control.h"

#include "agent/daemon/pace.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 8
#define ACCEPT_MAX  8 /* at once */
/* Connections; `procgroup status` makes one, too. */
#define CONNECTIONS_PER_S 20
#define CONNECTIONS_BURST 100
#define PAUSE_MS          1000
#define GROUPS_MAX        65536 /* NGROUPS_MAX of Linux */

struct control_socket {
    int socket_fd, epoll_fd;
    gid_t gid;
    struct control_owner owner;
    int clients[CLIENTS_MAX]; /* -1 = free */
    size_t next;              /* the place of the next one, from which it displaces */
    struct pace_budget connections;
    int64_t resume_ms; /* boot time; 0 = the socket is waited for */
};

static int wait_for(const struct control_socket *c, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

struct control_socket *control_create(int socket_fd, gid_t gid, int epoll_fd,
                                      const struct control_owner *owner)
{
    struct control_socket *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->socket_fd = socket_fd;
    c->epoll_fd = epoll_fd;
    c->gid = gid;
    c->owner = *owner;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        c->clients[i] = -1;
    if (wait_for(c, socket_fd) == 0)
        return c;
    free(c);
    return NULL;
}

void control_destroy(struct control_socket *control)
{
    for (size_t i = 0; control && i < CLIENTS_MAX; i++)
        cleanup_close_fd(&control->clients[i]);
    free(control);
}

/* ------------------------------------------------------------ permission */

static bool has_group(int fd, gid_t wanted)
{
    socklen_t len = GROUPS_MAX * sizeof(gid_t);
    CLEANUP_FREE gid_t *groups = malloc(len);
    if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
        return false;
    for (size_t i = 0; i < len / sizeof(gid_t); i++)
        if (groups[i] == wanted)
            return true;
    return false;
}

/* The SNMP process or a child of it: it leads a session of its own, which the filter of
 * system calls does not let it leave. One that has ended could be either. A client of an
 * outer PID namespace has no number here; the SNMP process always has one. */
static bool is_of_session(pid_t pid, pid_t leader)
{
    if (!leader || pid <= 0)
        return false;
    pid_t session = getsid(pid);
    return pid == leader || session == leader || (session < 0 && errno == ESRCH);
}

/* The kernel has recorded the ids of the process that called connect(2). */
static bool may_request(const struct control_socket *c, int fd, uid_t *ret_uid)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
        is_of_session(peer.pid, c->owner.snmp_process(c->owner.ctx)))
        return false;
    *ret_uid = peer.uid;
    return peer.uid == 0 || peer.uid == geteuid() || peer.gid == c->gid ||
           has_group(fd, c->gid);
}

/* ------------------------------------------------------------ clients */

static bool ends(const char *text, size_t size)
{
    return memchr(text, '\0', size);
}

/* While the daemon was stopped, a client may have given up: it gets no change later. */
static bool has_left(int fd)
{
    struct pollfd peer = {.fd = fd, .events = POLLRDHUP};
    return poll(&peer, 1, 0) > 0 && peer.revents;
}

/* Whether the client is done with. A reply that cannot be sent is not waited for. */
static bool answer(const struct control_socket *c, int fd)
{
    struct control_request request;
    struct control_reply reply = {.version = CONTROL_VERSION};
    uid_t uid = 0;
    ssize_t n = recv(fd, &request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && errno == EAGAIN) /* the event was of a client with this number before */
        return false;
    if (n <= 0 || has_left(fd))
        return true;
    if (!may_request(c, fd, &uid)) {
        reply.error = -EACCES;
        strcpy(reply.text, "only root and members of the group may request this");
    } else if ((size_t)n != sizeof(request) || request.version != CONTROL_VERSION ||
               !ends(request.group, sizeof(request.group)) ||
               !ends(request.reason, sizeof(request.reason))) {
        reply.error = -EPROTO;
        strcpy(reply.text, "procgroup and procgroupd are of different versions");
    } else {
        c->owner.handle(c->owner.ctx, &request, uid, &reply);
    }
    (void)send(fd, &reply, sizeof(reply), MSG_DONTWAIT | MSG_NOSIGNAL);
    return true;
}

static void add_client(struct control_socket *c, int fd)
{
    int *place = &c->clients[c->next];
    cleanup_close_fd(place);
    if (wait_for(c, fd) < 0) {
        close(fd);
        return;
    }
    *place = fd;
    c->next = (c->next + 1) % CLIENTS_MAX;
}

static void accept_clients(struct control_socket *c, int64_t boot_ms)
{
    for (int i = 0; i < ACCEPT_MAX; i++) {
        int fd = accept4(c->socket_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        add_client(c, fd);
        if (!pace_use(&c->connections, boot_ms, 1, CONNECTIONS_PER_S, CONNECTIONS_BURST))
            continue;
        epoll_ctl(c->epoll_fd, EPOLL_CTL_DEL, c->socket_fd, NULL);
        c->resume_ms = boot_ms + PAUSE_MS;
        return;
    }
}

bool control_take(struct control_socket *control, int fd, int64_t boot_ms)
{
    struct control_socket *c = control;
    if (!c)
        return false;
    if (fd == c->socket_fd) {
        accept_clients(c, boot_ms);
        return true;
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (c->clients[i] != fd)
            continue;
        if (answer(c, fd))
            cleanup_close_fd(&c->clients[i]); /* epoll forgets it */
        return true;
    }
    return false;
}

int64_t control_due(const struct control_socket *control)
{
    return control && control->resume_ms ? control->resume_ms : CLOCK_NEVER;
}

void control_resume(struct control_socket *control, int64_t boot_ms)
{
    if (boot_ms < control_due(control))
        return;
    control->resume_ms = 0;
    (void)wait_for(control, control->socket_fd);
}
