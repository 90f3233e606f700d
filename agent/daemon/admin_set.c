/* What managers set over SNMP: the admin status of groups, its end and its reason, and
 * the switch for notifications. */
#include "agent/daemon/internal.h"

#include "agent/daemon/event_store.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "model/control.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ notifications */

static int switch_notifications(struct daemon *d, int64_t value, bool *ret_changed)
{
    bool was_on = state_notify_on(d->store), on = value == 1;
    if (value != 1 && value != 2) /* TruthValue: RFC 2579 */
        return -EINVAL;
    if (on == was_on)
        return 0;
    if (!set_limit_take(&d->sets, clock_run_ms()))
        return -EBUSY;
    state_set_notify(d->store, on);
    int r = event_store_save_state(d->event_store, true);
    if (r < 0) {
        state_set_notify(d->store, was_on);
    } else {
        log_notice(d->log, "notifications: turned %s by SNMP", on ? "on" : "off");
        engine_add_event(d->engine, EVENT_RESYNCED,
                         on ? "notifications are on again; read the tables"
                            : "notifications are turned off by SNMP",
                         clock_now());
    }
    *ret_changed = true;
    return r;
}

/* ------------------------------------------------------------ groups */

int admin_set_change(struct daemon *d, uint32_t index, enum group_admin admin,
                     const struct group_admin_term *term)
{
    const char *name = state_name(d->store, index);
    const enum group_admin old = state_admin(d->store, name);
    const struct group_admin_term present = state_admin_term(d->store, name);
    CLEANUP_FREE char *reason = strdup(present.reason);
    if (!reason)
        return -ENOMEM;
    int r = engine_set_admin_for(d->engine, index, admin, term, clock_now());
    if (r < 0)
        return r;
    r = event_store_save_state(d->event_store, true);
    if (r < 0)
        (void)engine_set_admin_for(d->engine, index, old,
                                   &(struct group_admin_term){present.until_ms, reason},
                                   clock_now());
    return r;
}

/* The admin status that a group has, or gets. */
struct admin {
    enum group_admin status;
    struct group_admin_term term;
};

static bool is_same(const struct admin *a, const struct admin *b)
{
    return a->status == b->status && a->term.until_ms == b->term.until_ms &&
           strcmp(a->term.reason, b->term.reason) == 0;
}

static int set_status(int64_t value, struct admin *admin)
{
    if (value < GROUP_MONITORED || value > GROUP_OFF)
        return -EINVAL;
    if (admin->status == (enum group_admin)value)
        return 0;
    *admin = (struct admin){(enum group_admin)value, {.reason = ""}};
    return 0;
}

/* A group that is monitored is in maintenance then; one that is off stays off. */
static int set_end(int64_t for_ms, int64_t wall_ms, struct admin *admin)
{
    if (for_ms < 0 || for_ms > CONTROL_FOR_MAX_MS)
        return -EINVAL;
    if (for_ms && admin->status == GROUP_OFF)
        return -EPERM;
    if (for_ms)
        admin->status = GROUP_MAINTENANCE;
    admin->term.until_ms = for_ms ? wall_ms + for_ms : 0;
    return 0;
}

static int set_reason(const struct ipc_report *set, struct admin *admin)
{
    size_t len = strnlen(set->text, sizeof(set->text));
    if (len > GROUP_REASON_MAX || !text_is_printable(set->text, len))
        return -EINVAL;
    if (len && admin->status != GROUP_MAINTENANCE)
        return -EPERM;
    admin->term.reason = set->text;
    return 0;
}

static void log_change(struct daemon *d, uint32_t index, const struct admin *admin)
{
    static const char *const words[] = {"", "monitored", "maintenance", "off"};
    char when[32];
    int64_t until_ms = admin->term.until_ms;
    log_notice(d->log, "group \"%s\": set to %s by SNMP%s%s%s%s",
               state_name(d->store, index), words[admin->status],
               until_ms ? ", until " : "",
               until_ms ? clock_format_wall(until_ms, when, sizeof(when)) : "",
               *admin->term.reason ? ": " : "", admin->term.reason);
}

/* Returns 0 for the present value without saving: it is on disk, because a change that
 * could not be saved is undone. */
static int change_group(struct daemon *d, const struct ipc_report *set, bool *ret_changed)
{
    const char *name = state_name(d->store, set->head.index);
    if (!name)
        return -ENOENT;
    const struct admin old = {state_admin(d->store, name),
                              state_admin_term(d->store, name)};
    CLEANUP_FREE char *reason = strdup(old.term.reason);
    struct admin new = {old.status, {old.term.until_ms, reason}};
    int r = !reason ? -ENOMEM
            : set->head.kind == IPC_SET_FOR
                ? set_end(set->head.value, clock_now().wall_ms, &new)
            : set->head.kind == IPC_SET_REASON ? set_reason(set, &new)
                                               : set_status(set->head.value, &new);
    if (r < 0 || is_same(&old, &new))
        return r;
    if (!set_limit_take(&d->sets, clock_run_ms()))
        return -EBUSY;
    r = admin_set_change(d, set->head.index, new.status, &new.term);
    if (r == 0)
        log_change(d, set->head.index, &new);
    *ret_changed = true;
    return r;
}

int admin_set_take(struct daemon *d, const struct ipc_report *set, bool *ret_changed)
{
    bool is_switch = set->head.kind == IPC_SET && !set->head.index;
    return is_switch ? switch_notifications(d, set->head.value, ret_changed)
                     : change_group(d, set, ret_changed);
}
