/* A poll target: one host while it is polled. What both files of the run share. */
#ifndef MONITOR_TARGET_H
#define MONITOR_TARGET_H

#include "monitor/run.h"

struct lookup;

enum stage {
    STAGE_WAITING,    /* not begun */
    STAGE_RESOLVING,  /* its name is being resolved */
    STAGE_CONNECTING, /* a TCP connection is being established */
    STAGE_POLLING,    /* it has a session */
    STAGE_LATER,      /* polled again at `begin_ms` */
    STAGE_DONE,
};

struct target {
    struct run *run;
    struct host_result *result;
    const char *peer;
    struct host_known known;
    char *numeric;         /* `peer` with its name resolved, or NULL */
    struct lookup *lookup; /* STAGE_RESOLVING */
    int fd;                /* STAGE_CONNECTING */
    enum stage stage;
    struct query *query;
    struct client_session *session;
    int64_t begin_ms; /* of its last request, or of the next try */
    bool again;       /* it is polled for the second time */
    unsigned tries;   /* of the last request, without the first one */
    bool late;        /* ... the last of them had no answer in time */
    bool responded;   /* the handler was called: target_continue() has work */
    bool failed;      /* it has its result */
    bool has_groups;  /* ... too: its conditions are read */
    size_t at;        /* in run.open */
};

struct run {
    const struct run_settings *settings;
    struct client *client;
    int epoll;
    int64_t end_ms;
    struct target *targets;
    size_t n;
    size_t next; /* the next one to begin */
    size_t n_done;
    struct target **open; /* STAGE_POLLING */
    size_t n_open;
    size_t n_slow; /* of them at the last check of the clocks */
    size_t max_open;
    size_t n_connecting; /* in STAGE_CONNECTING */
    size_t n_aside;      /* in STAGE_RESOLVING, STAGE_CONNECTING, STAGE_LATER */
};

/* Begins with a host whose name is resolved: connects, or sends the first request. */
void target_begin(struct target *target);
/* Opens the session and sends the first request. */
void target_open(struct target *target);
/* To be called after the client was called for it: the handler may not send or close. */
void target_continue(struct target *target);
/* Ends it with this result. */
void target_end(struct target *target, enum host_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
