#include "monitor/target.h"

#include "base/clock.h"
#include "monitor/progress.h"
#include "monitor/resolver.h"
#include "monitor/tcp_connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define TICK_MS        20   /* between checks of the clocks */
#define SLOW_MS        250  /* a host that takes longer leaves its place in the window */
#define TCP_CONNECT_MS 3000 /* timeout of a TCP connection */
#define EVENTS         256
#define SPARE_FDS      32 /* for descriptors that are not sessions */
#define DEFAULT_FDS    1024

/* ------------------------------------------------------------ turns and clocks */

static bool has_room(const struct run *run)
{
    return run->n_open + run->n_connecting < run->max_open &&
           run->n_open < run->settings->window + run->n_slow;
}

static void begin_next(struct run *run)
{
    while (run->next < run->n && has_room(run)) {
        struct target *t = &run->targets[run->next++];
        if (t->stage != STAGE_WAITING)
            continue;
        if (!resolver_is_needed(t->peer)) {
            target_begin(t);
            continue;
        }
        int r = resolver_begin(t->peer, &t->lookup);
        if (r < 0) {
            target_end(t, HOST_SILENT, "%s", strerror(-r));
            continue;
        }
        t->stage = STAGE_RESOLVING;
        run->n_aside++;
    }
}

static void check_lookup(struct target *t)
{
    const char *why = "";
    int r = resolver_get(t->lookup, &t->numeric, &why);
    if (r == -EAGAIN)
        return;
    t->run->n_aside--;
    if (r == 0)
        target_begin(t);
    else
        target_end(t, HOST_SILENT, "cannot resolve the name: %s",
                   r == -ENOENT ? why : strerror(-r));
}

static void check_connection(struct target *t, int64_t now)
{
    int r = tcp_connect_poll(t->fd);
    if (r == -EAGAIN && now - t->begin_ms < TCP_CONNECT_MS)
        return;
    t->run->n_aside--;
    t->run->n_connecting--;
    if (r == 0) {
        target_open(t);
        return;
    }
    close(t->fd);
    target_end(t, HOST_SILENT, "%s", strerror(r == -EAGAIN ? ETIMEDOUT : -r));
}

/* Hosts that wait for something other than a response: few, or none. */
static void check_aside(struct run *run, int64_t now)
{
    for (size_t i = 0; i < run->next && run->n_aside; i++) {
        struct target *t = &run->targets[i];
        if (t->stage == STAGE_CONNECTING) { /* it has its descriptor */
            check_connection(t, now);
        } else if (t->stage == STAGE_RESOLVING && has_room(run)) {
            check_lookup(t);
        } else if (t->stage == STAGE_LATER && t->begin_ms <= now && has_room(run)) {
            run->n_aside--;
            target_begin(t);
        }
    }
}

static void check_clocks(struct run *run)
{
    int64_t now = clock_run_ms();
    run->n_slow = 0;
    /* Backwards: a target that ends leaves its place to the last one, already checked. */
    for (size_t i = run->n_open; i-- > 0;) {
        struct target *t = run->open[i];
        run->n_slow += now - t->begin_ms >= SLOW_MS;
        if (client_due(t->session) <= now) {
            client_timeout(t->session);
            target_continue(t);
        }
    }
    check_aside(run, now);
}

/* ------------------------------------------------------------ the run */

static void end_all(struct run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        struct target *t = &run->targets[i];
        if (t->stage == STAGE_CONNECTING)
            close(t->fd);
        if (t->stage == STAGE_LATER)
            target_end(t, HOST_ABSENT, "%s", "");
        else if (t->stage == STAGE_WAITING)
            target_end(t, HOST_SILENT, "not polled before the deadline");
        else if (t->stage != STAGE_DONE)
            target_end(t, HOST_SILENT, "no answer before the deadline");
    }
}

static int wait_for_events(struct run *run)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(run->epoll, events, EVENTS, TICK_MS);
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        struct target *t = events[i].data.ptr;
        client_read(t->session);
        target_continue(t);
    }
    return 0;
}

static int poll_all(struct run *run)
{
    int64_t checked_ms = clock_run_ms();
    int r = 0;
    while (r == 0 && run->n_done < run->n) {
        begin_next(run);
        r = wait_for_events(run);
        int64_t now = clock_run_ms();
        if (now - checked_ms >= TICK_MS) {
            check_clocks(run);
            checked_ms = now;
            progress_update(run->settings->progress, now, run->n_done, run->n);
        }
        if (now >= run->end_ms)
            end_all(run);
    }
    return r;
}

/* As many sessions as the limit on descriptors allows. If the limit is low, a quarter of
 * it: opening a session needs one or two more for a moment (resolver, files). */
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

static int set_up(struct run *run, const char *const *peers,
                  const struct host_known *known, struct host_result *results)
{
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (run->epoll < 0)
        return -errno;
    run->targets = calloc(run->n + 1, sizeof(*run->targets));
    run->open = calloc(run->n + 1, sizeof(struct target *));
    if (!run->targets || !run->open)
        return -ENOMEM;
    for (size_t i = 0; i < run->n; i++)
        run->targets[i] = (struct target){
            .run = run, .result = &results[i], .peer = peers[i], .known = known[i]};
    return 0;
}

int run_hosts(const struct run_settings *settings, struct client *client,
              const char *const *peers, const struct host_known *known, size_t n,
              struct host_result *ret_results)
{
    struct run run = {.settings = settings,
                      .client = client,
                      .n = n,
                      .max_open = find_max_open(),
                      .end_ms = clock_run_ms() + settings->deadline_ms};
    int r = set_up(&run, peers, known, ret_results);
    if (r == 0)
        r = poll_all(&run);
    if (r < 0 && run.targets)
        end_all(&run);
    free(run.targets);
    free(run.open);
    if (run.epoll >= 0)
        close(run.epoll);
    return r;
}
