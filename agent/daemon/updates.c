/* Between two scans: events of the source, and what follows from them. */
#include "agent/daemon/internal.h"

#include "base/log.h"
#include "select/selector.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/epoll.h>

#define UPDATE_MAX    256 /* processes of one update */
#define UPDATE_GAP_MS 2   /* the least between two */
/* After that much of a second updates are made together: each takes time of its own,
 * however few processes it is about. */
#define UPDATE_PER_S 4000 /* us of CPU time */
#define UPDATE_BURST 4000
#define UPDATE_SHARE 300
#define TOGETHER_MS  40
/* A group that leaves and enters its limits all the time does not displace the events of
 * others. */
#define EVENTS_PER_S 10
#define EVENTS_BURST 10
#define LOG_AGAIN_MS 60000
/* A storm of events, or scans again and again because of them: scans at their regular
 * times are cheaper. */
#define STORM_PER_S   30000
#define STORM_BURST   150000
#define RESCAN_COST   30 /* of a budget of one a second */
#define RESCANS_BURST 60
#define MUTE_MS       30000

/* A violation by one more process, without a recheck or a least age. */
static bool is_urgent_rule(const struct group *rule)
{
    for (size_t c = 0; c < rule->n_conditions; c++) {
        const struct condition *condition = &rule->conditions[c];
        if (condition->metric == METRIC_COUNT && isfinite(condition->range.max) &&
            condition->recheck_ms == 0 && condition->min_age_ms == 0)
            return true;
    }
    return false;
}

void updates_set_rules(struct daemon *d)
{
    const struct rules *rules = engine_rules(d->engine);
    buf_clear(&d->urgent);
    for (size_t i = 0; i < rules->n_groups; i++) {
        const struct group *rule = &rules->groups[i];
        if (rule->selector && is_urgent_rule(rule) &&
            selector_fits_comm(rule->selector, "") != MATCH_UNDECIDED)
            buf_append(&d->urgent, &rule, sizeof(const struct group *));
    }
}

static bool is_urgent(void *ctx, pid_t pid)
{
    const struct daemon *d = ctx;
    const struct group *const *rules = (const void *)d->urgent.data;
    char comm[PROCESS_COMM_SIZE];
    if (d->source.peek(d->source.ctx, pid, comm) < 0)
        return false;
    for (size_t i = 0; i < d->urgent.len / sizeof(*rules); i++)
        if (selector_fits_comm(rules[i]->selector, comm) == MATCH_YES)
            return true;
    return false;
}

static bool is_needed(void *ctx, pid_t pid)
{
    const struct daemon *d = ctx;
    return engine_note_end(d->engine, pid);
}

static void pause_events(struct daemon *d, int64_t until_ms)
{
    if (!until_ms != !d->drain_again_ms)
        d->source.pause(d->source.ctx, until_ms != 0);
    d->drain_again_ms = until_ms;
}

/* The ends of needed members are still reported. */
static void mute_events(struct daemon *d, int64_t now)
{
    if (d->unmute_ms || d->source.mute(d->source.ctx, true) < 0)
        return;
    const char *name = d->source.name(d->source.ctx);
    log_warn(d->log, "source %s: a storm of events; using %s for %d s", d->source_name,
             name, MUTE_MS / 1000);
    d->source_name = name;
    d->unmute_ms = now + MUTE_MS;
    d->cycle_wanted = true;
}

static void unmute_events(struct daemon *d)
{
    int r = d->source.mute(d->source.ctx, false);
    bool again = r == -ENOMEM || r == -ENOBUFS;
    d->unmute_ms = again ? clock_boot_ms() + MUTE_MS : 0;
    d->storm = d->rescans = (struct pace_budget){0};
    if (r < 0 && !again)
        log_warn(d->log, "source %s: events cannot be used again: %s", d->source_name,
                 strerror(-r));
    if (r < 0)
        return;
    d->source_name = d->source.name(d->source.ctx);
    log_notice(d->log, "source %s is used again", d->source_name);
    d->cycle_wanted = true;
}

static void add_events(struct daemon *d, const struct source_events *events, int64_t now)
{
    const struct snapshot *snapshot = engine_snapshot(d->engine);
    bool overflow = d->events.overflow;
    d->events_received += events->received;
    d->events_lost += events->lost;
    if (pace_use(&d->storm, now, events->received, STORM_PER_S, STORM_BURST))
        mute_events(d, now);
    if (!events->all || !snapshot) {
        d->cycle_wanted |= events->count > 0 || events->rescan;
        return;
    }
    event_list_add(&d->events, events, snapshot, is_needed, d, now);
    if (d->urgent.len)
        event_list_hurry(&d->events, is_urgent, d, now);
    if (!d->events.overflow)
        return;
    d->cycle_wanted = true;
    if (!overflow && pace_use(&d->rescans, now, RESCAN_COST, 1, RESCANS_BURST))
        mute_events(d, now);
    if (overflow || (d->overflow_ms && now - d->overflow_ms < LOG_AGAIN_MS))
        return;
    d->overflow_ms = now;
    log_notice(d->log, "source %s: %s; scanning", d->source_name,
               events->lost ? "events were lost" : "too many events at once");
}

