/* What client.c and client_engine.c share. */
#ifndef MONITOR_CLIENT_STATE_H
#define MONITOR_CLIENT_STATE_H

#include "monitor/client.h"
#include "monitor/client_base.h"

struct client {
    netsnmp_session base;
    bool any_source;
    client_handler *handler;
    netsnmp_large_fd_set readable;
    struct varbind *varbinds; /* of the current response */
    size_t cap;
    struct map *users; /* sessions that use each entry of the library's list of users */
};

struct client_session {
    struct client *client;
    void *arg;
    void *handle; /* of the library */
    netsnmp_session *state;
    int fd;
    int64_t due_ms;
    bool waiting;     /* a request is outstanding */
    bool probing;     /* ... and it is the discovery of the engine */
    bool probed;      /* the engine is known: the held request can be sent */
    bool refused;     /* the port is closed (ICMP) */
    bool failed;      /* the request could not be sent */
    bool lost;        /* ... because the agent cannot be reached */
    bool closing;     /* the handler is not called any more */
    char problem[80]; /* reason of a Report or of `failed`, "" = none */
    unsigned probes;  /* tries of the discovery */
    struct usmUser *user;
    bool assumed; /* the engine is that of an earlier run, and has not answered yet */
    struct snmp_request *held; /* sent when the engine is known */
    unsigned n_tries;          /* of the request */
    long try_ids[];            /* the request ID of each; access.retries + 1 */
};

/* The session has an engine: makes its user, with keys of that engine. Returns 0, or
 * -EINVAL if the library cannot make them. */
int client_engine_make_user(struct client_session *session);
/* The user is not needed any more. */
void client_engine_drop_user(struct client_session *session);
/* The assumed engine does not answer, or is another one: it is to be discovered. */
void client_engine_forget(struct client_session *session);

#endif
