#include "agent/daemon/daemon.h"

#include "agent/daemon/control.h"
#include "agent/daemon/event_store.h"
#include "agent/daemon/internal.h"
#include "agent/daemon/local_view.h"
#include "agent/daemon/outbox.h"
#include "agent/daemon/service.h"
#include "agent/daemon/state_file.h"
#include "agent/daemon/stuck_log.h"
#include "base/log.h"
#include "base/timeslice.h"
#include "config.h"
#include "label/label.h"
#include "proc/procfs.h"
#include "state/event_record.h"
#include "state/state_store.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXITS_MAX      1024 /* processes whose end is reported by the source */
#define FD_RESERVE     40   /* for everything but the source */
#define UNABLE_MAX     5
#define LAST_TAKES_MAX 64 /* snmp_link_take() after the SNMP process has ended */
#define WAIT_MAX_MS    3600000
#define JOURNAL_SOCKET "/run/systemd/journal/socket"
/* So long after they were read, values are measured in each cycle: managers that poll
 * every five minutes get new ones. */
#define READERS_MS 660000

/* ------------------------------------------------------------ a cycle */

/* Once each, not in every cycle. */
static void log_indexes(struct daemon *d)
{
    const char *refused = engine_refused(d->engine);
    if (refused && !d->refused)
        log_err(d->log, "group \"%s\": not published: no row index is free", refused);
    else if (!refused && d->refused)
        log_notice(d->log, "all groups have a row index again");
    d->refused = refused;
    if (state_reuses_indexes(d->store) && !d->reuses)
        log_warn(d->log,
                 "all row indexes were assigned; using those of removed groups again");
    d->reuses = state_reuses_indexes(d->store);
}

static void finish_cycle(struct daemon *d, struct moment began)
{
    int64_t run_ms = clock_run_ms();
    const struct silence_cycle cycle = {
        .began_run_ms = clock_run_of(began),
        .began_wall_ms = began.wall_ms,
        .ended_run_ms = run_ms,
        .due_run_ms = run_ms + d->next_cycle_ms - clock_boot_ms(),
        .interval_ms = engine_rules(d->engine)->interval_ms,
    };
    silence_finish(&d->silence, &cycle);
    snmp_link_end_silence(d);
}

/* The scan sees what the events were about. */
static int run_scan(struct daemon *d, const struct process_source_ops *source,
                    struct moment now)
{
    int r = engine_cycle(d->engine, source, now);
    if (r == 0)
        event_list_note_scan(&d->events, engine_snapshot(d->engine), clock_boot_ms());
    else
        event_list_clear(&d->events);
    return r;
}

/* Once: it stays so for a while, and nothing is wrong. */
static void log_postponed(struct daemon *d, const struct snapshot *snapshot)
{
    if (!snapshot->postponed || d->postponed_logged)
        return;
    d->postponed_logged = true;
    log_warn(
        d->log,
        "%zu values of pss, fds or fd-usage were not read in this cycle, for lack of CPU"
        " time",
        snapshot->postponed);
}

/* Scan, evaluate, publish. */
static void run_cycle(struct daemon *d)
{
    const struct process_source_ops source = daemon_source(d);
    struct moment now = clock_now();
    int64_t cpu_us = clock_cpu_us();
    bool early = now.boot_ms < d->next_cycle_ms;
    int64_t interval = engine_rules(d->engine)->interval_ms;
    delay_note(&d->delay, now, d->next_cycle_ms, d->log);
    own_processes_update(d);
    engine_leave_unjudged(d->engine, !d->values_read_ms ||
                                         now.boot_ms - d->values_read_ms > READERS_MS);
    int r = updates_refresh(d, now);
    if (r == -EAGAIN)
        r = run_scan(d, &source, now);
    d->unfinished = r < 0;
    if (r < 0)
        log_err(d->log, "cycle failed: %s", strerror(-r));
    const struct snapshot *snapshot = engine_snapshot(d->engine);
    if (snapshot && snapshot->state == SNAPSHOT_FAILED)
        log_err(d->log, "%s: cannot read the processes: %s", d->options.proc_root,
                strerror(-snapshot->error));
    if (snapshot) {
        stuck_log_update(d->stuck, snapshot, d->log);
        log_postponed(d, snapshot);
    }
    updates_note_source(d);
    d->cycle_wanted = false;
    /* No drift, and missed cycles are not made up for. */
    if (!early) {
        d->next_cycle_ms += interval;
        if (d->next_cycle_ms <= now.boot_ms)
            d->next_cycle_ms = now.boot_ms + interval;
    }
    log_indexes(d);
    if (!d->unfinished)
        finish_cycle(d, now);
    snmp_link_take_events(d);
    snmp_link_publish(d);
    d->publish_ms = 0;
    if (early)
        pace_add(&d->pace, now.boot_ms, clock_cpu_us() - cpu_us, PACE_GAP_MS);
}

