#include "base/buf.h"
#include "rule/metrics.h"
#include "watch/parts.h"

#include <stdlib.h>
#include <string.h>

static void set_state(struct condition_state *s, enum board_state state, int64_t wall_ms)
{
    if (s->state != state)
        s->since_wall_ms = wall_ms;
    s->state = state;
}

static void sum_up_condition(struct condition_state *s, struct moment now)
{
    enum board_state state = BOARD_CONDITION_OK;
    for (const struct violation *v = s->violations; v; v = v->next) {
        if (v->over)
            continue;
        if (v->active && !v->unknown)
            state = BOARD_CONDITION_VIOLATED;
        else if (v->active && state != BOARD_CONDITION_VIOLATED)
            state = BOARD_CONDITION_UNKNOWN;
        else if (state == BOARD_CONDITION_OK)
            state = BOARD_CONDITION_PENDING;
    }
    set_state(s, state, now.wall_ms);
}

/* Members elsewhere. A row that a reload is about to end has its number from the rules
 * before: it is not one of the table's of now. */
static uint32_t count_unplaced(const struct watch *watch, const struct instance *g)
{
    uint32_t i = g->rule_number;
    if (!watch->rows.rule_state || i >= watch->rules->n_groups ||
        &watch->rules->groups[i] != g->rule)
        return 0;
    return watch->rows.rule_state[i].unplaced;
}

static void add_numbers(struct buf *b, const struct watch *watch,
                        const struct instance *g)
{
    uint32_t unplaced = count_unplaced(watch, g);
    buf_printf(b, "%u %s", g->sums.count, g->sums.count == 1 ? "process" : "processes");
    if (g->sums.undecided)
        buf_printf(b, ", %u could not be judged", g->sums.undecided);
    if (g->rule->is_template && unplaced)
        buf_printf(b, ", %u elsewhere without a group of their own", unplaced);
}

static char *calm_message(const struct watch *watch, const struct instance *g)
{
    struct buf b = {0};
    if (g->admin == GROUP_OFF)
        buf_append_text(&b, "switched off: ");
    if (g->blind)
        buf_printf(&b, "could not look: %s", strerror(-watch->snapshot->error));
    else if (!g->looks)
        buf_append_text(&b, "not looked yet");
    if (g->blind && g->looks)
        buf_append_text(&b, "; last known: ");
    if (g->rule->host && !g->blind && g->looks)
        buf_append_text(&b, "ok");
    else if (!g->rule->host && g->looks)
        add_numbers(&b, watch, g);
    if (g->pending)
        buf_printf(&b, ", %u to be looked at again", g->pending);
    return buf_take(&b);
}

void judge_sum_up(struct watch *watch, struct instance *instance, struct moment now)
{
    struct instance *g = instance;
    enum severity status = SEVERITY_OK;
    const struct violation *worst = NULL;
    size_t active = 0;
    g->pending = 0;
    for (size_t c = 0; c < g->n_conditions; c++) {
        struct condition_state *s = &g->conditions[c];
        sum_up_condition(s, now);
        for (const struct violation *v = s->violations; v; v = v->next) {
            if (v->over)
                continue;
            g->pending += !v->active || v->turning;
            active += v->active;
            if (!v->active || (worst && severity_worse(status, v->severity) == status))
                continue;
            worst = v;
            status = v->severity;
        }
    }
    /* Without conditions there is one thing to say: nobody could look. */
    if (g->blind && !g->n_conditions && g->admin != GROUP_OFF)
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
    g->message = worst ? buf_take(&text) : calm_message(watch, g);
}
