#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/connector.h"
#include "proc/exit_watch.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ACK_MS = 100, CHECK_MS = 5000 };

/* One descriptor, whatever is behind it now. */
static int watch_fd(const struct procfs *c, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(c->events_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

/* Beside the connector, too: it does not report the end of a process whose first thread
 * has ended before. Without pidfds (Linux before 5.3) there are none. */
static void open_exits(struct procfs *c, size_t max)
{
    if (max == 0 || exit_watch_create(max, &c->exits) < 0)
        return;
    exit_watch_use_reader(c->exits, c->batch.reader);
    if (watch_fd(c, exit_watch_fd(c->exits)) < 0) {
        exit_watch_destroy(c->exits);
        c->exits = NULL;
    }
}

void events_open(struct procfs *c, bool use_connector, size_t max_exits)
{
    c->events_fd = epoll_create1(EPOLL_CLOEXEC);
    if (c->events_fd < 0)
        return;
    if (use_connector && connector_create(CONNECTOR_BUFFER, ACK_MS, &c->connector) == 0 &&
        watch_fd(c, connector_fd(c->connector)) < 0) {
        connector_destroy(c->connector);
        c->connector = NULL;
    }
    open_exits(c, max_exits);
    if (!c->exits && !c->connector) {
        cleanup_close_fd(&c->events_fd);
    }
}

void events_close(struct procfs *c)
{
    connector_destroy(c->connector);
    exit_watch_destroy(c->exits);
    cleanup_close_fd(&c->events_fd);
    buf_free(&c->events);
}

void events_pause(struct procfs *c, bool pause)
{
    struct epoll_event event = {.events = pause ? 0 : EPOLLIN};
    if (c->connector)
        epoll_ctl(c->events_fd, EPOLL_CTL_MOD, connector_fd(c->connector), &event);
}

static void drop_connector(struct procfs *c)
{
    connector_destroy(c->connector);
    c->connector = NULL;
}

void events_check(struct procfs *c, int64_t now_ms)
{
    if (!c->connector || c->muted || now_ms - c->checked_ms < CHECK_MS ||
        gettid() != getpid())
        return;
    c->checked_ms = now_ms;
    if (!c->expects_event || connector_has_events(c->connector)) {
        connector_cause_event();
        c->expects_event = true;
        return;
    }
    c->expects_event = false;
    c->missed_events = true;
    if (connector_subscribe_again(c->connector) < 0)
        drop_connector(c);
}

int events_mute(struct procfs *c, bool mute)
{
    int r = c->connector ? connector_mute(c->connector, mute) : -ENOTCONN;
    c->muted = r == 0 ? mute : c->muted;
    c->expects_event = false;
    return r;
}

/* The event that events_check() has caused is nothing new. */
static void take_own_event(struct procfs *c)
{
    struct source_event *list = (void *)c->events.data;
    size_t n = c->events.len / sizeof(*list);
    for (size_t i = 0; c->expects_event && i < n; i++) {
        if (list[i].pid != getpid() || list[i].kind != SOURCE_RENAMED)
            continue;
        c->expects_event = false;
        memmove(&list[i], &list[i + 1], (n - i - 1) * sizeof(*list));
        c->events.len -= sizeof(*list);
    }
}

/* After a connector that fails there are the pidfds. */
static bool drain_connector(struct procfs *c, struct connector_count *ret_count)
{
    int r = connector_drain(c->connector, &c->events, ret_count);
    if (r == -ENOMEM) {
        c->events.error = r;
        return true;
    }
    if (r == 0)
        return true;
    drop_connector(c);
    return false;
}

void events_drain(struct procfs *c, struct source_events *ret_events)
{
    struct connector_count count = {0};
    buf_clear(&c->events);
    bool failed = c->connector && !drain_connector(c, &count);
    bool all = c->connector && !c->muted, missed = c->missed_events;
    c->missed_events = false;
    c->expects_event = c->expects_event && count.lost == 0;
    take_own_event(c);
    size_t reported = c->events.len;
    if (c->exits)
        exit_watch_drain(c->exits, &c->events);
    size_t n = c->events.len / sizeof(struct source_event);
    size_t ends = (c->events.len - reported) / sizeof(struct source_event);
    *ret_events = (struct source_events){
        .list = (const struct source_event *)(const void *)c->events.data,
        .count = n,
        .received = count.received + (all ? 0 : (uint32_t)ends),
        .lost = count.lost + missed,
        .all = all,
        .rescan = failed || missed || c->events.error != 0 || count.lost > 0,
    };
}
