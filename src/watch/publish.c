#include "base/buf.h"
#include "base/num.h"
#include "rule/metrics.h"
#include "rule/range.h"
#include "rule/template.h"
#include "watch/ledger.h"
#include "watch/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ rows */

static const char *context_of(const struct process *p)
{
    return (p->have & PROCESS_LABEL) && p->n_labels ? p->labels[0]->text : "";
}

static const char *path_of(const struct process *p)
{
    return p->have & PROCESS_EXE ? p->path : "";
}

static void add_common(struct watch *watch, const struct instance *g,
                       struct board_builder *builder, struct board_group *row)
{
    const struct common *all = &g->common;
    row->uid = all->mixed_users ? UINT32_MAX : all->uid;
    row->gid = all->gid;
    if (all->mixed_users)
        row->user = board_add_string(builder, "mixed");
    else if (g->n_members)
        row->user = board_add_string(builder, template_user_name(watch->names, all->uid));
    row->context = board_add_string(builder, all->context);
    row->path = board_add_string(builder, all->path);
}

static uint32_t limit_of(double limit)
{
    return limit >= (double)UINT32_MAX ? UINT32_MAX : limit > 0 ? (uint32_t)limit : 0;
}

static void add_count_limits(const struct instance *g, struct board_group *row)
{
    row->min = 0;
    row->max = UINT32_MAX;
    for (size_t i = 0; i < g->n_conditions; i++) {
        const struct condition *c = g->conditions[i].rule;
        if (c->metric != METRIC_COUNT)
            continue;
        if (c->inverted) /* no interval says what may be */
            return;
        row->min = limit_of(c->range.min);
        row->max = limit_of(c->range.max);
        return;
    }
}

void publish_common(struct watch *watch, struct instance *instance,
                    struct board_builder *builder, struct board_group *row)
{
    struct instance *g = instance;
    *row = g->sums;
    row->index = g->index;
    row->status = g->status;
    row->admin = g->admin;
    row->pending = g->pending;
    add_count_limits(g, row);
    add_common(watch, g, builder, row);
    row->name = board_add_printable(builder, g->name);
    row->description = board_add_printable(builder, g->description);
    row->selector = board_add_printable(builder, g->rule->text);
    row->message = board_add_printable(builder, g->message);
}

static uint32_t count_active(const struct condition_state *s)
{
    uint32_t n = 0;
    for (const struct violation *v = s->violations; v; v = v->next)
        n += v->active && !v->over;
    return n;
}

static uint32_t clamp_ms(int64_t ms)
{
    return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* The worst of it: what a reader of the row should see first. */
static const struct violation *worst_of(const struct condition_state *s)
{
    const struct violation *worst = NULL;
    for (const struct violation *v = s->violations; v; v = v->next)
        if (!worst || (v->active && !worst->active) ||
            (v->active == worst->active && !v->unknown && worst->unknown))
            worst = v;
    return worst;
}

static void fill_condition(const struct instance *g, const struct condition_state *s,
                           const struct violation *v, struct board_builder *builder,
                           struct board_condition *row)
{
    char *limit = message_limit(s->rule);
    *row = (struct board_condition){
        .group = g->index,
        .index = s->index,
        .state = g->admin == GROUP_OFF ? BOARD_CONDITION_OFF : s->state,
        .severity = s->rule->severity,
        .each = s->rule->each,
        .violations = count_active(s),
        .window_ms = clamp_ms(s->rule->window_ms),
        .recheck_ms = clamp_ms(s->rule->recheck_ms),
        .min_age_ms = clamp_ms(s->rule->min_age_ms),
        .since_ms = s->since_wall_ms,
        .name = board_add_printable(builder, s->rule->name),
        .metric = board_add_string(builder, metric_info(s->rule->metric)->name),
        .limit = board_add_string(builder, limit),
        .value = board_add_printable(builder, v ? v->value : s->value),
        .offender = board_add_printable(builder, v ? v->offender : s->offender),
        .message = board_add_printable(builder, v ? v->message : ""),
    };
    free(limit);
}

static void add_violation_row(const struct instance *g, const struct condition_state *s,
                              const struct violation *v, struct board_builder *builder)
{
    char *limit = message_limit(s->rule);
    struct board_violation row = {
        .number = (uint32_t)v->number,
        .group = g->index,
        .condition = s->index,
        .severity = v->severity,
        .pid = v->pid,
        .since_ms = v->since_wall_ms,
        .name = board_add_printable(builder, g->name),
        .condition_name = board_add_printable(builder, s->rule->name),
        .value = board_add_printable(builder, v->value),
        .limit = board_add_string(builder, limit),
        .offender = board_add_printable(builder, v->offender),
        .message = board_add_printable(builder, v->message),
    };
    free(limit);
    board_add_violation(builder, &row);
}

static board_text_t add_arguments(struct board_builder *builder, const struct process *p)
{
    char text[BOARD_TEXT_MAX + 2];
    size_t len = p->cmdline_len < sizeof(text) ? p->cmdline_len : sizeof(text);
    if (!(p->have & PROCESS_CMDLINE) || !len)
        return 0;
    memcpy(text, p->cmdline, len);
    while (len > 0 && p->cmdline_len == len && text[len - 1] == '\0')
        len--; /* the vector's own end */
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] ? text[i] : ' ';
    return board_add_text(builder, text, len);
}

