#include "agent/daemon/internal.h"

#include "agent/daemon/event_store.h"
#include "agent/daemon/local_view.h"
#include "agent/daemon/outbox.h"
#include "agent/ipc/work_mark.h"
#include "base/log.h"
#include "config.h"
#include "state/state_store.h"
#include "table/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define IMAGES_OUT_MAX                                                                   \
    2 /* sent and not taken: each is memory, and the newest is enough */
#define TAKE_MAX      256 /* reports of one snmp_link_take() */
#define TAKE_SETS_MAX 8
#define REFUSE_MS     60000
#define COUNT_MS      1000
#define CATCH_UP_MAX  64 /* snmp_link_take() after a silence */

/* ------------------------------------------------------------ sending */

static void wait_for_room(struct daemon *d, bool want)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.fd = d->child.sock};
    if (d->ipc_full != want && d->child.sock >= 0)
        epoll_ctl(d->epoll_fd, want ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, d->child.sock,
                  &event);
    d->ipc_full = want;
}

static int send_image(struct daemon *d)
{
    struct ipc_head head = {.kind = d->image_is_whole ? IPC_TABLE : IPC_CHANGES};
    if (d->image_fd < 0)
        return 0;
    int r = ipc_send(d->child.sock, &head, NULL, 0, d->image_fd);
    if (r == -EAGAIN)
        return r;
    d->images_sent += r == 0;
    heartbeat_hurry(&d->heartbeat);
    d->whole_wanted |= r < 0;
    close(d->image_fd);
    d->image_fd = -1;
    return r;
}

static int send_ping(struct daemon *d)
{
    struct ipc_head head = {.kind = IPC_PING, .number = d->heartbeat.sent};
    if (d->pinged == head.number)
        return 0;
    int r = ipc_send(d->child.sock, &head, NULL, 0, -1);
    if (r == 0)
        d->pinged = head.number;
    return r;
}

void snmp_link_send(struct daemon *d)
{
    if (d->child.sock < 0)
        return;
    event_store_update(d->event_store);
    int r = send_ping(d);
    if (r == 0)
        r = outbox_send(d->outbox, d->child.sock);
    /* If it takes no more images, it keeps the last one that it took and gets the newest
     * one later. */
    if (r == 0 && d->images_sent - d->images_taken < IMAGES_OUT_MAX)
        r = send_image(d);
    /* -EPIPE: SIGCHLD follows. */
    wait_for_room(d, r == -EAGAIN);
}

/* Counts what sinks have dropped. An event about it comes later: take_dropped(). */
static void count_drops(struct daemon *d)
{
    uint32_t n = (uint32_t)(d->sinks_dropped - d->sinks_counted);
    if (!n)
        return;
    outbox_add_dropped(d->outbox, n);
    d->dropped_reported += n;
    d->sinks_counted = d->sinks_dropped;
    d->sinks_counted_run_ms = clock_run_ms();
}

/* For a new SNMP process: that sinks of the last one have missed some is to be reported.
 */
static void forget_drops(struct daemon *d)
{
    count_drops(d);
    d->dropped_reported -= (uint32_t)(d->sinks_dropped - d->sinks_ended);
    d->sinks_dropped = d->sinks_counted = d->sinks_ended = 0;
}

static void log_refused_sets(struct daemon *d)
{
    uint32_t n = set_limit_report(&d->sets, clock_run_ms());
    if (n)
        log_warn(d->log,
                 "%u changes by SNMP were refused: more than %d at once, or more than one"
                 " every %d ms",
                 n, SET_LIMIT_BURST, SET_LIMIT_PER_MS);
}

void snmp_link_check(struct daemon *d)
{
    count_drops(d);
    if (!d->child.pid)
        return;
    if (d->log_held || d->child.log.dropped)
        snmp_link_read_log(d);
    log_refused_sets(d);
    const int64_t now = clock_run_ms();
    if (!heartbeat_wants_check(&d->heartbeat, now))
        return;
    const struct heartbeat_times times = {
        .now_ms = now,
        .idle_ms = d->idle_ms,
        .busy_ms = work_mark_read(d->child.work, now),
    };
    d->idle_ms = 0;
    switch (heartbeat_check(&d->heartbeat, &times)) {
    case HEARTBEAT_OK:
        break;
    case HEARTBEAT_PING:
        snmp_link_send(d);
        break;
    case HEARTBEAT_DEAD:
        child_kill(&d->child, d->log);
        /* If it is still there then (a debugger, a disk that hangs), that is repeated. */
        heartbeat_start(&d->heartbeat, now);
        break;
    }
}

