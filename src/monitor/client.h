/* SNMP with net-snmp's library, without blocking: one session for each host. The
 * discovery of a v3 engine is a request like any other here, so that a dead host delays
 * no other host (net-snmp's own discovery blocks). Nothing is sent or closed inside the
 * library's callbacks. */
#ifndef MONITOR_CLIENT_H
#define MONITOR_CLIENT_H

#include "monitor/engine_id.h"
#include "monitor/snmp_types.h"

#include <stdbool.h>

struct access;
struct buf;
struct client;
struct client_session;

enum client_event {
    CLIENT_ANSWER, /* `response` is valid during the call */
    CLIENT_LATE,   /* no answer to the last try in time, but it may still come; `why` */
    CLIENT_NO_ANSWER, /* there will be none: the discovery of the engine timed out, or the
                         connection was lost; `why` */
    CLIENT_REFUSED,   /* by SNMPv3 security, or the request was not sent; `why` */
};
/* Must not call the client. */
typedef void client_handler(void *arg, enum client_event event,
                            const struct response *response, const char *why);

/* Reads snmp.conf and makes the keys, once for all hosts. Errors in `access` go to
 * `ret_why`. A process can have one client at a time, as the library has globals. Returns
 * 0 or -errno. */
int client_create(const struct access *access, client_handler *handler,
                  struct client **ret_client, struct buf *ret_why);
void client_destroy(struct client *client);
/* Has the protocol version GETBULK? */
bool client_has_bulk(const struct client *client);

/* `peer` is a transport address as in snmpcmd(1), with a numeric host, because resolving
 * a name would block. `fd` is an established TCP connection, which belongs to the session
 * from now on, also on failure; -1 = none. Returns 0, -EINVAL (no such address) or
 * -errno.
 */
int client_open(struct client *client, const char *peer, int fd, void *arg,
                struct client_session **ret_session);
/* Before the first request: an engine that an earlier run has found, so that it need not
 * be discovered. If it is another one now, or does not answer in time, it is. `now_s` is
 * the wall time. Of v1 and v2c it does nothing. */
void client_assume_engine(struct client_session *session, const struct engine_id *engine,
                          int64_t now_s);
/* After an answer: the engine, for client_assume_engine(). Not set for v1 and v2c. */
void client_engine(const struct client_session *session, int64_t now_s,
                   struct engine_id *ret_engine);
/* The handler is not called any more. */
void client_close(struct client_session *session);
int client_fd(const struct client_session *session);
/* Sends a request, or another try of it (request->try, at most access.retries): the
 * answer to any try counts. The handler is called once for each try, but never from this
 * function. */
int client_send(struct client_session *session, const struct snmp_request *request);
/* client_read() is for a readable descriptor, client_timeout() for the time client_due()
 * (clock_run_ms(), CLOCK_NEVER = no request is outstanding). */
void client_read(struct client_session *session);
int64_t client_due(const struct client_session *session);
void client_timeout(struct client_session *session);

#endif
