#include "monitor/asker.h"

#include "base/clock.h"
#include "monitor/reach.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* ------------------------------------------------------------ the end of one */

void asker_set_result(struct asker *a, enum host_state state, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    a->result->state = state;
    vsnprintf(a->result->problem, sizeof(a->result->problem), format, ap);
    va_end(ap);
}

static void close_session(struct asker *a)
{
    struct run *run = a->run;
    if (!a->session)
        return;
    client_close(a->session);
    a->session = NULL;
    run->n_slow -= a->slow;
    a->slow = false;
    run->open[a->place] = run->open[--run->n_open];
    run->open[a->place]->place = a->place;
}

void asker_end(struct asker *a)
{
    close_session(a);
    query_destroy(a->query);
    a->query = NULL;
    free(a->numeric);
    a->numeric = NULL;
    a->stage = STAGE_OVER;
    a->run->n_over++;
}

/* ------------------------------------------------------------ asking */

static void ask(struct asker *a)
{
    struct request request;
    if (!query_next(a->query, &request)) {
        asker_set_result(a, HOST_BAD, "%s", query_problem(a->query));
        asker_end(a);
        return;
    }
    a->run->n_slow -= a->slow;
    a->slow = false;
    a->begin_ms = clock_boot_ms();
    if (client_send(a->session, &request) < 0) {
        asker_set_result(a, HOST_SILENT, "no memory");
        asker_end(a);
    }
}

static void open_session(struct asker *a)
{
    struct run *run = a->run;
    const char *peer = a->numeric ? a->numeric : a->peer;
    int r = client_open(run->client, peer, a->stage == STAGE_REACHED ? a->reach : -1, a,
                        &a->session);
    if (r < 0) {
        asker_set_result(a, HOST_SILENT, "%s",
                         r == -EINVAL ? "no such address" : strerror(-r));
        asker_end(a);
        return;
    }
    a->stage = STAGE_ASKED;
    a->place = run->n_open;
    run->open[run->n_open++] = a;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = a};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, client_fd(a->session), &event) < 0) {
        asker_set_result(a, HOST_SILENT, "%s", strerror(errno));
        asker_end(a);
        return;
    }
    ask(a);
}

static void reach(struct asker *a)
{
    a->reach = reach_begin(a->numeric ? a->numeric : a->peer);
    if (a->reach < 0) {
        asker_set_result(a, HOST_SILENT, "%s",
                         a->reach == -EINVAL ? "no such address" : strerror(-a->reach));
        asker_end(a);
        return;
    }
    a->begin_ms = clock_boot_ms();
    a->stage = STAGE_REACHED;
    a->run->n_aside++;
    a->run->n_reached++;
}

void asker_ask(struct asker *a)
{
    a->query = query_create(a->run->settings->plan, client_has_bulk(a->run->client));
    if (!a->query) {
        asker_set_result(a, HOST_SILENT, "no memory");
        asker_end(a);
        return;
    }
    a->result->state = HOST_SILENT;
    open_session(a);
}

void asker_begin(struct asker *a)
{
    if (reach_is_needed(a->numeric ? a->numeric : a->peer))
        reach(a);
    else
        asker_ask(a);
}

/* ------------------------------------------------------------ answers */

void run_on_answer(void *arg, enum client_event event, const struct response *response,
                   const char *why)
{
    struct asker *a = arg;
    a->answered = true;
    if (event == CLIENT_ANSWER) {
        query_take(a->query, response);
        return;
    }
    asker_set_result(a, event == CLIENT_REFUSED ? HOST_REFUSED : HOST_SILENT, "%s", why);
    a->ended = true;
}

/* An agent without the table may be one whose subagent is on its way back; those tables
 * that have a scalar beside them are a subagent's. */
static bool is_worth_another_try(const struct asker *a)
{
    const struct run *run = a->run;
    int64_t wait = run->settings->again_ms;
    return wait && !a->again && run->settings->plan->source.presence.len &&
           clock_boot_ms() + wait < run->end_ms;
}

static void ask_later(struct asker *a)
{
    close_session(a);
    query_destroy(a->query);
    a->query = NULL;
    a->again = true;
    a->stage = STAGE_LATER;
    a->begin_ms = clock_boot_ms() + a->run->settings->again_ms;
    a->run->n_aside++;
}

static void finish(struct asker *a, enum query_outcome outcome)
{
    if (outcome == QUERY_ABSENT && is_worth_another_try(a)) {
        ask_later(a);
        return;
    }
    if (outcome == QUERY_DONE) {
        query_take_answer(a->query, &a->result->answer);
        a->result->scalar = query_scalar(a->query);
    }
    asker_set_result(a,
                     outcome == QUERY_DONE     ? HOST_ANSWERED
                     : outcome == QUERY_ABSENT ? HOST_ABSENT
                                               : HOST_BAD,
                     "%s", query_problem(a->query));
    asker_end(a);
}

void asker_go_on(struct asker *a)
{
    if (!a->answered)
        return;
    a->answered = false;
    if (a->ended) {
        asker_end(a);
        return;
    }
    enum query_outcome outcome = query_outcome(a->query);
    if (outcome == QUERY_GOING)
        ask(a);
    else
        finish(a, outcome);
}