int64_t snmp_link_due(const struct daemon *d)
{
    if (!d->child.pid)
        return d->child.retry_ms;
    int64_t left = heartbeat_due(&d->heartbeat) - clock_run_ms();
    return clock_boot_ms() + left;
}

static struct engine_facts collect_facts(const struct daemon *d)
{
    return (struct engine_facts){
        .version = CONFIG_VERSION,
        .source_name = d->source.name(d->source.ctx),
        .config_file = d->options.config,
        .config_message = d->config_message,
        .config_errors = d->config_errors,
        .started_ms = d->started_ms,
        .loaded_ms = d->loaded_ms,
        .sampled_run_ms = d->silence.sampled_run_ms,
        .stale_run_ms = d->silence.stale_run_ms,
        .events_received = d->events_received,
        .events_lost = d->events_lost,
        .sent = outbox_sent(d->outbox),
        .queued = (uint32_t)outbox_waiting(d->outbox),
        .dropped = outbox_dropped(d->outbox),
        .snmp_restarts = d->snmp_starts ? d->snmp_starts - 1 : 0,
    };
}

/* Changes are those since the last image: not if that one is replaced. Their texts are
 * added to those of the SNMP process: it gets a whole image before it has the double. */
static int make_image(struct daemon *d, struct table_image **ret_image)
{
    struct engine_facts facts = collect_facts(d);
    d->whole_wanted |= d->image_fd >= 0 || d->changes_len > d->whole_len ||
                       local_view_wants_whole(d->view);
    if (!d->whole_wanted) {
        int r = engine_make_changes(d->engine, &facts, ret_image);
        d->whole_wanted = r < 0;
        if (r == 0)
            return 0;
    }
    return engine_make_image(d->engine, &facts, ret_image);
}

static int seal_image(struct daemon *d, const struct table_image *image)
{
    size_t len, n;
    const void *bytes = table_bytes(image, &len);
    int fd = ipc_seal(bytes, len);
    if (fd < 0)
        return fd;
    /* Only the newest one matters. */
    if (d->image_fd >= 0)
        close(d->image_fd);
    d->image_fd = fd;
    d->image_is_whole = d->whole_wanted;
    d->whole_wanted = false;
    table_groups(image, &n);
    if (d->image_is_whole)
        d->whole_len = len;
    d->changes_len = d->image_is_whole ? 0 : d->changes_len + (n ? len : 0);
    return 0;
}

int snmp_link_publish(struct daemon *d)
{
    struct table_image *image;
    int r = make_image(d, &image);
    if (r == 0) {
        local_view_publish(d->view, image, d->whole_wanted);
        r = seal_image(d, image);
        table_destroy(image);
    }
    if (r == 0) {
        snmp_link_send(d);
        return 0;
    }
    d->whole_wanted = true;
    log_err(d->log, "cannot update the published tables%s: %s",
            r == -EFBIG ? ", to which the limit of file sizes applies (ulimit -f)" : "",
            strerror(-r));
    return r;
}

int snmp_link_start(struct daemon *d)
{
    const char *user = engine_rules(d->engine)->user;
    int64_t now = clock_boot_ms();
    if (child_start(&d->child, &d->options, user, now, d->log) < 0)
        return 0;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = d->child.pipe};
    epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, d->child.pipe, &event);
    event.data.fd = d->child.log.fd;
    epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, d->child.log.fd, &event);
    d->log_held = false;
    d->ipc_full = false;
    d->inbox.have = 0;
    if (!state_notify_on(d->store))
        log_notice(d->log, "notifications are off: they were turned off by SNMP");
    d->images_sent = d->images_taken = 0;
    forget_drops(d);
    if (d->image_fd >= 0) /* it may be of changes */
        close(d->image_fd);
    d->image_fd = -1;
    d->whole_wanted = true;
    d->snmp_starts++;
    heartbeat_start(&d->heartbeat, clock_run_ms());
    outbox_rewind(d->outbox);
    snmp_link_take_events(d);
    return snmp_link_publish(d);
}

