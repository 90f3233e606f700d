/* Between two scans: events of the source, and what follows from them. */
#include "agent/daemon/internal.h"

#include "base/log.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/epoll.h>

#define UPDATE_MAX    256 /* processes of one update */
#define UPDATE_GAP_MS 2   /* the least between two */
/* To wake up takes longer than to take an event: after some that followed each other by
 * less than the first time, those of the second time are taken together. */
#define DENSE_MS  10
#define PAUSE_MS  20
#define DENSE_MAX 10

void updates_set_rules(struct daemon *d)
{
    const struct rules *rules = engine_rules(d->engine);
    d->urgent = false;
    for (size_t i = 0; i < rules->n_groups; i++)
        for (size_t c = 0; c < rules->groups[i].n_conditions; c++) {
            const struct condition *condition = &rules->groups[i].conditions[c];
            if (condition->metric == METRIC_COUNT && isfinite(condition->range.max))
                d->urgent = true;
        }
}

static void pause_events(struct daemon *d, int64_t until_ms)
{
    struct epoll_event event = {.events = until_ms ? 0 : EPOLLIN, .data.fd = d->event_fd};
    if (!until_ms != !d->drain_again_ms)
        epoll_ctl(d->epoll_fd, EPOLL_CTL_MOD, d->event_fd, &event);
    d->drain_again_ms = until_ms;
}

static void add_events(struct daemon *d, const struct source_events *events, int64_t now)
{
    const struct snapshot *snapshot = engine_snapshot(d->engine);
    bool overflow = d->events.overflow;
    d->events_received += events->received;
    d->events_lost += events->lost;
    if (!events->all || !snapshot) {
        d->cycle_wanted |= events->count > 0 || events->rescan;
        return;
    }
    event_list_add(&d->events, events, snapshot, d->urgent, now);
    if (!d->events.overflow)
        return;
    d->cycle_wanted = true;
    if (!overflow)
        log_debug(d->log, events->lost ? "events were lost; scanning"
                                       : "too many events at once; scanning");
}

void updates_take_events(struct daemon *d)
{
    struct source_events events;
    int64_t now = clock_boot_ms();
    const char *name = d->source.name(d->source.ctx);
    int r = d->source.drain(d->source.ctx, &events);
    if (r < 0) {
        log_err(d->log, "source %s has no more events: %s", name, strerror(-r));
        epoll_ctl(d->epoll_fd, EPOLL_CTL_DEL, d->event_fd, NULL);
        d->event_fd = -1;
        return;
    }
    if (name != d->source.name(d->source.ctx))
        log_warn(d->log, "source %s failed; using %s", name,
                 d->source.name(d->source.ctx));
    add_events(d, &events, now);
    /* After a pause the time is longer, but is dense, too. */
    bool dense = now - d->drained_ms < DENSE_MS || d->drain_again_ms;
    d->dense = dense ? d->dense + (d->dense < DENSE_MAX) : d->dense / 2;
    pause_events(d, d->dense == DENSE_MAX && !d->drain_again_ms ? now + PAUSE_MS : 0);
    d->drained_ms = now;
}

int64_t updates_due(const struct daemon *d)
{
    int64_t due = event_list_due(&d->events);
    if (due < d->update_pace.next_ms)
        due = d->update_pace.next_ms;
    return d->drain_again_ms && d->drain_again_ms < due ? d->drain_again_ms : due;
}

/* The next update begins after ten times the CPU time of this one, and after as long as
 * it took, because processes that do not answer take no CPU time. One that made events is
 * followed later, so that a group that goes to and fro does not displace the events of
 * others. */
static void end_update(struct daemon *d, struct moment began, int64_t cpu_us,
                       bool made_events)
{
    int64_t now = clock_boot_ms();
    int64_t gap = now - began.boot_ms;
    int64_t least = made_events ? PACE_GAP_MS : UPDATE_GAP_MS;
    pace_add(&d->update_pace, now, clock_cpu_us() - cpu_us, gap > least ? gap : least);
}

static void repeat_zombies(struct daemon *d, const struct event_wait *waits, size_t n)
{
    const struct snapshot *snapshot = engine_snapshot(d->engine);
    for (size_t i = 0; i < n; i++) {
        const struct process *p = snapshot_find(snapshot, waits[i].pid);
        if (p && process_is_dead(p->state))
            event_list_repeat(&d->events, &waits[i], clock_boot_ms());
    }
}

void updates_run(struct daemon *d)
{
    struct event_wait waits[UPDATE_MAX];
    pid_t pids[UPDATE_MAX];
    size_t touched;
    const struct process_source_ops source = daemon_source(d);
    struct moment now = clock_now();
    int64_t cpu_us = clock_cpu_us();
    if (d->drain_again_ms && now.boot_ms >= d->drain_again_ms)
        updates_take_events(d);
    if (now.boot_ms < d->update_pace.next_ms)
        return;
    size_t n = event_list_take(&d->events, now.boot_ms, waits, UPDATE_MAX);
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        pids[i] = waits[i].pid;
    own_processes_update(d);
    int r = engine_update(d->engine, &source, pids, n, now, &touched);
    d->cycle_wanted |= r < 0;
    if (r < 0 && r != -EAGAIN)
        log_err(d->log, "update failed: %s", strerror(-r));
    bool made_events = engine_has_events(d->engine);
    if (r == 0 && touched > 0) {
        snmp_link_take_events(d);
        snmp_link_publish(d);
    }
    if (r == 0)
        repeat_zombies(d, waits, n);
    end_update(d, now, cpu_us, made_events);
}