static void add_member_row(struct watch *watch, const struct instance *g,
                           const struct member *m, struct board_builder *builder)
{
    const struct process *p = m->process;
    int64_t offset = watch->snapshot->taken.wall_ms - watch->snapshot->taken.boot_ms;
    double cpu = measure_cpu(watch, m) * 100;
    struct board_member row = {
        .group = g->index,
        .pid = (uint32_t)p->pid,
        .ppid = (uint32_t)p->ppid,
        .uid = p->euid,
        .gid = p->egid,
        .cpu = cpu >= (double)UINT32_MAX ? UINT32_MAX : (uint32_t)cpu,
        .threads = p->threads,
        .state = (unsigned char)p->state,
        .rss_kib = p->rss_kib,
        .start_ms = p->start_ms + offset,
        .name = board_add_string(builder, p->have & PROCESS_NAME ? p->name : p->comm),
        .path = board_add_string(builder, path_of(p)),
        .cmdline = add_arguments(builder, p),
        .user = board_add_string(builder, template_user_name(watch->names, p->euid)),
        .context = board_add_string(builder, context_of(p)),
        .unit = board_add_string(builder, p->have & PROCESS_CGROUP ? p->unit : ""),
    };
    board_add_member(builder, &row);
}

static void add_rows(struct watch *watch, struct instance *g,
                     struct board_builder *builder)
{
    struct board_group row;
    publish_common(watch, g, builder, &row);
    board_add_group(builder, &row);
    for (size_t i = 0; i < g->n_conditions; i++) {
        const struct condition_state *s = &g->conditions[i];
        struct board_condition condition;
        fill_condition(g, s, worst_of(s), builder, &condition);
        board_add_condition(builder, &condition);
        for (const struct violation *v = s->violations; v; v = v->next)
            if (v->active)
                add_violation_row(g, s, v, builder);
    }
    for (size_t i = 0; i < g->n_members; i++)
        add_member_row(watch, g, &g->members[i], builder);
}

/* ------------------------------------------------------------ the board */

static uint32_t count_violations(const struct watch *watch)
{
    uint32_t n = 0;
    for (size_t i = 0; i < watch->rows.n; i++)
        for (size_t c = 0; c < watch->rows.list[i]->n_conditions; c++)
            n += count_active(&watch->rows.list[i]->conditions[c]);
    return n;
}

static void fill_scalars(const struct watch *watch, const struct watch_facts *facts,
                         struct board_builder *builder)
{
    struct board_scalars *s = board_builder_scalars(builder);
    const struct snapshot *seen = watch->snapshot;
    s->started_ms = facts->started_ms;
    s->loaded_ms = facts->loaded_ms;
    s->config_errors = facts->config_errors;
    s->events_received = facts->events_received;
    s->events_lost = facts->events_lost;
    s->sent = facts->sent;
    s->queued = facts->queued;
    s->dropped = facts->dropped;
    s->sample_count = (uint32_t)watch->look;
    s->groups = (uint32_t)watch->rows.n;
    s->violations = count_violations(watch);
    s->last_event = watch->last_event;
    s->notify_on = ledger_notify_on(watch->ledger);
    s->enforcing = -1;
    s->version = board_add_string(builder, facts->version);
    s->collector = board_add_string(builder, facts->collector);
    s->config_file = board_add_string(builder, facts->config_file);
    s->config_message = board_add_printable(builder, facts->config_message);
    if (!seen)
        return;
    s->sampled_ms = seen->taken.wall_ms;
    s->sample_us =
        (uint32_t)(seen->duration_us < UINT32_MAX ? seen->duration_us : UINT32_MAX);
    s->processes = (uint32_t)seen->count;
    s->unreadable = (uint32_t)(seen->unreadable + seen->hidden);
    s->sample_state = seen->state;
    s->enforcing = seen->host.enforcing;
    s->module = board_add_string(builder, seen->host.module);
}

int watch_make_board(struct watch *watch, const struct watch_facts *facts,
                     struct board **ret_board)
{
    fill_scalars(watch, facts, watch->builder);
    for (size_t i = 0; i < watch->rows.n; i++)
        add_rows(watch, watch->rows.list[i], watch->builder);
    return board_finish(watch->builder, ret_board);
}

