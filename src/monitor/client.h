/* SNMP over net-snmp's library, without waiting: one session a host, opened when its turn
 * comes. Discovery of a v3 engine is a request like any other here, so that a dead host
 * delays nobody (net-snmp's own would block). Nothing is sent or closed inside the
 * library's callbacks. */
#ifndef MONITOR_CLIENT_H
#define MONITOR_CLIENT_H

#include "monitor/snmp_types.h"

#include <stdbool.h>

struct access;
struct buf;
struct client;
struct client_session;

enum client_event {
    CLIENT_ANSWER,    /* `response` is valid during the call */
    CLIENT_NO_ANSWER, /* all tries are used up; `why` */
    CLIENT_REFUSED,   /* an answer that security forbids, or none could be sent; `why` */
};
/* May not call back into the client. */
typedef void client_handler(void *arg, enum client_event event,
                            const struct response *response, const char *why);

/* Reads snmp.conf, makes the keys (once for all hosts). What is wrong with `access` goes
 * to `ret_why`. One at a time in a process: the library has globals. 0 or -errno. */
int client_create(const struct access *access, client_handler *handler,
                  struct client **ret_client, struct buf *ret_why);
void client_destroy(struct client *client);
/* Does its version have GETBULK? */
bool client_has_bulk(const struct client *client);

/* `peer` is a transport address as snmpcmd(1) has it; it should be numeric, or the
 * resolver is waited for. `fd` is a TCP connection that stands already and is the
 * session's from now on, also on failure; -1: none. 0, -EINVAL (no such address) or
 * -errno. */
int client_open(struct client *client, const char *peer, int fd, void *arg,
                struct client_session **ret_session);
void client_close(struct client_session *session);
int client_fd(const struct client_session *session);
/* Sends; the handler is called once for it, never from in here. */
int client_send(struct client_session *session, const struct snmp_request *request);
/* To be called when the descriptor is readable, and when client_due() has come (boot time
 * in ms, CLOCK_NEVER = nothing is waited for). */
void client_read(struct client_session *session);
int64_t client_due(const struct client_session *session);
void client_timeout(struct client_session *session);

#endif
