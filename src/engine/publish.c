#include "base/array.h"
#include "base/buf.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "engine/message.h"
#include "rule/metrics.h"
#include "rule/template.h"
#include "state/event_record.h"
#include "state/state_store.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ rows */

static void add_common(struct engine *engine, const struct group_state *g,
                       struct table_builder *builder, struct table_group *row)
{
    const struct common *all = &g->common;
    row->uid = all->mixed_users ? UINT32_MAX : all->uid;
    row->gid = all->gid;
    if (all->mixed_users)
        row->user = table_add_string(builder, "mixed");
    else if (g->n_members)
        row->user =
            table_add_string(builder, template_user_name(engine->names, all->uid));
    row->context = table_add_string(builder, all->context);
    row->path = table_add_string(builder, all->path);
}

static uint32_t limit_of(double limit)
{
    return limit >= (double)UINT32_MAX ? UINT32_MAX : limit > 0 ? (uint32_t)limit : 0;
}

static void add_count_limits(const struct group_state *g, struct table_group *row)
{
    row->min = 0;
    row->max = UINT32_MAX;
    for (size_t i = 0; i < g->n_conditions; i++) {
        const struct condition *c = g->conditions[i].rule;
        if (c->metric != METRIC_COUNT)
            continue;
        if (c->inverted) /* what is allowed is not one interval */
            return;
        row->min = limit_of(c->range.min);
        row->max = limit_of(c->range.max);
        return;
    }
}

static void fill_group(struct engine *engine, const struct group_state *g,
                       struct table_builder *builder, struct table_group *row)
{
    *row = g->sums;
    row->index = g->index;
    row->status = g->status;
    row->admin = g->admin;
    row->pending = g->pending;
    add_count_limits(g, row);
    add_common(engine, g, builder, row);
    row->name = table_add_printable(builder, g->name);
    row->description = table_add_printable(builder, g->description);
    row->selector = table_add_printable(builder, g->rule->text);
    row->message = table_add_printable(builder, g->message);
    row->reason = table_add_printable(builder, g->reason);
    row->until_ms = g->until_ms;
    row->have |= g->until_ms ? TABLE_UNTIL : 0;
}

static uint32_t count_active(const struct condition_state *s)
{
    uint32_t n = 0;
    for (const struct violation *v = s->violations; v; v = v->next)
        n += v->active;
    return n;
}

static uint32_t clamp_ms(int64_t ms)
{
    return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* The violation that the row of the condition shows. */
static const struct violation *worst_of(const struct condition_state *s)
{
    const struct violation *worst = NULL;
    for (const struct violation *v = s->violations; v; v = v->next)
        if (!worst || (v->active && !worst->active) ||
            (v->active == worst->active && !v->unknown && worst->unknown))
            worst = v;
    return worst;
}

/* A limit of 0 is none below: no metric can be negative. */
static uint32_t numbers_of(const struct group_state *g, const struct condition_state *s)
{
    const struct condition *c = s->rule;
    uint32_t have = s->has_number && g->admin != GROUP_OFF ? TABLE_VALUE : 0;
    if (!c->inverted && c->range.min > 0)
        have |= TABLE_LOW;
    if (!c->inverted && c->range.max < INFINITY)
        have |= TABLE_HIGH;
    return have;
}

static void fill_condition(const struct group_state *g, const struct condition_state *s,
                           const struct violation *v, struct table_builder *builder,
                           struct table_condition *row)
{
    char *limit = message_limit(s->rule);
    *row = (struct table_condition){
        .group = g->index,
        .index = s->index,
        .state = g->admin == GROUP_OFF ? TABLE_CONDITION_OFF : s->state,
        .severity = s->rule->severity,
        .each = s->rule->each,
        .violations = count_active(s),
        .window_ms = clamp_ms(s->rule->window_ms),
        .recheck_ms = clamp_ms(s->rule->recheck_ms),
        .min_age_ms = clamp_ms(s->rule->min_age_ms),
        .have = numbers_of(g, s),
        .since_ms = s->since_wall_ms,
        .value_milli = metric_milli(s->number),
        .low_milli = metric_milli(s->rule->range.min),
        .high_milli = metric_milli(s->rule->range.max),
        .name = table_add_printable(builder, s->rule->name),
        .metric = table_add_string(builder, metric_info(s->rule->metric)->name),
        .unit = table_add_string(builder, metric_info(s->rule->metric)->unit),
        .limit = table_add_string(builder, limit),
        .value = table_add_printable(builder, v ? v->value : s->value),
        .offender = table_add_printable(builder, v ? v->offender : s->offender),
        .message = table_add_printable(builder, v ? v->message : ""),
    };
    free(limit);
}

static void add_violation_row(const struct group_state *g,
                              const struct condition_state *s, const struct violation *v,
                              struct table_builder *builder)
{
    char *limit = message_limit(s->rule);
    struct table_violation row = {
        .number = (uint32_t)v->number,
        .group = g->index,
        .condition = s->index,
        .severity = v->severity,
        .pid = v->pid,
        .since_ms = v->since_wall_ms,
        .name = table_add_printable(builder, g->name),
        .condition_name = table_add_printable(builder, s->rule->name),
        .value = table_add_printable(builder, v->value),
        .limit = table_add_string(builder, limit),
        .offender = table_add_printable(builder, v->offender),
        .message = table_add_printable(builder, v->message),
    };
    free(limit);
    table_add_violation(builder, &row);
}

static table_text_t add_arguments(struct table_builder *builder, const struct process *p)
{
    char text[TABLE_TEXT_MAX + 2];
    size_t len = p->cmdline_len < sizeof(text) ? p->cmdline_len : sizeof(text);
    if (!(p->have & PROCESS_CMDLINE) || !len)
        return 0;
    memcpy(text, p->cmdline, len);
    while (len > 0 && p->cmdline_len == len && text[len - 1] == '\0')
        len--; /* the NUL of the last argument */
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] ? text[i] : ' ';
    return table_add_text(builder, text, len);
}