void updates_note_source(struct daemon *d)
{
    const char *name = d->source.name(d->source.ctx);
    if (d->source_name && strcmp(name, d->source_name) != 0)
        log_warn(d->log, "source %s failed; using %s", d->source_name, name);
    d->source_name = name;
}

void updates_take_events(struct daemon *d)
{
    struct source_events events;
    int64_t now = clock_boot_ms();
    int r = d->source.drain(d->source.ctx, &events);
    if (r < 0) {
        log_err(d->log, "source %s has no more events: %s", d->source_name, strerror(-r));
        epoll_ctl(d->epoll_fd, EPOLL_CTL_DEL, d->event_fd, NULL);
        d->event_fd = -1;
        return;
    }
    updates_note_source(d);
    add_events(d, &events, now);
    int64_t wait_ms = gather_ms(&d->gather, now, events.received);
    pause_events(d, wait_ms > 0 ? now + wait_ms : 0);
}

static int64_t earlier(int64_t due_ms, int64_t at_ms)
{
    return at_ms && at_ms < due_ms ? at_ms : due_ms;
}

int64_t updates_due(const struct daemon *d)
{
    int64_t due = event_list_due(&d->events);
    if (due < d->update_pace.next_ms)
        due = d->update_pace.next_ms;
    due = earlier(earlier(due, d->drain_again_ms), d->publish_ms);
    return earlier(due, d->unmute_ms);
}

/* The next update begins after ten times the CPU time of this one, and after as long as
 * it took, because processes that do not answer take no CPU time. */
static void end_update(struct daemon *d, struct moment began, int64_t cpu_us,
                       bool made_events)
{
    int64_t now = clock_boot_ms();
    int64_t gap = now - began.boot_ms, used_us = clock_cpu_us() - cpu_us;
    if (gap < UPDATE_GAP_MS)
        gap = UPDATE_GAP_MS;
    if (made_events && gap < PACE_GAP_MS &&
        pace_use(&d->event_budget, now, 1, EVENTS_PER_S, EVENTS_BURST))
        gap = PACE_GAP_MS;
    int64_t together = used_us * UPDATE_SHARE / 1000;
    if (together > TOGETHER_MS)
        together = TOGETHER_MS;
    if (pace_use(&d->update_budget, now, used_us, UPDATE_PER_S, UPDATE_BURST) &&
        gap < together)
        gap = together;
    pace_add(&d->update_pace, now, used_us, gap);
}

/* Without an event the tables may be a little older: the SNMP process works too. They
 * wait for the time of the next update. */
static void publish(struct daemon *d, bool made_events, int64_t now)
{
    int64_t due = d->published_ms + PACE_GAP_MS;
    due -= due % EVENT_GRID_MS;
    if (!made_events && now < due) {
        d->publish_ms = due;
        return;
    }
    snmp_link_publish(d);
    d->publish_ms = 0;
    d->published_ms = now;
}

static void repeat_unfinished(struct daemon *d, const struct event_wait *waits, size_t n)
{
    const struct snapshot *snapshot = engine_snapshot(d->engine);
    for (size_t i = 0; i < n; i++)
        if (event_wait_is_unfinished(&waits[i], snapshot))
            event_list_repeat(&d->events, &waits[i], clock_boot_ms());
}

static size_t list_pids(const struct event_wait *waits, size_t n, pid_t *ret_pids)
{
    for (size_t i = 0; i < n; i++)
        ret_pids[i] = waits[i].pid;
    return n;
}

int updates_refresh(struct daemon *d, struct moment now)
{
    struct event_wait waits[UPDATE_MAX];
    pid_t pids[UPDATE_MAX];
    const struct process_source_ops source = daemon_source(d);
    size_t size = engine_refresh_size(d->engine, now);
    if (d->cycle_wanted || d->events.overflow || d->events.n > UPDATE_MAX ||
        size == SIZE_MAX || !d->source.prefers_update(d->source.ctx, size + d->events.n))
        return -EAGAIN;
    size_t n = event_list_take(&d->events, CLOCK_NEVER, waits, UPDATE_MAX);
    int r = engine_refresh(d->engine, &source, pids, list_pids(waits, n, pids), now);
    if (r == 0)
        repeat_unfinished(d, waits, n);
    return r;
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
    if (d->unmute_ms && now.boot_ms >= d->unmute_ms)
        unmute_events(d);
    if (d->publish_ms && now.boot_ms >= d->publish_ms)
        publish(d, false, now.boot_ms);
    if (now.boot_ms < d->update_pace.next_ms)
        return;
    size_t n = event_list_take(&d->events, now.boot_ms, waits, UPDATE_MAX);
    if (n == 0)
        return;
    list_pids(waits, n, pids);
    own_processes_update(d);
    int r = engine_update(d->engine, &source, pids, n, now, &touched);
    d->cycle_wanted |= r < 0;
    if (r < 0 && r != -EAGAIN)
        log_err(d->log, "update failed: %s", strerror(-r));
    bool made_events = engine_has_events(d->engine);
    if (r == 0 && touched > 0) {
        snmp_link_take_events(d);
        publish(d, made_events, now.boot_ms);
    }
    if (r == 0)
        repeat_unfinished(d, waits, n);
    end_update(d, now, cpu_us, made_events);
}
