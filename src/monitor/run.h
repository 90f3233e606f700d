/* Polls all hosts at once in one thread, with a limit on the hosts that are polled at a
 * time, a timeout for each, and one deadline for all. */
#ifndef MONITOR_RUN_H
#define MONITOR_RUN_H

#include "monitor/client.h"
#include "monitor/query.h"
#include "monitor/verdict.h"

struct progress;
struct run;

/* What an earlier run has found of a host; NULL: nothing. */
struct host_known {
    const struct known_rows *rows;
    const struct engine_id *engine;
};

struct run_settings {
    const struct plan *plan;
    const struct plan *conditions; /* of their table, read after the groups; or NULL */
    unsigned window;     /* hosts that are polled at a time, without the slow ones */
    int64_t deadline_ms; /* from now */
    int64_t timeout_ms;  /* of one try */
    unsigned retries;    /* tries of a request after the first one */
    int64_t again_ms;    /* a host without the table is polled again after this time: its
                            subagent may be about to come back. 0 = it is not */
    struct progress *progress; /* NULL = it is not shown */
};

/* The client's handler, for client_create(). */
void run_on_answer(void *arg, enum client_event event, const struct response *response,
                   const char *why);

/* Polls the hosts with the transport addresses `peers`, of which `known` is known;
 * ret_results[i] has its name set already. Returns 0 when every host has a result, or
 * -errno. */
int run_hosts(const struct run_settings *settings, struct client *client,
              const char *const *peers, const struct host_known *known, size_t n,
              struct host_result *ret_results);

#endif