void snmp_link_read_log(struct daemon *d)
{
    bool hold = snmp_log_read(&d->child.log, clock_run_ms(), d->log);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = d->child.log.fd};
    if (hold != d->log_held && event.data.fd >= 0)
        epoll_ctl(d->epoll_fd, hold ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, event.data.fd,
                  &event);
    d->log_held = hold;
}

/* ------------------------------------------------------------ events */

static void take_events(struct daemon *d, bool notify)
{
    struct event *event;
    while ((event = engine_take_event(d->engine))) {
        bool waits = !event->silent && notify;
        log_write_entry(d->log, LOG_LEVEL_NOTICE, event->fields, event->line);
        local_view_add_event(d->view, event->image);
        event_store_add(d->event_store, event, waits);
        if (!waits)
            event_destroy(event);
        else if (outbox_add(d->outbox, event) < 0)
            log_err(d->log, "notification dropped: %s", strerror(ENOMEM));
    }
}

/* Events that the engine could not make. */
static void count_lost(struct daemon *d)
{
    uint32_t n = engine_take_lost(d->engine);
    if (!n)
        return;
    log_err(d->log, "%u events lost: %s", n, strerror(ENOMEM));
    if (state_notify_on(d->store))
        outbox_add_dropped(d->outbox, n);
}

void snmp_link_take_events(struct daemon *d)
{
    char text[128];
    take_events(d, state_notify_on(d->store));
    count_lost(d);
    uint32_t dropped = outbox_dropped(d->outbox);
    if (dropped != d->dropped_reported) {
        snprintf(text, sizeof(text),
                 "%u notifications were dropped; read the tables again",
                 dropped - d->dropped_reported);
        log_warn(d->log, "%s", text);
        d->dropped_reported = dropped;
        engine_add_event(d->engine, EVENT_RESYNCED, text, clock_now());
        take_events(d, state_notify_on(d->store));
        /* The resync event itself may have displaced one: it covers that too. */
        d->dropped_reported = outbox_dropped(d->outbox);
    }
    (void)event_store_save_state(d->event_store, false);
}

/* ------------------------------------------------------------ receiving */

static int change_value(struct daemon *d, const struct ipc_report *set)
{
    bool has_changed = false;
    int r = admin_set_take(d, set, &has_changed);
    if (!has_changed)
        return r;
    if (!set->head.index)
        take_events(d, true); /* that notifications are off is the last one */
    snmp_link_take_events(d);
    d->cycle_wanted = true;
    snmp_link_publish(d);
    return r;
}

static void take_set(struct daemon *d, const struct ipc_report *set)
{
    struct ipc_head reply = {.kind = IPC_SET_REPLY, .number = set->head.number};
    /* The SNMP process has given up on what it sent while the daemon did not run. */
    bool late = silence_is_stale(&d->silence, clock_run_ms());
    reply.value = late ? -ETIMEDOUT : change_value(d, set);
    /* Before the reply, so that the next GET sees the new value. A late one may be taken
     * in the middle of a scan, when members cannot be published. */
    if (!late)
        send_image(d);
    /* The SNMP process does not wait for a reply that cannot be sent. */
    (void)ipc_send(d->child.sock, &reply, NULL, 0, -1);
}

void snmp_link_end_silence(struct daemon *d)
{
    char text[TABLE_AGE_TEXT];
    if (!silence_take_end(&d->silence, clock_run_ms(), text))
        return;
    engine_end_silence(d->engine, d->silence.sampled_wall_ms);
    engine_add_event(d->engine, EVENT_FRESH, text, clock_now());
}

/* The notification of such a report is on its way all the same: its number is not used
 * again, and an event says so. The SNMP process may be compromised: one a minute. */
static void refuse_stale(struct daemon *d, uint64_t number, bool is_named)
{
    char text[TABLE_AGE_TEXT];
    int64_t now = clock_run_ms();
    if (!is_named || (d->refused_run_ms && now - d->refused_run_ms < REFUSE_MS))
        return;
    d->refused_run_ms = now;
    if (number == state_coming_event(d->store))
        (void)state_next_event(d->store);
    snprintf(text, sizeof(text),
             "the SNMP process used number %llu for a report that was not expected; "
             "read the tables again",
             (unsigned long long)number);
    engine_add_event(d->engine, EVENT_RESYNCED, text, clock_now());
    snmp_link_take_events(d);
}

