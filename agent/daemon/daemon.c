#include "agent/daemon/daemon.h"

#include "agent/daemon/internal.h"
#include "agent/daemon/outbox.h"
#include "agent/daemon/service.h"
#include "agent/daemon/state_file.h"
#include "base/log.h"
#include "config.h"
#include "label/label.h"
#include "proc/procfs.h"
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

#define OUTBOX_MAX 20000
#define EXITS_MAX  1024 /* members whose end is noticed at once */
#define FD_RESERVE 40   /* for all but the two that need many */
#define MIN_GAP_MS 50   /* between looks that events ask for */
#define LATE_MS    1000
#define LAST_WORDS 64 /* turns; the pair holds less, unless somebody goes on talking */

/* ------------------------------------------------------------ a look */

/* Each takes a descriptor, and the collector keeps one a process, where it may: what is
 * left is for files, sockets and tables. */
static size_t exits_max(const struct daemon *w)
{
    return w->fds / 4 < EXITS_MAX ? w->fds / 4 : EXITS_MAX;
}

static unsigned kept_max(const struct daemon *w)
{
    size_t others = exits_max(w) + FD_RESERVE;
    size_t kept = w->fds > others ? w->fds - others : 1;
    return kept < UINT_MAX ? (unsigned)kept : UINT_MAX;
}

static void tell_delay(struct daemon *w, int64_t planned_ms, int64_t now_ms)
{
    bool late = now_ms - planned_ms > LATE_MS;
    if (late && !w->late)
        log_warn(w->log, "a look came %lld ms late", (long long)(now_ms - planned_ms));
    w->late = late;
}

static void look(struct daemon *w)
{
    struct moment now = clock_now();
    int64_t interval = engine_rules(w->engine)->interval_ms;
    int r = engine_cycle(w->engine, &w->source, now);
    if (r < 0)
        log_err(w->log, "a look failed: %s", strerror(-r));
    const struct snapshot *seen = engine_snapshot(w->engine);
    if (seen && seen->state == SNAPSHOT_FAILED)
        log_err(w->log, "the processes cannot be read: %s", strerror(-seen->error));
    w->local_scan = false;
    w->last_scan_ms = now.boot_ms;
    /* No drift; what was missed is not made up for. */
    if (now.boot_ms >= w->next_ms) {
        tell_delay(w, w->next_ms, now.boot_ms);
        w->next_ms += interval;
        if (w->next_ms <= now.boot_ms)
            w->next_ms = now.boot_ms + interval;
    }
    snmp_link_take_events(w);
    snmp_link_publish(w);
}

/* When the next look is due: by the interval, by a recheck, by an event. */
static int64_t due(const struct daemon *w)
{
    int64_t at = w->next_ms;
    int64_t recheck = engine_next_cycle(w->engine);
    int64_t gap = w->last_scan_ms + MIN_GAP_MS;
    if (w->local_scan || recheck < at)
        at = w->local_scan || recheck < gap ? gap : recheck;
    return at < w->next_ms ? at : w->next_ms;
}

/* ------------------------------------------------------------ events */

static void reap(struct daemon *w)
{
    int status;
    if (!w->child.pid || waitpid(w->child.pid, &status, WNOHANG) != w->child.pid)
        return;
    for (int i = 0; i < LAST_WORDS && snmp_link_take(w); i++)
        ; /* what it said before it ended */
    child_ended(&w->child, status, clock_boot_ms(), w->log);
    w->ipc_full = false;
}

static void on_signal(struct daemon *w)
{
    struct signalfd_siginfo info;
    while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGHUP:
            load_again(w);
            break;
        case SIGCHLD:
            reap(w);
            break;
        case SIGUSR1:
            w->local_scan = true;
            break;
        default:
            w->stop = true;
        }
    }
}

static void on_source_events(struct daemon *w)
{
    struct source_events events;
    int r = w->source.drain(w->source.ctx, &events);
    if (r < 0) {
        log_err(w->log, "source %s: no more events: %s", w->source.name, strerror(-r));
        epoll_ctl(w->epoll, EPOLL_CTL_DEL, w->event_fd, NULL);
        w->event_fd = -1;
        return;
    }
    w->events_received += events.received;
    w->events_lost += events.lost;
    if (events.count > 0 || events.rescan)
        w->local_scan = true;
}

static int wait_ms(const struct daemon *w)
{
    int64_t now = clock_boot_ms();
    int64_t at = due(w);
    if (!w->child.pid && w->child.retry_ms < at)
        at = w->child.retry_ms;
    return at <= now ? 0 : at - now > 3600000 ? 3600000 : (int)(at - now);
}

static void turn(struct daemon *w)
{
    struct epoll_event events[8];
    int n = epoll_wait(w->epoll, events, 8, wait_ms(w));
    for (int i = 0; i < n; i++) {
        int fd = events[i].data.fd;
        if (fd == w->signals)
            on_signal(w);
        else if (fd == w->child.sock)
            snmp_link_take(w);
        else if (fd == w->event_fd)
            on_source_events(w);
    }
    if (w->stop)
        return;
    if (!w->child.pid && clock_boot_ms() >= w->child.retry_ms)
        snmp_link_start(w);
    if (clock_boot_ms() >= due(w))
        look(w);
}

