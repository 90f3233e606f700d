#include "monitor/run.h"

#include "base/clock.h"
#include "monitor/client.h"
#include "monitor/names.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define TICK_MS     20  /* between looks at the clocks */
#define SLOW_MS     250 /* who owes an answer longer does not fill the window */
#define EVENTS      256
#define SPARE_FDS   32 /* for all that is no session */
#define DEFAULT_FDS 1024

enum stage {
    STAGE_WAITING, /* its turn has not come */
    STAGE_NAMED,   /* its name is being looked up */
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
    size_t n_named;
    size_t n_later;
};

/* ------------------------------------------------------------ the end of one */

__attribute__((format(printf, 3, 4))) static void
set_result(struct asker *a, enum host_state state, const char *format, ...)
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

static void end(struct asker *a)
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
        set_result(a, HOST_BAD, "%s", query_problem(a->query));
        end(a);
        return;
    }
    a->run->n_slow -= a->slow;
    a->slow = false;
    a->begin_ms = clock_boot_ms();
    if (client_send(a->session, &request) < 0) {
        set_result(a, HOST_SILENT, "no memory");
        end(a);
    }
}

static void open_session(struct asker *a)
{
    struct run *run = a->run;
    const char *peer = a->numeric ? a->numeric : a->peer;
    int r = client_open(run->client, peer, a, &a->session);
    if (r < 0) {
        set_result(a, HOST_SILENT, "%s", r == -EINVAL ? "no such address" : strerror(-r));
        end(a);
        return;
    }
    a->stage = STAGE_ASKED;
    a->place = run->n_open;
    run->open[run->n_open++] = a;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = a};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, client_fd(a->session), &event) < 0) {
        set_result(a, HOST_SILENT, "%s", strerror(errno));
        end(a);
        return;
    }
    ask(a);
}

static void begin(struct asker *a)
{
    a->query = query_create(a->run->settings->plan, client_has_bulk(a->run->client));
    if (!a->query) {
        set_result(a, HOST_SILENT, "no memory");
        end(a);
        return;
    }
    a->result->state = HOST_SILENT;
    open_session(a);
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
    set_result(a, event == CLIENT_REFUSED ? HOST_REFUSED : HOST_SILENT, "%s", why);
    a->ended = true;
}

/* An agent without the table may be one whose subagent is on its way back. */
static bool is_worth_another_try(const struct asker *a)
{
    const struct run *run = a->run;
    int64_t wait = run->settings->again_ms;
    return wait && !a->again && clock_boot_ms() + wait < run->end_ms;
}

static void ask_later(struct asker *a)
{
    close_session(a);
    query_destroy(a->query);
    a->query = NULL;
    a->again = true;
    a->stage = STAGE_LATER;
    a->begin_ms = clock_boot_ms() + a->run->settings->again_ms;
    a->run->n_later++;
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
    set_result(a,
               outcome == QUERY_DONE     ? HOST_ANSWERED
               : outcome == QUERY_ABSENT ? HOST_ABSENT
                                         : HOST_BAD,
               "%s", query_problem(a->query));
    end(a);
}

static void go_on(struct asker *a)
{
    if (!a->answered)
        return;
    a->answered = false;
    if (a->ended) {
        end(a);
        return;
    }
    enum query_outcome outcome = query_outcome(a->query);
    if (outcome == QUERY_GOING)
        ask(a);
    else
        finish(a, outcome);
}

/* ------------------------------------------------------------ turns and clocks */

static bool has_room(const struct run *run)
{
    return run->n_open < run->max_open &&
           run->n_open - run->n_slow < run->settings->window;
}

static void look_up(struct asker *a)
{
    a->name = names_ask(a->run->names, a->peer);
    if (a->name < 0) {
        set_result(a, HOST_SILENT, "%s", strerror(-a->name));
        end(a);
        return;
    }
    a->stage = STAGE_NAMED;
    a->run->n_named++;
}

static void begin_next(struct run *run)
{
    while (run->next < run->n && has_room(run)) {
        struct asker *a = &run->askers[run->next++];
        if (a->stage != STAGE_WAITING)
            continue;
        if (names_is_needed(a->peer))
            look_up(a);
        else
            begin(a);
    }
}

