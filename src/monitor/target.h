/* A host on its way through the run: what both files of the run share. */
#ifndef MONITOR_TARGET_H
#define MONITOR_TARGET_H

#include "monitor/run.h"

struct resolver;

enum stage {
    STAGE_WAITING,    /* its turn has not come */
    STAGE_NAMED,      /* its name is being looked up */
    STAGE_CONNECTING, /* TCP: is somebody there? */
    STAGE_ASKED,      /* it has a session */
    STAGE_LATER,      /* asked again at `begin_ms` */
    STAGE_DONE,
};

/* A host on its way. */
struct target {
    struct run *run;
    struct host_result *result;
    const char *peer;
    char *numeric; /* where `peer` had a name */
    int name;      /* its number in `names` */
    int reach;     /* STAGE_CONNECTING: a descriptor */
    enum stage stage;
    struct query *query;
    struct client_session *session;
    int64_t begin_ms; /* of its last request, or of the next try */
    bool slow;
    bool again;
    bool answered; /* the handler has something for us */
    bool ended;
    size_t at; /* in run.open */
};

struct run {
    const struct run_settings *settings;
    struct client *client;
    struct resolver *names;
    int epoll;
    int64_t end_ms;
    struct target *targets;
    size_t n;
    size_t next; /* whose turn it is */
    size_t n_done;
    struct target **open; /* with a session */
    size_t n_open;
    size_t n_slow;
    size_t max_open;
    size_t n_connecting; /* in STAGE_CONNECTING */
    size_t n_aside;      /* in STAGE_NAMED, STAGE_CONNECTING, STAGE_LATER */
};

/* Its turn has come: connects, asks. */
void target_begin(struct target *target);
/* It can be asked at once: nothing is to be found out before. */
void target_ask(struct target *target);
/* After the client was at work for it: takes what the handler left. */
void target_go_on(struct target *target);
void target_set_result(struct target *target, enum host_state state, const char *format,
                       ...) __attribute__((format(printf, 3, 4)));
/* Its result stands. */
void target_end(struct target *target);

#endif