/* Boot time of the next cycle: the regular one, or earlier because of an event or because
 * a pending violation wants it. */
static int64_t cycle_due_ms(const struct daemon *d)
{
    return pace_due(&d->pace, d->next_cycle_ms, d->cycle_wanted,
                    engine_next_cycle(d->engine));
}

/* ------------------------------------------------------------ events */

static void reap_child(struct daemon *d)
{
    int status;
    if (!d->child.pid)
        return;
    if (waitpid(d->child.pid, &status, WNOHANG) != d->child.pid) {
        heartbeat_hurry(&d->heartbeat); /* it was stopped or continued */
        return;
    }
    /* What it sent before it ended. */
    for (int i = 0; i < LAST_TAKES_MAX && snmp_link_take(d); i++)
        ;
    child_ended(&d->child, status, clock_boot_ms(), d->log);
    d->ipc_full = false;
}

static void on_signal(struct daemon *d)
{
    struct signalfd_siginfo info;
    while (read(d->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGHUP:
            load_again(d);
            break;
        case SIGCHLD:
            reap_child(d);
            break;
        case SIGUSR1:
            d->cycle_wanted = true;
            break;
        default:
            d->stop = true;
        }
    }
}

static int wait_ms(const struct daemon *d)
{
    int64_t now = clock_boot_ms();
    const int64_t others[] = {snmp_link_due(d), updates_due(d), maintenance_due(d),
                              event_store_due(d->event_store)};
    int64_t at = cycle_due_ms(d);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        at = others[i] < at ? others[i] : at;
    /* If it is overdue, it is not sent: see notify_watchdog(). */
    int64_t left = d->watchdog_ms - (clock_run_ms() - d->notified_run_ms);
    if (d->watchdog_ms && at - now > (left > 0 ? left : d->watchdog_ms))
        at = now + (left > 0 ? left : d->watchdog_ms);
    return at <= now ? 0 : at - now > WAIT_MAX_MS ? WAIT_MAX_MS : (int)(at - now);
}

static void handle_events(struct daemon *d)
{
    struct epoll_event events[8];
    int64_t began = clock_run_ms();
    int n = epoll_wait(d->epoll_fd, events, 8, wait_ms(d));
    d->idle_ms += clock_run_ms() - began;
    snmp_link_catch_up(d);
    for (int i = 0; i < n; i++) {
        int fd = events[i].data.fd;
        if (fd == d->signal_fd)
            on_signal(d);
        else if (fd == d->child.sock || fd == d->child.pipe)
            snmp_link_take(d);
        else if (fd == d->child.log.fd)
            snmp_link_read_log(d);
        else if (fd == d->event_fd)
            updates_take_events(d);
        else if (fd == d->store_fd)
            snmp_link_send(d);
        else
            (void)control_take(d->control, fd, clock_boot_ms());
    }
}

/* systemd ends and starts a daemon that does not notify it. A failed scan is a result; a
 * cycle that could not be evaluated is none. */
static void notify_watchdog(struct daemon *d)
{
    int64_t now = clock_run_ms();
    if (!d->watchdog_ms || d->unfinished || silence_is_stale(&d->silence, now) ||
        now - d->notified_run_ms < d->watchdog_ms)
        return;
    service_notify("WATCHDOG=1");
    d->notified_run_ms = now;
}

/* After one SNMP process has worked, starting the next one is tried for ever. */
static void start_child_again(struct daemon *d)
{
    if (d->has_served || d->child.unable < UNABLE_MAX) {
        snmp_link_start(d);
        return;
    }
    log_err(d->log, "the SNMP process could not be run %d times; exiting", UNABLE_MAX);
    d->stop = d->failed = true;
}

