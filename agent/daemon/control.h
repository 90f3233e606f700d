/* The control socket: programs of this host request changes. Root, the account of the
 * daemon and members of the folder's group may, but not the SNMP process, which may have
 * this account; a request is one packet, answered at
 * once. A client that sends nothing waits in one of a few places, from which the next
 * ones displace it, and connections and changes are limited: no client holds up the
 * daemon. */
#ifndef AGENT_DAEMON_CONTROL_H
#define AGENT_DAEMON_CONTROL_H

#include "model/control.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct control_socket;

struct control_owner {
    /* Does what `uid` requests; fills the reply. */
    void (*handle)(void *ctx, const struct control_request *request, uid_t uid,
                   struct control_reply *reply);
    /* The leader of the session whose processes may request nothing; 0 = there is none.
     */
    pid_t (*snmp_process)(void *ctx);
    void *ctx;
};

/* `socket_fd` listens, and belongs to a folder of the group `gid`. Clients are added to
 * `epoll_fd`. NULL = no memory. */
struct control_socket *control_create(int socket_fd, gid_t gid, int epoll_fd,
                                      const struct control_owner *owner);
/* NULL is fine. */
void control_destroy(struct control_socket *control);
/* Takes what an event of epoll is about. False: it is another descriptor. NULL is fine.
 */
bool control_take(struct control_socket *control, int fd, int64_t boot_ms);
/* Boot time of the next control_resume(), CLOCK_NEVER = none is needed. */
int64_t control_due(const struct control_socket *control);
/* Too many connections were made: takes them again. */
void control_resume(struct control_socket *control, int64_t boot_ms);

#endif
