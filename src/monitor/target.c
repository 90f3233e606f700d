#include "monitor/target.h"

#include "base/clock.h"
#include "monitor/tcp_connect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* ------------------------------------------------------------ the end of one */

void target_set_result(struct target *a, enum host_state state, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    a->result->state = state;
    vsnprintf(a->result->problem, sizeof(a->result->problem), format, ap);
    va_end(ap);
}

static void close_session(struct target *a)
{
    struct run *run = a->run;
    if (!a->session)
        return;
    client_close(a->session);
    a->session = NULL;
    run->n_slow -= a->slow;
    a->slow = false;
    run->open[a->at] = run->open[--run->n_open];
    run->open[a->at]->at = a->at;
}

void target_end(struct target *a)
{
    close_session(a);
    query_destroy(a->query);
    a->query = NULL;
    free(a->numeric);
    a->numeric = NULL;
    a->stage = STAGE_DONE;
    a->run->n_done++;
}

/* ------------------------------------------------------------ asking */

static void ask(struct target *a)
{
    struct snmp_request request;
    if (!query_next(a->query, &request)) {
        target_set_result(a, HOST_BAD, "%s", query_problem(a->query));
        target_end(a);
        return;
    }
    a->run->n_slow -= a->slow;
    a->slow = false;
    a->begin_ms = clock_boot_ms();
    if (client_send(a->session, &request) < 0) {
        target_set_result(a, HOST_SILENT, "no memory");
        target_end(a);
    }
}

static void open_session(struct target *a)
{
    struct run *run = a->run;
    const char *peer = a->numeric ? a->numeric : a->peer;
    int r = client_open(run->client, peer, a->stage == STAGE_CONNECTING ? a->reach : -1,
                        a, &a->session);
    if (r < 0) {
        target_set_result(a, HOST_SILENT, "%s",
                          r == -EINVAL ? "no such address" : strerror(-r));
        target_end(a);
        return;
    }
    a->stage = STAGE_ASKED;
    a->at = run->n_open;
    run->open[run->n_open++] = a;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = a};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, client_fd(a->session), &event) < 0) {
        target_set_result(a, HOST_SILENT, "%s", strerror(errno));
        target_end(a);
        return;
    }
    ask(a);
}

static void reach(struct target *a)
{
    a->reach = tcp_connect_begin(a->numeric ? a->numeric : a->peer);
    if (a->reach < 0) {
        target_set_result(a, HOST_SILENT, "%s",
                          a->reach == -EINVAL ? "no such address" : strerror(-a->reach));
        target_end(a);
        return;
    }
    a->begin_ms = clock_boot_ms();
    a->stage = STAGE_CONNECTING;
    a->run->n_aside++;
    a->run->n_connecting++;
}

void target_ask(struct target *a)
{
    a->query = query_create(a->run->settings->plan, client_has_bulk(a->run->client));
    if (!a->query) {
        target_set_result(a, HOST_SILENT, "no memory");
        target_end(a);
        return;
    }
    a->result->state = HOST_SILENT;
    open_session(a);
}

void target_begin(struct target *a)
{
    if (tcp_connect_is_needed(a->numeric ? a->numeric : a->peer))
        reach(a);
    else
        target_ask(a);
}

/* ------------------------------------------------------------ answers */

void run_on_answer(void *arg, enum client_event event, const struct response *response,
                   const char *why)
{
    struct target *a = arg;
    a->answered = true;
    if (event == CLIENT_ANSWER) {
        query_take(a->query, response);
        return;
    }
    target_set_result(a, event == CLIENT_REFUSED ? HOST_REFUSED : HOST_SILENT, "%s", why);
    a->ended = true;
}

/* An agent without the table may be one whose subagent is on its way back; those tables
 * that have a scalar beside them are a subagent's. */
static bool is_worth_another_try(const struct target *a)
{
    const struct run *run = a->run;
    int64_t wait = run->settings->again_ms;
    return wait && !a->again && run->settings->plan->table.presence.len &&
           clock_boot_ms() + wait < run->end_ms;
}

static void ask_later(struct target *a)
{
    close_session(a);
    query_destroy(a->query);
    a->query = NULL;
    a->again = true;
    a->stage = STAGE_LATER;
    a->begin_ms = clock_boot_ms() + a->run->settings->again_ms;
    a->run->n_aside++;
}

static void finish(struct target *a, enum query_outcome outcome)
{
    if (outcome == QUERY_ABSENT && is_worth_another_try(a)) {
        ask_later(a);
        return;
    }
    if (outcome == QUERY_DONE) {
        query_take_answer(a->query, &a->result->answer);
        a->result->scalar = query_scalar(a->query);
    }
    target_set_result(a,
                      outcome == QUERY_DONE     ? HOST_ANSWERED
                      : outcome == QUERY_ABSENT ? HOST_ABSENT
                                                : HOST_BAD,
                      "%s", query_problem(a->query));
    target_end(a);
}

void target_go_on(struct target *a)
{
    if (!a->answered)
        return;
    a->answered = false;
    if (a->ended) {
        target_end(a);
        return;
    }
    enum query_outcome outcome = query_outcome(a->query);
    if (outcome == QUERY_GOING)
        ask(a);
    else
        finish(a, outcome);
}
