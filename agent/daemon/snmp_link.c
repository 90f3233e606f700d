#include "agent/daemon/internal.h"

#include "agent/daemon/outbox.h"
#include "agent/daemon/state_file.h"
#include "base/log.h"
#include "config.h"
#include "state/state_store.h"
#include "table/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Boards that the SNMP side has not taken: each is memory, and the newest is enough. */
#define IMAGES_OUT_MAX 2
#define STUCK_MS       10000
/* What one turn takes from it. */
#define TAKE_MAX      256
#define TAKE_SETS_MAX 8

int snmp_link_save(struct daemon *daemon)
{
    struct daemon *w = daemon;
    if (!state_is_dirty(w->store))
        return 0;
    int r = state_file_save(w->options.state, w->store, 0);
    if (r < 0 && r != w->unsaved)
        log_err(w->log, "%s: %s: indexes and admin status are not kept; trying again",
                w->options.state, strerror(-r));
    else if (r == 0 && w->unsaved)
        log_notice(w->log, "%s is written again", w->options.state);
    w->unsaved = r;
    return r;
}

/* ------------------------------------------------------------ sending */

static void want_room(struct daemon *w, bool want)
{
    struct epoll_event event = {.events = EPOLLIN | (want ? (uint32_t)EPOLLOUT : 0),
                                .data.fd = w->child.sock};
    if (w->ipc_full != want && w->child.sock >= 0)
        epoll_ctl(w->epoll, EPOLL_CTL_MOD, w->child.sock, &event);
    w->ipc_full = want;
}

static int send_image(struct daemon *w)
{
    struct ipc_head head = {.kind = IPC_TABLE};
    if (w->image_fd < 0)
        return 0;
    int r = ipc_send(w->child.sock, &head, NULL, 0, w->image_fd);
    if (r == -EAGAIN)
        return r;
    w->images_sent += r == 0;
    close(w->image_fd);
    w->image_fd = -1;
    return r;
}

/* It is stopped, or hangs: it keeps the last board and gets the newest one later. */
static bool is_stuck(struct daemon *w)
{
    bool stuck = w->images_sent - w->images_taken >= IMAGES_OUT_MAX;
    int64_t now = clock_boot_ms();
    if (!stuck && w->stuck_logged)
        log_notice(w->log, "the SNMP side takes the tables again");
    if (!stuck || !w->stuck_ms)
        w->stuck_ms = stuck ? now : 0;
    bool long_since = stuck && now - w->stuck_ms > STUCK_MS;
    if (long_since && !w->stuck_logged)
        log_warn(w->log, "the SNMP side (pid %d) hangs: managers see old tables",
                 (int)w->child.pid);
    w->stuck_logged = stuck && (long_since || w->stuck_logged);
    return stuck;
}

void snmp_link_send(struct daemon *daemon)
{
    struct daemon *w = daemon;
    if (w->child.sock < 0)
        return;
    int r = outbox_send(w->outbox, w->child.sock);
    if (r == 0 && !is_stuck(w))
        r = send_image(w);
    /* -EPIPE: its end will be told by the signal. */
    want_room(w, r == -EAGAIN);
}

static struct engine_facts facts_of(const struct daemon *w)
{
    return (struct engine_facts){
        .version = CONFIG_VERSION,
        .collector = w->source.name,
        .config_file = w->options.config,
        .config_message = w->config_message,
        .config_errors = w->config_errors,
        .started_ms = w->started_ms,
        .loaded_ms = w->loaded_ms,
        .events_received = w->events_received,
        .events_lost = w->events_lost,
        .sent = outbox_sent(w->outbox),
        .queued = (uint32_t)outbox_waiting(w->outbox),
        .dropped = outbox_dropped(w->outbox),
    };
}

void snmp_link_publish(struct daemon *daemon)
{
    struct daemon *w = daemon;
    struct table_image *image;
    struct engine_facts facts = facts_of(w);
    if (engine_make_image(w->engine, &facts, &image) < 0) {
        log_err(w->log, "no memory for the tables: the ones before stay");
        return;
    }
    size_t len;
    const void *bytes = table_bytes(image, &len);
    int fd = ipc_seal(bytes, len);
    table_destroy(image);
    if (fd < 0) {
        log_err(w->log, "the tables could not be handed over: %s", strerror(-fd));
        return;
    }
    /* Only the newest one matters. */
    if (w->image_fd >= 0)
        close(w->image_fd);
    w->image_fd = fd;
    snmp_link_send(w);
}

void snmp_link_start(struct daemon *daemon)
{
    struct daemon *w = daemon;
    const char *user = engine_rules(w->engine)->user;
    int64_t now = clock_boot_ms();
    if (child_start(&w->child, &w->options, user, w->journal, now, w->log) < 0)
        return;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = w->child.sock};
    epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->child.sock, &event);
    w->ipc_full = false;
    w->images_sent = w->images_taken = 0;
    w->stuck_ms = 0;
    w->stuck_logged = false;
    outbox_rewind(w->outbox);
    snmp_link_publish(w);
}