/* ------------------------------------------------------------ start and end */

static int open_events(struct daemon *w)
{
    static const int caught[] = {SIGHUP, SIGTERM, SIGINT, SIGCHLD, SIGUSR1};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        sigaddset(&set, caught[i]);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->signals < 0 || w->epoll < 0)
        return -errno;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = w->signals};
    if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->signals, &event) < 0)
        return -errno;
    w->event_fd = w->source.event_fd(w->source.ctx);
    event.data.fd = w->event_fd;
    if (w->event_fd >= 0 && epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->event_fd, &event) < 0)
        return -errno;
    return 0;
}

static int open_collector(struct daemon *w)
{
    w->labels = label_system_create("");
    if (!w->labels)
        return -ENOMEM;
    w->reader = label_system_reader(w->labels);
    struct procfs_options options = {
        .root = w->options.proc_root,
        .labels = &w->reader,
        .max_kept_fds = kept_max(w),
        .max_exits = exits_max(w),
    };
    int r = procfs_create(&options, &w->procfs);
    if (r < 0) {
        log_err(w->log, "%s: %s", w->options.proc_root, strerror(-r));
        return r;
    }
    w->source = procfs_source(w->procfs);
    return engine_configure_source(w->engine, &w->source);
}

static int open_state(struct daemon *w, struct moment now)
{
    w->lock = state_file_lock(w->options.state, w->log);
    if (w->lock < 0)
        return w->lock;
    w->store = state_create();
    if (!w->store)
        return -ENOMEM;
    int r = state_file_load(w->options.state, w->store, w->log, now);
    if (r < 0)
        log_err(w->log, "%s: %s", w->options.state, strerror(-r));
    return r;
}

static int start(struct daemon *w)
{
    struct moment now = clock_now();
    w->started_ms = now.wall_ms;
    w->fds = service_raise_limits();
    int r = open_state(w, now);
    if (r < 0)
        return r;
    w->engine = engine_create(w->store);
    w->outbox = outbox_create(OUTBOX_MAX);
    if (!w->engine || !w->outbox)
        return -ENOMEM;
    if ((r = load_first(w)) < 0 || (r = open_collector(w)) < 0 ||
        (r = open_events(w)) < 0)
        return r;
    if ((r = service_keep_capabilities()) < 0)
        log_warn(w->log, "capabilities could not be given up: %s", strerror(-r));
    log_notice(w->log,
               "procgroupd " CONFIG_VERSION ": %zu groups from %s, collector %s,"
               " security module %s",
               engine_rules(w->engine)->n_groups, w->options.config, w->source.name,
               label_system_name(w->labels));
    engine_add_event(w->engine, EVENT_STARTED, "procgroupd " CONFIG_VERSION " started",
                     now);
    snmp_link_take_events(w);
    snmp_link_start(w); /* rows before the first look: law 10 */
    return 0;
}

static void stop(struct daemon *w)
{
    service_notify("STOPPING=1");
    child_stop(&w->child);
    if (w->store && w->lock >= 0 && w->engine) {
        int r = state_file_save(w->options.state, w->store, 1);
        if (r < 0)
            log_err(w->log, "%s: %s", w->options.state, strerror(-r));
    }
    log_notice(w->log, "ended");
}

static void close_all(struct daemon *w)
{
    const int fds[] = {w->image_fd, w->signals, w->epoll, w->lock, w->parent};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    engine_destroy(w->engine);
    outbox_destroy(w->outbox);
    procfs_destroy(w->procfs);
    label_system_destroy(w->labels);
    state_destroy(w->store);
    free(w->config_message);
    daemon_options_clear(&w->options);
    log_destroy(w->log);
}

static int run(struct daemon *w)
{
    int r = start(w);
    if (r < 0) {
        log_err(w->log, "not started");
        child_stop(&w->child);
        return 1;
    }
    service_notify("READY=1");
    service_tell_parent(w->parent);
    w->parent = -1;
    while (!w->stop)
        turn(w);
    stop(w);
    return 0;
}

static void leave_foreground(struct daemon *w)
{
    if (w->options.foreground || getenv("NOTIFY_SOCKET"))
        return;
    int r = daemon_options_make_absolute(&w->options);
    if (r == 0)
        r = w->parent = service_daemonize();
    if (r < 0)
        log_err(w->log, "cannot leave the foreground: %s", strerror(-r));
}

int daemon_main(int argc, char **argv)
{
    service_open_stdio();
    struct daemon *w = calloc(1, sizeof(*w));
    if (!w) {
        fputs("procgroupd: no memory\n", stderr);
        return 1;
    }
    int status = daemon_options_read(argc, argv, &w->options);
    if (status >= 0 || w->options.test) {
        status = status >= 0 ? status : load_test(w->options.config);
        free(w);
        return status;
    }
    w->lock = w->signals = w->epoll = w->image_fd = w->child.sock = w->packet.fd = -1;
    w->parent = w->event_fd = -1;
    w->journal = service_has_journal();
    w->log = log_create(STDERR_FILENO, "procgroupd",
                        w->journal ? LOG_STYLE_JOURNAL : LOG_STYLE_TERMINAL,
                        w->options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    leave_foreground(w);
    status = w->log ? run(w) : 1;
    close_all(w);
    free(w);
    return status;
}
