#include "monitor/target.h"

#include "base/clock.h"
#include "monitor/resolver.h"
#include "monitor/tcp_connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define TICK_MS        20   /* between looks at the clocks */
#define SLOW_MS        250  /* who owes an answer longer does not fill the window */
#define TCP_CONNECT_MS 3000 /* what a TCP connection may take */
#define EVENTS         256
#define SPARE_FDS      32 /* for all that is no session */
#define DEFAULT_FDS    1024

/* ------------------------------------------------------------ turns and clocks */

static bool has_room(const struct run *run)
{
    return run->n_open + run->n_connecting < run->max_open &&
           run->n_open - run->n_slow < run->settings->window;
}

static void look_up(struct target *a)
{
    a->name = resolver_ask(a->run->names, a->peer);
    if (a->name < 0) {
        target_set_result(a, HOST_SILENT, "%s", strerror(-a->name));
        target_end(a);
        return;
    }
    a->stage = STAGE_NAMED;
    a->run->n_aside++;
}

static void begin_next(struct run *run)
{
    while (run->next < run->n && has_room(run)) {
        struct target *a = &run->targets[run->next++];
        if (a->stage != STAGE_WAITING)
            continue;
        if (resolver_is_needed(a->peer))
            look_up(a);
        else
            target_begin(a);
    }
}

static void take_name(struct target *a, int64_t now)
{
    const char *why = "";
    int r = resolver_get(a->run->names, a->name, &a->numeric, &why);
    (void)now;
    if (r == -EAGAIN)
        return;
    a->run->n_aside--;
    if (r == 0) {
        target_begin(a);
        return;
    }
    target_set_result(a, HOST_SILENT, "the name can't be resolved: %s",
                      r == -ENOENT ? why : strerror(-r));
    target_end(a);
}

static void take_connected(struct target *a, int64_t now)
{
    int r = tcp_connect_poll(a->reach);
    if (r == -EAGAIN && now - a->begin_ms < TCP_CONNECT_MS)
        return;
    a->run->n_aside--;
    a->run->n_connecting--;
    if (r == 0) {
        target_ask(a);
        return;
    }
    close(a->reach);
    target_set_result(a, HOST_SILENT, "%s", strerror(r == -EAGAIN ? ETIMEDOUT : -r));
    target_end(a);
}

static void take_later(struct target *a, int64_t now)
{
    if (a->begin_ms > now)
        return;
    a->run->n_aside--;
    target_begin(a);
}

static void (*const aside[])(struct target *a, int64_t now) = {
    [STAGE_NAMED] = take_name,
    [STAGE_CONNECTING] = take_connected,
    [STAGE_LATER] = take_later,
    [STAGE_DONE] = NULL,
};

/* Those that wait for something else than an answer; few, or none. */
static void look_aside(struct run *run, int64_t now)
{
    for (size_t i = 0; i < run->next && run->n_aside; i++) {
        struct target *a = &run->targets[i];
        /* Who is connecting has his descriptor already. */
        if (aside[a->stage] && (a->stage == STAGE_CONNECTING || has_room(run)))
            aside[a->stage](a, now);
    }
}

static void look_at_clocks(struct run *run)
{
    int64_t now = clock_boot_ms();
    /* From behind: who ends gives his place to the last one, who was looked at. */
    for (size_t i = run->n_open; i-- > 0;) {
        struct target *a = run->open[i];
        if (!a->slow && now - a->begin_ms >= SLOW_MS) {
            a->slow = true;
            run->n_slow++;
        }
        if (client_due(a->session) <= now) {
            client_timeout(a->session);
            target_go_on(a);
        }
    }
    look_aside(run, now);
}

/* ------------------------------------------------------------ the run */

static void meet_deadline(struct run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        struct target *a = &run->targets[i];
        if (a->stage == STAGE_DONE)
            continue;
        if (a->stage == STAGE_CONNECTING)
            close(a->reach);
        if (a->stage == STAGE_LATER)
            target_set_result(a, HOST_ABSENT, "%s", "");
        else if (a->stage == STAGE_WAITING)
            target_set_result(a, HOST_SILENT, "it was not its turn before the deadline");
        else
            target_set_result(a, HOST_SILENT, "no answer before the deadline");
        char why[sizeof(a->result->problem)];
        memcpy(why, a->result->problem, sizeof(why));
        target_end(a); /* the library tells of a time-out then */
        memcpy(a->result->problem, why, sizeof(why));
    }
}

static int wait_for_events(struct run *run)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(run->epoll, events, EVENTS, TICK_MS);
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        struct target *a = events[i].data.ptr;
        client_read(a->session);
        target_go_on(a);
    }
    return 0;
}

static int turn(struct run *run)
{
    int64_t looked_ms = clock_boot_ms();
    int r = 0;
    while (r == 0 && run->n_done < run->n) {
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

/* As many descriptors as the system gives us. Of few a quarter: a session takes one, and
 * what opens it (a resolver, a configuration file) one or two more for a moment. */
static size_t find_max_open(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return DEFAULT_FDS - SPARE_FDS;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur > 2 * SPARE_FDS)
        return (size_t)limit.rlim_cur - SPARE_FDS;
    return limit.rlim_cur >= 8 ? (size_t)limit.rlim_cur / 4 : 1;
}

static int set_up(struct run *run, const char *const *peers, struct host_result *results)
{
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (run->epoll < 0)
        return -errno;
    run->names = resolver_create();
    run->targets = calloc(run->n + 1, sizeof(*run->targets));
    run->open = calloc(run->n + 1, sizeof(struct target *));
    if (!run->names || !run->targets || !run->open)
        return -ENOMEM;
    for (size_t i = 0; i < run->n; i++)
        run->targets[i] =
            (struct target){.run = run, .result = &results[i], .peer = peers[i]};
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
    if (r < 0 && run.targets)
        meet_deadline(&run);
    resolver_destroy(run.names);
    free(run.targets);
    free(run.open);
    if (run.epoll >= 0)
        close(run.epoll);
    return r;
}
