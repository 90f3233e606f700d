#include "base/buf.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "engine/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void set_state(struct condition_state *s, bool is_scanned, struct moment now)
{
    enum table_condition_state state = TABLE_CONDITION_OK;
    for (const struct violation *v = s->violations; v; v = v->next) {
        if (v->active && !v->unknown)
            state = TABLE_CONDITION_VIOLATED;
        else if (v->active && state != TABLE_CONDITION_VIOLATED)
            state = TABLE_CONDITION_UNKNOWN;
        else if (state == TABLE_CONDITION_OK)
            state = TABLE_CONDITION_PENDING;
    }
    if (state == TABLE_CONDITION_OK && !is_scanned)
        state = TABLE_CONDITION_UNKNOWN;
    if (s->state != state)
        s->since_wall_ms = now.wall_ms;
    s->state = state;
}

static void add_unassigned(struct buf *b, const struct rule_state *rule)
{
    static const char *const reasons[] = {
        [UNASSIGNED_LIMIT] = "max-instances reached",
        [UNASSIGNED_UNREADABLE] = "permission denied reading what names the group",
        [UNASSIGNED_TAKEN] = "another group has the name",
        [UNASSIGNED_INDEX] = "no row index is free for",
    };
    for (int i = 0; i < UNASSIGNED_REASONS; i++) {
        uint32_t n = rule->unassigned[i];
        if (n)
            buf_printf(b, ", %u matching process%s not assigned to a group (%s%s%s)", n,
                       n == 1 ? " was" : "es were", reasons[i],
                       i == UNASSIGNED_INDEX ? " " : "",
                       i == UNASSIGNED_INDEX ? rule->refused : "");
    }
}

/* NULL for a group that a reload is about to end: its rule is none of the current rules.
 */
static const struct rule_state *rule_state_of(const struct engine *engine,
                                              const struct group_state *g)
{
    uint32_t i = g->rule_number;
    return i < engine->rules->n_groups && &engine->rules->groups[i] == g->rule
               ? &engine->groups.rule_states[i]
               : NULL;
}

static void add_numbers(struct buf *b, const struct engine *engine,
                        const struct group_state *g)
{
    buf_printf(b, "%u %s", g->sums.count, g->sums.count == 1 ? "process" : "processes");
    if (g->sums.undecided)
        buf_printf(b, ", %u could not be determined", g->sums.undecided);
    const struct rule_state *rule = rule_state_of(engine, g);
    if (rule)
        add_unassigned(b, rule);
}

static void add_term(struct buf *b, const struct group_state *g)
{
    message_term(b, g->admin, g->until_ms, g->reason);
}

/* The message of a group without an active violation. */
static char *calm_message(const struct engine *engine, const struct group_state *g)
{
    struct buf b = {0};
    if (g->admin == GROUP_OFF)
        buf_append_text(&b, "switched off: ");
    if (g->scan_failed)
        buf_printf(&b, "scan failed: %s", strerror(-engine->snapshot->error));
    else if (!g->cycles)
        buf_append_text(&b, "not scanned yet");
    if (g->scan_failed && g->cycles)
        buf_append_text(&b, "; last known: ");
    if (g->rule->host && !g->scan_failed && g->cycles)
        buf_append_text(&b, "ok");
    else if (!g->rule->host && g->cycles)
        add_numbers(&b, engine, g);
    if (g->pending)
        buf_printf(&b, ", %u pending", g->pending);
    add_term(&b, g);
    return buf_take(&b);
}

static char *worst_message(const struct group_state *g, const struct violation *worst,
                           uint32_t active)
{
    struct buf b = {0};
    buf_append_text(&b, worst->message);
    if (active > 1)
        buf_printf(&b, " (and %u more)", active - 1);
    add_term(&b, g);
    return buf_take(&b);
}

void engine_end_silence(struct engine *engine, int64_t wall_ms)
{
    for (size_t i = 0; i < engine->groups.n; i++) {
        struct group_state *g = engine->groups.list[i];
        if (g->admin == GROUP_OFF)
            continue;
        if (g->status != SEVERITY_UNKNOWN && g->sums.changed_ms < wall_ms)
            g->sums.changed_ms = wall_ms;
        for (size_t c = 0; c < g->n_conditions; c++) {
            struct condition_state *s = &g->conditions[c];
            if (s->state != TABLE_CONDITION_UNKNOWN && s->since_wall_ms < wall_ms)
                s->since_wall_ms = wall_ms;
        }
    }
    engine->all_changed = true;
}

int status_update(struct engine *engine, struct group_state *group, struct moment now)
{
    enum severity status = SEVERITY_OK;
    const struct violation *worst = NULL;
    uint32_t active = 0;
    engine->n_pending -= group->pending > 0;
    group->pending = 0;
    for (size_t c = 0; c < group->n_conditions; c++) {
        set_state(&group->conditions[c], group->cycles > 0, now);
        for (const struct violation *v = group->conditions[c].violations; v;
             v = v->next) {
            group->pending += !v->active || v->confirming;
            active += v->active;
            if (!v->active || (worst && severity_worse(status, v->severity) == status))
                continue;
            worst = v;
            status = v->severity;
        }
    }
    engine->n_pending += group->pending > 0;
    engine->due_known = false;
    engine->violations += active - group->active;
    group->active = active;
    /* A group without conditions has nothing else that could say so. */
    bool is_unknown = !group->cycles || (group->scan_failed && !group->n_conditions);
    if (!worst && is_unknown && group->admin != GROUP_OFF)
        status = SEVERITY_UNKNOWN;
    if (status != group->status)
        group->sums.changed_ms = now.wall_ms;
    group->status = status;
    char *message =
        worst ? worst_message(group, worst, active) : calm_message(engine, group);
    if (!message)
        return -ENOMEM;
    free(group->message);
    group->message = message;
    return 0;
}