static void main_loop(struct daemon *d)
{
    for (;;) {
        handle_events(d);
        if (d->stop)
            return;
        if (d->ready_waits) /* systemd would wait for it and then end the service */
            d->ready_waits = service_notify("READY=1") == -EAGAIN;
        if (!d->child.pid && clock_boot_ms() >= d->child.retry_ms)
            start_child_again(d);
        snmp_link_check(d);
        const int64_t now = clock_boot_ms();
        if (now >= event_store_due(d->event_store))
            snmp_link_send(d);
        if (now >= maintenance_due(d))
            maintenance_run(d);
        if (now >= cycle_due_ms(d))
            run_cycle(d);
        else if (now >= updates_due(d))
            updates_run(d);
        notify_watchdog(d);
    }
}

/* ------------------------------------------------------------ start and stop */

static int add_event_fd(const struct daemon *d, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int open_events(struct daemon *d)
{
    static const int caught[] = {SIGHUP, SIGTERM, SIGINT, SIGCHLD, SIGUSR1};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        sigaddset(&set, caught[i]);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (d->signal_fd < 0 || d->epoll_fd < 0)
        return -errno;
    d->event_fd = d->source.event_fd(d->source.ctx);
    int r = add_event_fd(d, d->signal_fd);
    return r == 0 && d->event_fd >= 0 ? add_event_fd(d, d->event_fd) : r;
}

static int open_source(struct daemon *d)
{
    d->labels = label_system_create("");
    if (!d->labels)
        return -ENOMEM;
    d->reader = label_system_reader(d->labels);
    /* The source keeps a descriptor for each process; some are left for the rest. */
    size_t exits = d->fd_max / 4 < EXITS_MAX ? d->fd_max / 4 : EXITS_MAX;
    size_t others = exits + FD_RESERVE;
    size_t kept = d->fd_max > others ? d->fd_max - others : 1;
    struct procfs_options options = {
        .root = d->options.proc_root,
        .labels = &d->reader,
        .max_kept_fds = kept < UINT_MAX ? (unsigned)kept : UINT_MAX,
        .max_exits = exits,
        .expensive_ms = PROCESS_EXPENSIVE_MS,
        .use_bpf = strcmp(d->options.source, "procfs") != 0,
        .use_events = strcmp(d->options.source, "procfs") != 0,
    };
    int r = procfs_create(&options, &d->procfs);
    if (r < 0) {
        log_err(d->log, "%s: %s", d->options.proc_root, strerror(-r));
        return r;
    }
    int bpf = procfs_bpf_result(d->procfs);
    if (bpf < 0 && strcmp(d->options.source, "bpf") == 0) {
        log_err(d->log, "source bpf cannot be used: %s", strerror(-bpf));
        return bpf;
    }
    if (bpf < 0 && options.use_bpf)
        log_info(d->log, "source bpf is not used: %s", strerror(-bpf));
    d->source = procfs_source(d->procfs);
    return engine_configure_source(d->engine, &d->source);
}

static int open_state(struct daemon *d, struct moment now)
{
    d->lock_fd = state_file_lock(d->options.state, d->log);
    if (d->lock_fd < 0)
        return d->lock_fd;
    d->store = state_create();
    if (!d->store)
        return -ENOMEM;
    int r = state_file_load(d->options.state, d->store, d->log, now);
    if (r < 0)
        log_err(d->log, "%s: %s", d->options.state, strerror(-r));
    return r;
}

/* What the last daemon has left, and the start of this one. */
static int start_events(struct daemon *d, struct moment now)
{
    if (event_store_was_killed(d->event_store))
        engine_add_event(d->engine, EVENT_STALE,
                         "the last procgroupd did not stop: it crashed or was killed",
                         now);
    engine_add_event(d->engine, EVENT_STARTED, "procgroupd " CONFIG_VERSION " started",
                     now);
    int r = event_store_restore(d->event_store, d->engine, now);
    if (r < 0)
        return r;
    snmp_link_take_events(d);
    d->store_fd = event_store_start(d->event_store);
    return d->store_fd >= 0 ? add_event_fd(d, d->store_fd) : 0;
}

static int start(struct daemon *d)
{
    struct moment now = clock_now();
    d->started_ms = now.wall_ms;
    d->watchdog_ms = service_watchdog_ms();
    d->fd_max = service_raise_limits();
    int r = open_state(d, now);
    if (r < 0)
        return r;
    d->engine = engine_create(d->store);
    d->outbox = outbox_create(RECORD_EVENTS_MAX);
    d->stuck = stuck_log_create();
    if (!d->engine || !d->outbox || !d->stuck)
        return -ENOMEM;
    if ((r = event_store_open(d->options.state, d->store, d->outbox, d->log, now,
                              &d->event_store)) < 0)
        return r;
    d->dropped_reported = outbox_dropped(d->outbox);
    if ((r = load_rules(d)) < 0 || (r = open_source(d)) < 0 || (r = open_events(d)) < 0)
        return r;
    d->view = local_view_open(d->options.run_folder, d->log);
    if ((r = service_keep_capabilities(d->options.listen)) < 0)
        log_warn(d->log, "cannot drop capabilities: %s", strerror(-r));
    log_notice(d->log,
               "started procgroupd " CONFIG_VERSION ": %zu groups from %s, source %s,"
               " security module %s",
               engine_rules(d->engine)->n_groups, d->options.config,
               d->source.name(d->source.ctx), label_system_name(d->labels));
    if ((r = start_events(d, now)) < 0)
        return r;
    maintenance_start(d);
    /* Publishes the groups before the first scan (law 10). */
    if ((r = snmp_link_start(d)) < 0)
        return r;
    d->next_cycle_ms = clock_boot_ms(); /* not late because the source took long */
    return 0;
}

static void stop(struct daemon *d)
{
    service_notify("STOPPING=1");
    control_destroy(d->control);
    d->control = NULL;
    local_view_close(d->view);
    d->view = NULL;
    child_stop(&d->child, d->log);
    event_store_stop(d->event_store);
    log_notice(d->log, "stopped");
}

static void release(struct daemon *d)
{
    const int fds[] = {d->image_fd, d->signal_fd, d->epoll_fd, d->lock_fd, d->ready_fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    control_destroy(d->control);
    local_view_close(d->view);
    engine_destroy(d->engine);
    event_store_destroy(d->event_store);
    outbox_destroy(d->outbox);
    event_list_free(&d->events);
    buf_free(&d->urgent);
    stuck_log_destroy(d->stuck);
    procfs_destroy(d->procfs);
    label_system_destroy(d->labels);
    state_destroy(d->store);
    free(d->config_message);
    daemon_options_clear(&d->options);
    log_destroy(d->log);
}

static int run(struct daemon *d)
{
    int r = start(d);
    if (r < 0) {
        log_err(d->log, "start failed: %s", strerror(-r));
        child_stop(&d->child, d->log);
        return 1;
    }
    d->ready_waits = service_notify("READY=1") == -EAGAIN;
    service_report_ready(d->ready_fd);
    d->ready_fd = -1;
    main_loop(d);
    stop(d);
    return d->failed;
}

static void leave_foreground(struct daemon *d)
{
    if (d->options.foreground || getenv("NOTIFY_SOCKET"))
        return;
    int r = daemon_options_make_absolute(&d->options);
    if (r == 0)
        r = d->ready_fd = service_daemonize();
    if (r < 0)
        log_err(d->log, "cannot go into the background: %s", strerror(-r));
}

/* Events are entries with fields in the journal, if it is there. */
static struct log *open_log(enum log_level max_level)
{
    bool has_journal = service_has_journal();
    struct log *log =
        log_create(STDERR_FILENO, "procgroupd",
                   has_journal ? LOG_STYLE_JOURNAL : LOG_STYLE_TERMINAL, max_level);
    if (log && has_journal)
        (void)log_set_journal(log, JOURNAL_SOCKET);
    return log;
}

int daemon_main(int argc, char **argv)
{
    service_open_stdio();
    struct daemon *d = calloc(1, sizeof(*d));
    if (!d) {
        fputs("procgroupd: out of memory\n", stderr);
        return 1;
    }
    int status = daemon_options_read(argc, argv, &d->options);
    if (status >= 0 || d->options.test) {
        status = status >= 0 ? status : load_test(d->options.config);
        free(d);
        return status;
    }
    d->lock_fd = d->signal_fd = d->epoll_fd = d->ready_fd = d->event_fd = -1;
    d->image_fd = d->child.sock = d->child.pipe = d->child.log.fd = d->child.work = -1;
    d->store_fd = -1;
    d->log = open_log(d->options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    leave_foreground(d);
    (void)timeslice_shorten(); /* the SNMP process has it too */
    status = d->log ? run(d) : 1;
    release(d);
    free(d);
    return status;
}