static void add_member_row(struct engine *engine, const struct group_state *g,
                           const struct member *m, struct table_builder *builder)
{
    const struct process *p = m->process;
    struct table_member row = {
        .group = g->index,
        .pid = (uint32_t)p->pid,
        .ppid = (uint32_t)p->ppid,
        .uid = p->euid,
        .gid = p->egid,
        .cpu = measure_cpu_column(m),
        .threads = p->threads,
        .state = (unsigned char)p->state,
        .rss_kib = p->rss_kib,
        .start_ms = p->start_ms + engine->wall_offset_ms,
        .name = table_add_string(builder, process_name(p)),
        .path = table_add_string(builder, process_path(p)),
        .cmdline = engine->rules->publish_cmdline ? add_arguments(builder, p) : 0,
        .user = table_add_string(builder, template_user_name(engine->names, p->euid)),
        .context = table_add_string(builder, process_context(p)),
        .unit =
            table_add_string(builder, p->have & PROCESS_CGROUP ? p->cgroup->unit : ""),
    };
    table_add_member(builder, &row);
}

static void add_rows(struct engine *engine, struct group_state *g, bool with_members,
                     struct table_builder *builder)
{
    struct table_group row;
    fill_group(engine, g, builder, &row);
    row.have |= with_members ? 0 : TABLE_SAME_MEMBERS;
    table_add_group(builder, &row);
    for (size_t i = 0; i < g->n_conditions; i++) {
        const struct condition_state *s = &g->conditions[i];
        struct table_condition condition;
        fill_condition(g, s, worst_of(s), builder, &condition);
        table_add_condition(builder, &condition);
        for (const struct violation *v = s->violations; v; v = v->next)
            if (v->active)
                add_violation_row(g, s, v, builder);
    }
    for (size_t i = 0; i < g->n_members && with_members; i++)
        add_member_row(engine, g, &g->members[i], builder);
}

/* ------------------------------------------------------------ the table image */

