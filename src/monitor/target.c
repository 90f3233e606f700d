#include "monitor/target.h"

#include "base/clock.h"
#include "monitor/peer.h"
#include "monitor/resolver.h"
#include "monitor/tcp_connect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* ------------------------------------------------------------ end */

static const char *peer_of(const struct target *t)
{
    return t->numeric ? t->numeric : t->peer;
}

static void close_session(struct target *t)
{
    struct run *run = t->run;
    query_destroy(t->query);
    t->query = NULL;
    if (!t->session)
        return;
    client_close(t->session);
    t->session = NULL;
    run->open[t->at] = run->open[--run->n_open];
    run->open[t->at]->at = t->at;
}

static void end(struct target *t)
{
    close_session(t);
    resolver_end(t->lookup);
    t->lookup = NULL;
    free(t->numeric);
    t->numeric = NULL;
    t->stage = STAGE_DONE;
    t->run->n_done++;
}

void target_end(struct target *t, enum host_state state, const char *format, ...)
{
    va_list ap;
    if (t->has_groups) { /* only conditions are missing */
        end(t);
        return;
    }
    va_start(ap, format);
    t->result->state = state;
    free(t->result->problem);
    if (vasprintf(&t->result->problem, format, ap) < 0)
        t->result->problem = NULL;
    va_end(ap);
    end(t);
}

/* ------------------------------------------------------------ requests */

static void send_request(struct target *t)
{
    struct snmp_request request;
    if (!query_next(t->query, &request)) {
        target_end(t, HOST_BAD, "%s", query_problem(t->query));
        return;
    }
    t->begin_ms = clock_run_ms();
    t->tries = 0;
    if (client_send(t->session, &request) < 0)
        target_end(t, HOST_SILENT, "no memory");
}

/* The last try asks for little. The deadline may leave no time for all of them. */
static void send_again(struct target *t)
{
    const struct run_settings *settings = t->run->settings;
    struct snmp_request request;
    if (t->tries >= settings->retries) {
        end(t);
        return;
    }
    t->tries++;
    bool last = t->tries == settings->retries ||
                clock_run_ms() + 2 * settings->timeout_ms > t->run->end_ms;
    query_retry(t->query, last, &request);
    if (client_send(t->session, &request) < 0)
        target_end(t, HOST_SILENT, "no memory");
}

void target_open(struct target *t)
{
    struct run *run = t->run;
    int fd = t->stage == STAGE_CONNECTING ? t->fd : -1;
    t->query = query_create(run->settings->plan, client_has_bulk(run->client));
    int r = client_open(run->client, peer_of(t), fd, t, &t->session);
    if (r < 0) {
        target_end(t, HOST_SILENT, "%s", r == -EINVAL ? "no such address" : strerror(-r));
        return;
    }
    if (t->query && t->known.rows)
        query_use_rows(t->query, t->known.rows);
    if (t->known.engine)
        client_assume_engine(t->session, t->known.engine, clock_now().wall_ms / 1000);
    t->stage = STAGE_POLLING;
    t->at = run->n_open;
    run->open[run->n_open++] = t;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = t};
    if (!t->query)
        target_end(t, HOST_SILENT, "no memory");
    else if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, client_fd(t->session), &event) < 0)
        target_end(t, HOST_SILENT, "%s", strerror(errno));
    else
        send_request(t);
}

void target_begin(struct target *t)
{
    if (!peer_is_tcp(peer_of(t))) {
        target_open(t);
        return;
    }
    t->fd = tcp_connect_begin(peer_of(t));
    if (t->fd < 0) {
        target_end(t, HOST_SILENT, "%s",
                   t->fd == -EINVAL ? "no such address" : strerror(-t->fd));
        return;
    }
    t->begin_ms = clock_run_ms();
    t->stage = STAGE_CONNECTING;
    t->run->n_aside++;
    t->run->n_connecting++;
}

/* ------------------------------------------------------------ responses */

void run_on_answer(void *arg, enum client_event event, const struct response *response,
                   const char *why)
{
    struct target *t = arg;
    t->responded = true;
    if (event == CLIENT_ANSWER) {
        query_take(t->query, response);
        return;
    }
    t->late = event == CLIENT_LATE;
    t->failed = !t->late;
    if (t->has_groups)
        return;
    t->result->state = event == CLIENT_REFUSED ? HOST_REFUSED : HOST_SILENT;
    free(t->result->problem);
    t->result->problem = strdup(why);
}

/* The subagent of an agent without the table may be about to come back. Tables that have
 * a scalar beside them are a subagent's. */
static bool is_worth_another_try(const struct target *t)
{
    const struct run_settings *settings = t->run->settings;
    return settings->again_ms && !t->again && settings->plan->table.presence.len &&
           clock_run_ms() + settings->again_ms < t->run->end_ms;
}

static void take_groups(struct target *t)
{
    struct host_result *result = t->result;
    query_take_answer(t->query, &result->answer);
    result->scalar = query_scalar(t->query);
    result->time_ms = query_time(t->query);
    result->age_ms = query_age(t->query);
    result->answered_ms = clock_now().wall_ms;
    client_engine(t->session, result->answered_ms / 1000, &result->engine);
    result->state = HOST_ANSWERED;
}

/* SNMPv1 has no 64-bit numbers: values would be missing, and limits too. If the agent
 * does not answer this, the host has its groups nevertheless. */
static void begin_conditions(struct target *t)
{
    const struct plan *plan = t->run->settings->conditions;
    struct query *query = NULL;
    t->has_groups = true;
    if (plan && t->result->answer.n_rows && client_has_bulk(t->run->client))
        query = query_create(plan, true);
    if (!query) {
        end(t);
        return;
    }
    query_destroy(t->query);
    t->query = query;
    if (t->run->settings->plan->n_wanted)
        query_walk_within(query, &t->result->answer);
    send_request(t);
}

static void finish(struct target *t, enum query_outcome outcome)
{
    if (outcome == QUERY_ABSENT && is_worth_another_try(t)) {
        close_session(t);
        t->again = true;
        t->stage = STAGE_LATER;
        t->begin_ms = clock_run_ms() + t->run->settings->again_ms;
        t->run->n_aside++;
        return;
    }
    if (outcome == QUERY_DONE && t->has_groups) {
        query_take_answer(t->query, &t->result->conditions);
        end(t);
    } else if (outcome == QUERY_DONE) {
        take_groups(t);
        begin_conditions(t);
    } else {
        target_end(t, outcome == QUERY_ABSENT ? HOST_ABSENT : HOST_BAD, "%s",
                   query_problem(t->query));
    }
}

void target_continue(struct target *t)
{
    if (!t->responded)
        return;
    t->responded = false;
    enum query_outcome outcome = query_outcome(t->query);
    bool late = t->late;
    t->late = false;
    if (t->failed)
        end(t);
    else if (late)
        send_again(t);
    else if (outcome == QUERY_GOING)
        send_request(t);
    else
        finish(t, outcome);
}