/* ------------------------------------------------------------ transitions */

void transition_destroy(struct transition *transition)
{
    if (!transition)
        return;
    free(transition->line);
    board_destroy(transition->board);
    free(transition);
}

static const char *kind_name(enum transition_kind kind)
{
    static const char *const names[] = {[TRANSITION_RAISED] = "raised",
                                        [TRANSITION_RECOVERED] = "recovered",
                                        [TRANSITION_STARTED] = "started",
                                        [TRANSITION_RESYNCED] = "resynced"};
    return names[kind];
}

/* A quotation mark in it must not end it: processes choose their names. */
static void add_field(struct buf *b, const char *key, const char *value)
{
    buf_printf(b, " %s=\"", key);
    for (const char *p = value ? value : ""; *p; p++) {
        if (*p == '"')
            buf_append(b, "\\", 1);
        buf_append(b, p, 1);
    }
    buf_append(b, "\"", 1);
}

static char *line_of(const struct transition *t, const struct instance *g,
                     const struct condition_state *s, const struct violation *v,
                     const char *text)
{
    struct buf b = {0};
    buf_printf(&b, "event=%llu kind=%s", (unsigned long long)t->number,
               kind_name(t->kind));
    if (g) {
        char limit[64];
        add_field(&b, "group", g->name);
        add_field(&b, "condition", s->rule->name);
        buf_printf(&b, " severity=%s", severity_word(t->severity));
        add_field(&b, "value", v->value);
        add_field(&b, "limit", range_format(&s->rule->range, limit, sizeof(limit)));
        add_field(&b, "offender", v->offender);
        if (t->silent)
            buf_append_text(&b, " silent=maintenance");
    }
    buf_printf(&b, ": %s", text);
    return buf_take(&b);
}

static int enqueue(struct watch *watch, struct transition *transition)
{
    if (watch->n_queue == watch->cap_queue) {
        size_t cap = watch->cap_queue ? watch->cap_queue * 2 : 16;
        struct transition **grown =
            reallocarray(watch->queue, cap, sizeof(struct transition *));
        if (!grown)
            return -ENOMEM;
        watch->queue = grown;
        watch->cap_queue = cap;
    }
    watch->queue[watch->n_queue++] = transition;
    return 0;
}

/* The frozen rows: the group with the transition's own sentence, its condition. */
static int freeze(struct watch *watch, struct transition *t, struct instance *g,
                  struct condition_state *s, struct violation *v, const char *text)
{
    struct board_builder *builder = watch->event_builder;
    *board_builder_event(builder) = (struct board_event){.number = t->number,
                                                         .kind = t->kind,
                                                         .severity = t->severity,
                                                         .time_ms = t->wall_ms};
    if (g) {
        struct board_group row;
        struct board_condition condition;
        publish_common(watch, g, builder, &row);
        row.message = board_add_printable(builder, text);
        fill_condition(g, s, v, builder, &condition);
        condition.severity = t->severity;
        condition.message = row.message;
        board_add_group(builder, &row);
        board_add_condition(builder, &condition);
        add_violation_row(g, s, v, builder);
    } else {
        board_builder_scalars(builder)->config_message = board_add_string(builder, text);
    }
    return board_finish(builder, &t->board);
}

/* Maintenance is silent, but for the end of what was told before it: nobody else would
 * ever take back that alarm. */
static bool is_silent(enum transition_kind kind, const struct instance *g,
                      const struct violation *v)
{
    if (!g || g->admin != GROUP_MAINTENANCE)
        return false;
    return kind != TRANSITION_RECOVERED || !v->told;
}

static void note_raise(struct violation *v, const struct transition *t)
{
    v->number = t->number;
    v->hidden = t->silent;
    v->told |= !t->silent;
}

void publish_transition(struct watch *watch, enum transition_kind kind,
                        struct instance *instance, struct condition_state *condition,
                        struct violation *violation, const char *text, struct moment now)
{
    struct transition *t = calloc(1, sizeof(*t));
    if (!t) {
        watch->error = -ENOMEM;
        return;
    }
    t->kind = kind;
    t->number = watch->last_event = ledger_next_event(watch->ledger);
    t->severity = violation ? violation->severity : SEVERITY_OK;
    t->silent = is_silent(kind, instance, violation);
    t->wall_ms = now.wall_ms;
    if (kind == TRANSITION_RAISED)
        note_raise(violation, t);
    if (instance) { /* the status that this change leads to */
        violation->over = kind == TRANSITION_RECOVERED;
        judge_sum_up(watch, instance, now);
    }
    t->line = line_of(t, instance, condition, violation, text);
    if (!t->line || freeze(watch, t, instance, condition, violation, text) < 0 ||
        enqueue(watch, t) < 0) {
        transition_destroy(t);
        watch->error = -ENOMEM;
    }
}