static void fill_scalars(const struct engine *engine, const struct engine_facts *facts,
                         struct table_builder *builder)
{
    struct table_scalars *s = table_builder_scalars(builder);
    const struct snapshot *seen = engine->snapshot;
    s->started_ms = facts->started_ms;
    s->loaded_ms = facts->loaded_ms;
    s->sampled_run_ms = facts->sampled_run_ms;
    s->stale_run_ms = facts->stale_run_ms;
    s->config_errors = facts->config_errors;
    s->events_received = facts->events_received;
    s->events_lost = facts->events_lost;
    s->sent = facts->sent;
    s->queued = facts->queued;
    s->dropped = facts->dropped;
    s->snmp_restarts = facts->snmp_restarts;
    s->sample_count = (uint32_t)engine->scans;
    s->groups = (uint32_t)engine->groups.n;
    s->violations = engine->violations;
    s->last_event = engine->last_event;
    s->notify_on = state_notify_on(engine->store);
    s->enforcing = -1;
    s->version = table_add_string(builder, facts->version);
    s->source_name = table_add_string(builder, facts->source_name);
    s->config_file = table_add_string(builder, facts->config_file);
    s->config_message = table_add_printable(builder, facts->config_message);
    if (!seen)
        return;
    s->sampled_ms = engine->scanned.wall_ms;
    s->sample_us =
        (uint32_t)(engine->sample_us < UINT32_MAX ? engine->sample_us : UINT32_MAX);
    s->processes = (uint32_t)seen->count;
    s->unreadable = (uint32_t)(seen->unreadable + seen->hidden);
    s->unresponsive = (uint32_t)seen->unresponsive;
    s->sample_state = seen->state;
    s->enforcing = seen->host.enforcing;
    s->module = table_add_string(builder, seen->host.module);
}

/* What an image that was not made has lost is in a whole one only. */
static int finish_image(struct engine *engine, struct table_image **ret_image)
{
    changed_clear(engine);
    int r = table_finish(engine->builder, ret_image);
    engine->all_changed = r < 0;
    return r;
}

int engine_make_image(struct engine *engine, const struct engine_facts *facts,
                      struct table_image **ret_image)
{
    fill_scalars(engine, facts, engine->builder);
    for (size_t i = 0; i < engine->groups.n; i++)
        add_rows(engine, engine->groups.list[i], true, engine->builder);
    return finish_image(engine, ret_image);
}

/* Whether these are at most half of the groups, or at most half of all rows. */
static bool are_few(const struct engine *engine, struct group_state *const *changed,
                    size_t n)
{
    const struct group_list *all = &engine->groups;
    size_t n_rows = 0, n_changed = 0;
    if (n * 2 <= all->n)
        return true;
    for (size_t i = 0; i < all->n; i++)
        n_rows += 1 + all->list[i]->n_conditions + all->list[i]->n_members;
    for (size_t i = 0; i < n; i++)
        n_changed += 1 + changed[i]->n_conditions +
                     (changed[i]->members_changed ? changed[i]->n_members : 0);
    return n_changed * 2 <= n_rows;
}

int engine_make_changes(struct engine *engine, const struct engine_facts *facts,
                        struct table_image **ret_image)
{
    struct group_state **changed = (struct group_state **)(void *)engine->changed.data;
    const uint32_t *removed = (const uint32_t *)(void *)engine->removed.data;
    size_t n_changed = engine->changed.len / sizeof(*changed);
    /* After a failed cycle, groups have lost members without an evaluation. */
    if (engine->all_changed || engine->scan_epoch != engine->epoch ||
        !are_few(engine, changed, n_changed))
        return -EAGAIN;
    fill_scalars(engine, facts, engine->builder);
    for (size_t i = 0; i < n_changed; i++)
        add_rows(engine, changed[i], changed[i]->members_changed, engine->builder);
    for (size_t i = 0; i < engine->removed.len / sizeof(*removed); i++)
        table_add_removed(engine->builder, removed[i]);
    return finish_image(engine, ret_image);
}

/* ------------------------------------------------------------ events */

static int enqueue(struct engine *engine, struct event *event)
{
    struct event **queue =
        array_grow(engine->queue, engine->n_queue, sizeof(struct event *));
    if (!queue)
        return -ENOMEM;
    engine->queue = queue;
    queue[engine->n_queue++] = event;
    return 0;
}

/* The frozen rows: the group with the event's own message, its condition, the violation.
 */
static int freeze(struct engine *engine, struct event *t, const struct group_state *g,
                  const struct change *change, const char *text)
{
    struct table_builder *builder = engine->event_builder;
    *table_builder_event(builder) = (struct table_event){.number = t->number,
                                                         .kind = t->kind,
                                                         .severity = t->severity,
                                                         .time_ms = t->wall_ms};
    if (g) {
        struct table_group row;
        struct table_condition condition;
        fill_group(engine, g, builder, &row);
        row.message = table_add_printable(builder, text);
        fill_condition(g, change->condition, change->violation, builder, &condition);
        condition.severity = t->severity;
        condition.message = row.message;
        table_add_group(builder, &row);
        table_add_condition(builder, &condition);
        add_violation_row(g, change->condition, change->violation, builder);
    } else {
        table_builder_scalars(builder)->config_message = table_add_string(builder, text);
    }
    return table_finish(builder, &t->image);
}

