/* A host on its way through the run: what both files of the run share. */
#ifndef MONITOR_ASKER_H
#define MONITOR_ASKER_H

#include "monitor/run.h"

struct names;

enum stage {
    STAGE_WAITING, /* its turn has not come */
    STAGE_NAMED,   /* its name is being looked up */
    STAGE_REACHED, /* TCP: is somebody there? */
    STAGE_ASKED,   /* it has a session */
    STAGE_LATER,   /* asked again at `begin_ms` */
    STAGE_OVER,
};

/* A host on its way. */
struct asker {
    struct run *run;
    struct host_result *result;
    const char *peer;
    char *numeric; /* where `peer` had a name */
    int name;      /* its number in `names` */
    int reach;     /* STAGE_REACHED: a descriptor */
    enum stage stage;
    struct query *query;
    struct client_session *session;
    int64_t begin_ms; /* of its last request, or of the next try */
    bool slow;
    bool again;
    bool answered; /* the handler has something for us */
    bool ended;
    size_t place; /* in run.open */
};

struct run {
    const struct run_settings *settings;
    struct client *client;
    struct names *names;
    int epoll;
    int64_t end_ms;
    struct asker *askers;
    size_t n;
    size_t next; /* whose turn it is */
    size_t n_over;
    struct asker **open; /* with a session */
    size_t n_open;
    size_t n_slow;
    size_t max_open;
    size_t n_reached; /* in STAGE_REACHED */
    size_t n_aside;   /* in STAGE_NAMED, STAGE_REACHED, STAGE_LATER */
};

/* Its turn has come: connects, asks. */
void asker_begin(struct asker *asker);
/* It can be asked at once: nothing is to be found out before. */
void asker_ask(struct asker *asker);
/* After the client was at work for it: takes what the handler left. */
void asker_go_on(struct asker *asker);
void asker_set_result(struct asker *asker, enum host_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Its result stands. */
void asker_end(struct asker *asker);

#endif
