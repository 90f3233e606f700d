#include "base/buf.h"
#include "engine/internal.h"
#include "rule/metrics.h"

#include <stdlib.h>
#include <string.h>

static void set_state(struct condition_state *s, enum table_condition_state state,
                      int64_t wall_ms)
{
    if (s->state != state)
        s->since_wall_ms = wall_ms;
    s->state = state;
}

static void sum_up_condition(struct condition_state *s, struct moment now)
{
    enum table_condition_state state = TABLE_CONDITION_OK;
    for (const struct violation *v = s->violations; v; v = v->next) {
        if (v->closed)
            continue;
        if (v->active && !v->unknown)
            state = TABLE_CONDITION_VIOLATED;
        else if (v->active && state != TABLE_CONDITION_VIOLATED)
            state = TABLE_CONDITION_UNKNOWN;
        else if (state == TABLE_CONDITION_OK)
            state = TABLE_CONDITION_PENDING;
    }
    set_state(s, state, now.wall_ms);
}

/* Members elsewhere. A row that a reload is about to end has its number from the rules
 * before: it is not one of the table's of now. */
static uint32_t count_unplaced(const struct engine *engine, const struct group_state *g)
{
    uint32_t i = g->rule_number;
    if (!engine->groups.rule_state || i >= engine->rules->n_groups ||
        &engine->rules->groups[i] != g->rule)
        return 0;
    return engine->groups.rule_state[i].unassigned;
}

static void add_numbers(struct buf *b, const struct engine *engine,
                        const struct group_state *g)
{
    uint32_t unassigned = count_unplaced(engine, g);
    buf_printf(b, "%u %s", g->sums.count, g->sums.count == 1 ? "process" : "processes");
    if (g->sums.undecided)
        buf_printf(b, ", %u could not be judged", g->sums.undecided);
    if (g->rule->is_template && unassigned)
        buf_printf(b, ", %u elsewhere without a group of their own", unassigned);
}

static char *calm_message(const struct engine *engine, const struct group_state *g)
{
    struct buf b = {0};
    if (g->admin == GROUP_OFF)
        buf_append_text(&b, "switched off: ");
    if (g->scan_failed)
        buf_printf(&b, "could not look: %s", strerror(-engine->snapshot->error));
    else if (!g->looks)
        buf_append_text(&b, "not looked yet");
    if (g->scan_failed && g->looks)
        buf_append_text(&b, "; last known: ");
    if (g->rule->host && !g->scan_failed && g->looks)
        buf_append_text(&b, "ok");
    else if (!g->rule->host && g->looks)
        add_numbers(&b, engine, g);
    if (g->pending)
        buf_printf(&b, ", %u to be looked at again", g->pending);
    return buf_take(&b);
}

void status_update(struct engine *engine, struct group_state *gstate, struct moment now)
{
    struct group_state *g = gstate;
    enum severity status = SEVERITY_OK;
    const struct violation *worst = NULL;
    size_t active = 0;
    g->pending = 0;
    for (size_t c = 0; c < g->n_conditions; c++) {
        struct condition_state *s = &g->conditions[c];
        sum_up_condition(s, now);
        for (const struct violation *v = s->violations; v; v = v->next) {
            if (v->closed)
                continue;
            g->pending += !v->active || v->confirming;
            active += v->active;
            if (!v->active || (worst && severity_worse(status, v->severity) == status))
                continue;
            worst = v;
            status = v->severity;
        }
    }
    /* Without conditions there is one thing to say: nobody could look. */
    if (g->scan_failed && !g->n_conditions && g->admin != GROUP_OFF)
        status = SEVERITY_UNKNOWN;
    if (status != g->status)
        g->sums.changed_ms = now.wall_ms;
    g->status = status;
    struct buf text = {0};
    if (worst) {
        buf_append_text(&text, worst->message ? worst->message : "");
        if (active > 1)
            buf_printf(&text, " (and %zu more)", active - 1);
    }
    free(g->message);
    g->message = worst ? buf_take(&text) : calm_message(engine, g);
}