/* Maintenance is silent, except for the end of a violation that was notified before it:
 * nothing else would clear that alarm. */
static bool is_silent(enum event_kind kind, const struct group_state *g,
                      const struct violation *v)
{
    if (!g || g->admin != GROUP_MAINTENANCE)
        return false;
    return kind != EVENT_RECOVERED || !v->notified;
}

/* Whether a violation that was raised 2^32 or more events ago has the same index. */
static bool is_index_used(const struct engine *engine, uint64_t number)
{
    if (number - engine->first_event <= UINT32_MAX)
        return false;
    for (size_t i = 0; i < engine->groups.n; i++) {
        const struct group_state *g = engine->groups.list[i];
        for (size_t c = 0; c < g->n_conditions; c++)
            for (const struct violation *v = g->conditions[c].violations; v; v = v->next)
                if (v->active && (uint32_t)v->number == (uint32_t)number)
                    return true;
    }
    return false;
}

static uint64_t next_number(struct engine *engine)
{
    uint64_t number = state_next_event(engine->store);
    if (!engine->first_event)
        engine->first_event = number;
    while (is_index_used(engine, number))
        number = state_next_event(engine->store);
    return engine->last_event = number;
}

/* What the event says of a group; `limit` is its condition's. */
static void add_to_record(struct event_record *r, const struct group_state *g,
                          const struct change *change, const char *limit)
{
    const struct violation *v = change->violation;
    r->flags = (r->kind == EVENT_RAISED ? RECORD_ACTIVE : 0) |
               (v->notified ? RECORD_NOTIFIED : 0) |
               (v->suppressed ? RECORD_SUPPRESSED : 0) |
               (v->unknown ? RECORD_UNKNOWN : 0);
    r->key = v->key;
    r->since_ms = v->since_wall_ms;
    r->group_index = g->index;
    r->condition_index = change->condition->index;
    r->status = g->status;
    r->pid = v->pid;
    r->rule = g->rule->name;
    r->group = g->name;
    r->condition = change->condition->rule->name;
    r->value = v->value;
    r->limit = limit;
    r->offender = v->offender;
}

static int describe_event(struct event *t, const struct group_state *g,
                          const struct change *change, const char *text)
{
    struct event_record record = {.number = t->number,
                                  .kind = t->kind,
                                  .severity = t->severity,
                                  .time_ms = t->wall_ms,
                                  .ends = t->ends,
                                  .message = text};
    char *limit = g ? message_limit(change->condition->rule) : NULL;
    if (g)
        add_to_record(&record, g, change, limit);
    int r = event_set_texts(t, &record);
    free(limit);
    return r;
}

int publish_record(struct engine *engine, struct event_record *record, bool silent)
{
    struct event *t = NULL;
    record->number = next_number(engine);
    if (engine_load_event(engine, record, &t) == 0) {
        t->silent = silent;
        t->line = event_line(record, silent);
        t->fields = event_fields(record, silent);
        if (t->line && t->fields && enqueue(engine, t) == 0)
            return 0;
    }
    event_destroy(t);
    engine->lost += !silent;
    return -ENOMEM;
}

int publish_event(struct engine *engine, enum event_kind kind, struct group_state *group,
                  const struct change *change, const char *text, struct moment now)
{
    struct violation *v = change ? change->violation : NULL;
    const struct event head = {
        .kind = kind,
        .number = next_number(engine),
        .severity = v ? v->severity : SEVERITY_OK,
        .silent = is_silent(kind, group, v),
        .wall_ms = now.wall_ms,
        .ends = v && kind != EVENT_REMINDED ? v->number : 0,
    };
    struct event *t = calloc(1, sizeof(*t));
    if (kind ==
        EVENT_RAISED) { /* its row needs a number, whatever becomes of the event */
        v->number = head.number;
        v->suppressed = head.silent;
        v->notified |= !head.silent;
    }
    if (t)
        *t = head;
    if (change)
        text = change->message ? change->message : v->message;
    if (t && describe_event(t, group, change, text) == 0 &&
        freeze(engine, t, group, change, text) == 0 && enqueue(engine, t) == 0)
        return 0;
    event_destroy(t);
    engine->lost += !head.silent;
    return -ENOMEM;
}