/* The event that the SNMP process has made while the daemon did not run. */
static void take_stale(struct daemon *d, const struct ipc_report *report)
{
    char text[TABLE_AGE_TEXT];
    const struct ipc_stale *stale = &report->stale;
    uint64_t number = report->head.number;
    struct moment now = clock_now();
    if (!silence_take_report(&d->silence, stale, clock_run_ms(), d->started_ms, text)) {
        refuse_stale(d, number, stale->is_named);
        return;
    }
    bool is_free = number == state_coming_event(d->store);
    if (stale->wall_ms < now.wall_ms)
        now.wall_ms = stale->wall_ms;
    engine_add_event(d->engine, EVENT_STALE, text, now);
    if (stale->is_named && !is_free) {
        /* Rare: the daemon stopped between numbering an event and sending it. */
        snprintf(text, sizeof(text), "number %llu was used twice; read the tables again",
                 (unsigned long long)number);
        engine_add_event(d->engine, EVENT_RESYNCED, text, clock_now());
    }
    snmp_link_take_events(d);
    if (stale->is_named && is_free)
        outbox_set_sent(d->outbox, number);
    snmp_link_end_silence(d); /* it may be over already */
    snmp_link_take_events(d);
}

/* They are counted at once, and an event that the tables have to be read follows when the
 * sink takes notifications again. The SNMP process may be compromised: the file gets a
 * line a second, and one event in half a minute. */
static void take_dropped(struct daemon *d, const struct ipc_head *head)
{
    int64_t now = clock_run_ms();
    uint64_t ended = (uint64_t)head->value;
    if (head->number >= d->sinks_dropped && head->number - d->sinks_dropped <= INT32_MAX)
        d->sinks_dropped = head->number;
    if (now - d->sinks_counted_run_ms >= COUNT_MS)
        count_drops(d);
    if (ended <= d->sinks_ended || ended > d->sinks_dropped ||
        (d->sinks_ended_run_ms && now - d->sinks_ended_run_ms < REFUSE_MS / 2))
        return;
    count_drops(d);
    d->dropped_reported -= (uint32_t)(ended - d->sinks_ended);
    d->sinks_ended = ended;
    d->sinks_ended_run_ms = now;
    snmp_link_take_events(d);
}

static bool is_set(uint32_t kind)
{
    return kind == IPC_SET || kind == IPC_SET_FOR || kind == IPC_SET_REASON;
}

bool snmp_link_take(struct daemon *d)
{
    int r = 1, reports = 0, sets = 0;
    struct ipc_report report;
    while (reports++ < TAKE_MAX && sets < TAKE_SETS_MAX && d->child.pipe >= 0) {
        r = ipc_take(d->child.pipe, &d->inbox, &report);
        if (r == -EPIPE) /* epoll would report that for ever, if the process goes on */
            epoll_ctl(d->epoll_fd, EPOLL_CTL_DEL, d->child.pipe, NULL);
        if (r <= 0)
            break;
        const struct ipc_head head = report.head;
        if (head.kind == IPC_ACK && outbox_acknowledge(d->outbox, head.number))
            count_drops(d); /* it may be one of them */
        else if (head.kind == IPC_HELD)
            outbox_hold(d->outbox, head.number);
        else if (is_set(head.kind) && ++sets)
            take_set(d, &report);
        else if (head.kind == IPC_STALE)
            take_stale(d, &report);
        else if (head.kind == IPC_TAKEN && head.number <= d->images_sent)
            d->images_taken = head.number;
        else if (head.kind == IPC_DROPPED)
            take_dropped(d, &head);
        else if (head.kind == IPC_PONG)
            heartbeat_answer(&d->heartbeat, head.number);
        else if (head.kind == IPC_READ)
            d->values_read_ms = clock_boot_ms();
    }
    d->has_served = d->has_served || d->images_taken > 0;
    snmp_link_send(d);
    return r > 0 && d->child.pipe >= 0;
}

void snmp_link_catch_up(struct daemon *d)
{
    if (!silence_is_stale(&d->silence, clock_run_ms()))
        return;
    for (int i = 0; i < CATCH_UP_MAX && snmp_link_take(d); i++)
        ;
}
