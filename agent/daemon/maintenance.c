/* Maintenance as it is requested on this host, and its end. */
#include "agent/daemon/control.h"
#include "agent/daemon/internal.h"
#include "agent/daemon/local_view.h"
#include "base/log.h"
#include "base/text.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RETRY_MS 1000

static int refuse(struct control_reply *reply, int error, const char *text)
{
    snprintf(reply->text, sizeof(reply->text), "%s", text);
    return error;
}

/* What is wrong with the request, 0 = nothing. */
static int check_request(const struct daemon *d, const struct control_request *q,
                         uint32_t index, struct control_reply *reply)
{
    if ((q->admin != GROUP_MONITORED && q->admin != GROUP_MAINTENANCE) || q->for_ms < 0 ||
        q->for_ms > CONTROL_FOR_MAX_MS)
        return refuse(reply, -EINVAL, "invalid request");
    if (!text_is_printable(q->reason, strlen(q->reason)))
        return refuse(reply, -EINVAL, "the reason has characters that are not printable");
    if (!index)
        return refuse(reply, -ENOENT, "no such group");
    if (state_admin(d->store, q->group) == GROUP_OFF)
        return refuse(reply, -EBUSY, "the group is off, not in maintenance: use SNMP");
    return 0;
}

static void log_change(struct daemon *d, const struct control_request *q, uid_t uid,
                       int64_t until_ms)
{
    char when[32];
    if (q->admin == GROUP_MONITORED)
        log_notice(d->log, "group \"%s\": set to monitored by uid %u", q->group,
                   (unsigned)uid);
    else
        log_notice(d->log, "group \"%s\": set to maintenance by uid %u%s%s%s%s", q->group,
                   (unsigned)uid, until_ms ? ", until " : "",
                   until_ms ? clock_format_wall(until_ms, when, sizeof(when)) : "",
                   *q->reason ? ": " : "", q->reason);
}

static void publish(struct daemon *d)
{
    snmp_link_take_events(d);
    d->cycle_wanted = true;
    snmp_link_publish(d);
}

static void handle(void *ctx, const struct control_request *q, uid_t uid,
                   struct control_reply *reply)
{
    struct daemon *d = ctx;
    uint32_t index = engine_find_group(d->engine, q->group);
    const struct group_admin_term term = {
        .until_ms = q->admin == GROUP_MAINTENANCE && q->for_ms
                        ? clock_now().wall_ms + q->for_ms
                        : 0,
        .reason = q->admin == GROUP_MAINTENANCE ? q->reason : ""};
    int r = check_request(d, q, index, reply);
    if (r == 0 && !set_limit_take(&d->control_sets, clock_run_ms()))
        r = refuse(reply, -EAGAIN, "too many changes; try again later");
    if (r == 0) {
        r = admin_set_change(d, index, (enum group_admin)q->admin, &term);
        if (r == 0)
            log_change(d, q, uid, term.until_ms);
        else
            refuse(reply, r, strerror(-r));
        publish(d);
    }
    reply->error = r;
    reply->until_ms = term.until_ms;
}

static pid_t snmp_process(void *ctx)
{
    return ((const struct daemon *)ctx)->child.pid;
}

void maintenance_start(struct daemon *d)
{
    const struct control_owner owner = {handle, snmp_process, d};
    int fd = local_view_socket(d->view);
    if (fd < 0)
        return;
    d->control = control_create(fd, local_view_group(d->view), d->epoll_fd, &owner);
    if (!d->control)
        log_err(d->log, "procgroup maintenance cannot be used: %s", strerror(ENOMEM));
}

int64_t maintenance_due(const struct daemon *d)
{
    int64_t end_ms = engine_admin_end(d->engine);
    int64_t control_ms = control_due(d->control);
    if (end_ms == CLOCK_NEVER)
        return control_ms;
    int64_t due_ms = clock_boot_ms() + end_ms - clock_now().wall_ms;
    due_ms = due_ms < d->term_retry_ms ? d->term_retry_ms : due_ms;
    return due_ms < control_ms ? due_ms : control_ms;
}

void maintenance_run(struct daemon *d)
{
    uint32_t index;
    int r = 0;
    bool has_ended = false;
    control_resume(d->control, clock_boot_ms());
    while (r == 0 && (index = engine_find_ended(d->engine, clock_now().wall_ms))) {
        log_notice(d->log, "group \"%s\": the time of its maintenance is over",
                   state_name(d->store, index));
        r = engine_set_admin(d->engine, index, GROUP_MONITORED, clock_now());
        has_ended = true;
    }
    if (r < 0) {
        log_err(d->log, "cannot end maintenance: %s", strerror(-r));
        d->term_retry_ms = clock_boot_ms() + RETRY_MS;
    }
    if (has_ended)
        publish(d);
}