/* ------------------------------------------------------------ transitions */

static void take_all(struct daemon *w)
{
    struct event *t;
    while ((t = engine_take_event(w->engine))) {
        log_notice(w->log, "%s", t->line);
        if (t->silent || !state_notify_on(w->store))
            event_destroy(t);
        else if (outbox_add(w->outbox, t) < 0)
            log_err(w->log, "no memory for a notification: it is dropped");
    }
}

void snmp_link_take_events(struct daemon *daemon)
{
    struct daemon *w = daemon;
    char text[128];
    take_all(w);
    uint32_t dropped = outbox_dropped(w->outbox);
    if (dropped != w->dropped_reported) {
        snprintf(text, sizeof(text),
                 "%u notifications were dropped: read the tables again",
                 dropped - w->dropped_reported);
        log_warn(w->log, "%s", text);
        w->dropped_reported = dropped;
        engine_add_event(w->engine, EVENT_RESYNCED, text, clock_now());
        take_all(w);
        /* Its own coming may have pushed one out: that is the same notice. */
        w->dropped_reported = outbox_dropped(w->outbox);
    }
    /* Numbers are on disk before anybody hears of them. */
    snmp_link_save(w);
}

/* ------------------------------------------------------------ what it says */

static int apply_set(struct daemon *w, uint32_t index, int64_t value)
{
    if (!index) {
        if (value != 1 && value != 2) /* TruthValue: RFC 2579 */
            return -EINVAL;
        state_set_notify(w->store, value == 1);
        return 0;
    }
    /* The SNMP side has looked, but it is the one that strangers talk to. */
    if (value < GROUP_MONITORED || value > GROUP_OFF)
        return -EINVAL;
    return engine_set_admin(w->engine, index, (enum group_admin)value, clock_now());
}

static int64_t current_value(const struct daemon *w, uint32_t index)
{
    if (!index)
        return state_notify_on(w->store) ? 1 : 2;
    const char *name = state_name(w->store, index);
    return name ? (int64_t)state_admin(w->store, name) : GROUP_MONITORED;
}

static void tell_set(struct daemon *w, uint32_t index, int64_t value)
{
    static const char *const words[] = {"", "monitored", "in maintenance", "off"};
    if (index)
        log_notice(w->log, "group \"%s\": %s by SNMP", state_name(w->store, index),
                   words[value]);
    else
        log_notice(w->log, "notifications switched %s by SNMP",
                   value == 1 ? "on" : "off");
    if (!index && value == 1)
        engine_add_event(w->engine, EVENT_RESYNCED,
                         "notifications are on again: read the tables", clock_now());
}

/* 0 where it is so already: that is on disk, for what could not be saved was undone. */
static int change(struct daemon *w, const struct ipc_head *set)
{
    int64_t old = current_value(w, set->index);
    if (set->value == old)
        return set->index && !state_name(w->store, set->index) ? -ENOENT : 0;
    int r = apply_set(w, set->index, set->value);
    if (r < 0)
        return r;
    r = snmp_link_save(w);
    if (r < 0)
        apply_set(w, set->index, old);
    else
        tell_set(w, set->index, set->value);
    snmp_link_take_events(w);
    w->local_scan = true;
    return r;
}

static void take_set(struct daemon *w, const struct ipc_head *set)
{
    struct ipc_head reply = {.kind = IPC_SET_REPLY, .number = set->number};
    reply.value = change(w, set);
    snmp_link_publish(w);
    send_image(w); /* before the reply: who asks after it sees the new value */
    int r = ipc_send(w->child.sock, &reply, NULL, 0, -1);
    if (r < 0)
        log_warn(w->log, "the answer to a SET could not be sent: %s", strerror(-r));
}

bool snmp_link_take(struct daemon *daemon)
{
    struct daemon *w = daemon;
    int r = 1, packets = 0, sets = 0;
    while (packets++ < TAKE_MAX && sets < TAKE_SETS_MAX && w->child.sock >= 0) {
        r = ipc_receive(w->child.sock, &w->packet);
        if (r == -EBADMSG)
            continue;
        if (r <= 0)
            break;
        const struct ipc_head head = w->packet.head;
        if (w->packet.fd >= 0)
            close(w->packet.fd); /* it has nothing to hand us */
        if (head.kind == IPC_ACK)
            outbox_acknowledge(w->outbox, head.number);
        else if (head.kind == IPC_SET && ++sets)
            take_set(w, &head);
        else if (head.kind == IPC_TAKEN && head.number <= w->images_sent)
            w->images_taken = head.number;
        else if (head.kind == IPC_STATE)
            log_debug(w->log, "SNMP side: %sconnected", head.value ? "" : "not ");
    }
    snmp_link_send(w);
    return r > 0 && w->child.sock >= 0;
}
