/* What a new daemon makes of the violations of the one before it. */
#include "base/buf.h"
#include "base/map.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "rule/rules.h"
#include "state/event_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int set_texts(struct violation *v, const struct event_record *r)
{
    v->value = strdup(r->value);
    v->offender = strdup(r->offender);
    v->message = strdup(r->message);
    return v->value && v->offender && v->message ? 0 : -ENOMEM;
}

static int add_violation(struct condition_state *s, const struct event_record *r,
                         struct moment now)
{
    struct violation *v = calloc(1, sizeof(*v));
    if (!s->by_key)
        s->by_key = map_create();
    if (!v || !s->by_key || set_texts(v, r) < 0 || map_put(s->by_key, r->key, v) < 0) {
        violation_destroy(v);
        return -ENOMEM;
    }
    v->key = r->key;
    v->pid = r->pid;
    v->active = v->restored = true;
    v->unknown = r->flags & RECORD_UNKNOWN;
    v->notified = r->flags & RECORD_NOTIFIED;
    v->suppressed = r->flags & RECORD_SUPPRESSED;
    v->severity = (enum severity)r->severity;
    v->number = r->number;
    v->since_wall_ms = r->since_ms;
    v->since_run_ms = clock_run_of(now);
    v->next = s->violations;
    s->violations = v;
    return 0;
}

/* The group of this name under the same rule; that of a template is made. *ret_group =
 * NULL: it is not configured any more. */
static int find_group(struct engine *engine, const struct event_record *r,
                      struct moment now, struct group_state **ret_group)
{
    *ret_group = group_list_find_name(&engine->groups, r->group);
    if (*ret_group)
        return 0;
    for (uint32_t i = 0; i < engine->rules->n_groups; i++) {
        const struct group *rule = &engine->rules->groups[i];
        if (!rule->is_template || strcmp(rule->name, r->rule) != 0)
            continue;
        int added = placement_add(engine, i, r->group, "", now, ret_group);
        return added < 0 || !*ret_group ? added : status_update(engine, *ret_group, now);
    }
    return 0;
}

static struct condition_state *find_condition(const struct group_state *g,
                                              const struct event_record *r)
{
    for (size_t i = 0; i < g->n_conditions; i++) {
        struct condition_state *s = &g->conditions[i];
        if (strcmp(s->rule->name, r->condition) == 0 && (s->rule->each || !r->key) &&
            !(s->by_key && map_get(s->by_key, r->key)))
            return s;
    }
    return NULL;
}

/* The end of a violation that has no place any more. */
static int end_record(struct engine *engine, const struct event_record *old,
                      const struct group_state *g, const char *why, struct moment now)
{
    struct buf message = {0};
    struct event_record r = *old;
    const char *subject = *old->offender && old->key ? old->offender : old->condition;
    buf_printf(&message, "%s: %s, no longer violated, %s", old->group, subject, why);
    r.kind = EVENT_RECOVERED;
    r.time_ms = now.wall_ms;
    r.ends = old->number;
    r.status = g ? g->status : SEVERITY_OK;
    r.message = buf_text(&message);
    r.flags &= ~(uint32_t)RECORD_ACTIVE;
    int result = message.error
                     ? -ENOMEM
                     : publish_record(engine, &r, !(old->flags & RECORD_NOTIFIED));
    buf_free(&message);
    return result;
}

int engine_restore(struct engine *engine, const struct event_record *record,
                   struct moment now)
{
    struct group_state *g;
    int r = find_group(engine, record, now, &g);
    if (r < 0)
        return r;
    if (!engine->first_event || record->number < engine->first_event)
        engine->first_event = record->number;
    if (record->key && (record->flags & RECORD_VOID))
        return end_record(engine, record, g, "the process has ended", now);
    struct condition_state *s = g ? find_condition(g, record) : NULL;
    if (!s)
        return end_record(engine, record, g, "no longer configured", now);
    r = add_violation(s, record, now);
    if (r == 0)
        r = awake_add(engine, g);
    return r < 0 ? r : status_update(engine, g, now);
}