static void take_name(struct asker *a)
{
    const char *why = "";
    int r = names_get(a->run->names, a->name, &a->numeric, &why);
    if (r == -EAGAIN)
        return;
    a->run->n_named--;
    if (r == 0) {
        begin(a);
        return;
    }
    set_result(a, HOST_SILENT, "the name can't be resolved: %s",
               r == -ENOENT ? why : strerror(-r));
    end(a);
}

/* Those that are in no list of their own; few, or none. */
static void look_at_others(struct run *run, int64_t now)
{
    for (size_t i = 0; i < run->n && (run->n_named || run->n_later); i++) {
        struct asker *a = &run->askers[i];
        if (a->stage == STAGE_NAMED && has_room(run))
            take_name(a);
        if (a->stage == STAGE_LATER && a->begin_ms <= now && has_room(run)) {
            run->n_later--;
            begin(a);
        }
    }
}

static void look_at_clocks(struct run *run)
{
    int64_t now = clock_boot_ms();
    /* From behind: who ends gives his place to the last one, who was looked at. */
    for (size_t i = run->n_open; i-- > 0;) {
        struct asker *a = run->open[i];
        if (!a->slow && now - a->begin_ms >= SLOW_MS) {
            a->slow = true;
            run->n_slow++;
        }
        if (client_due(a->session) <= now) {
            client_timeout(a->session);
            go_on(a);
        }
    }
    look_at_others(run, now);
}

/* ------------------------------------------------------------ the run */

static void meet_deadline(struct run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        struct asker *a = &run->askers[i];
        if (a->stage == STAGE_OVER)
            continue;
        if (a->stage == STAGE_LATER)
            set_result(a, HOST_ABSENT, "%s", "");
        else if (a->stage == STAGE_WAITING)
            set_result(a, HOST_SILENT, "it was not its turn before the deadline");
        else
            set_result(a, HOST_SILENT, "no answer before the deadline");
        end(a);
    }
}

static int wait_for_events(struct run *run)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(run->epoll, events, EVENTS, TICK_MS);
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        struct asker *a = events[i].data.ptr;
        client_read(a->session);
        go_on(a);
    }
    return 0;
}

static int turn(struct run *run)
{
    int64_t looked_ms = clock_boot_ms();
    int r = 0;
    while (r == 0 && run->n_over < run->n) {
        begin_next(run);
        r = wait_for_events(run);
        int64_t now = clock_boot_ms();
        if (now - looked_ms >= TICK_MS) {
            look_at_clocks(run);
            looked_ms = now;
        }
        if (now >= run->end_ms)
            meet_deadline(run);
    }
    return r;
}

/* As many descriptors as the system gives us. */
static size_t find_max_open(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return DEFAULT_FDS - SPARE_FDS;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > 2 * SPARE_FDS ? (size_t)limit.rlim_cur - SPARE_FDS
                                          : SPARE_FDS;
}

static int set_up(struct run *run, const char *const *peers, struct host_result *results)
{
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (run->epoll < 0)
        return -errno;
    run->names = names_create();
    run->askers = calloc(run->n + 1, sizeof(*run->askers));
    run->open = calloc(run->n + 1, sizeof(struct asker *));
    if (!run->names || !run->askers || !run->open)
        return -ENOMEM;
    for (size_t i = 0; i < run->n; i++)
        run->askers[i] =
            (struct asker){.run = run, .result = &results[i], .peer = peers[i]};
    return 0;
}

int run_hosts(const struct run_settings *settings, struct client *client,
              const char *const *peers, size_t n, struct host_result *ret_results)
{
    struct run run = {.settings = settings,
                      .client = client,
                      .n = n,
                      .max_open = find_max_open(),
                      .end_ms = clock_boot_ms() + settings->deadline_ms};
    int r = set_up(&run, peers, ret_results);
    if (r == 0)
        r = turn(&run);
    if (r < 0 && run.askers)
        meet_deadline(&run);
    names_destroy(run.names);
    free(run.askers);
    free(run.open);
    if (run.epoll >= 0)
        close(run.epoll);
    return r;
}
