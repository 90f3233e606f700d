#include "base/map.h"
#include "engine/internal.h"
#include "rule/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct violation *find_violation(const struct condition_state *s, uint64_t key)
{
    return s->by_key ? map_get(s->by_key, key) : NULL;
}

static void drop(struct condition_state *s, struct violation *violation)
{
    struct violation **at = &s->violations;
    while (*at != violation)
        at = &(*at)->next;
    *at = violation->next;
    map_remove(s->by_key, violation->key);
    violation_destroy(violation);
}

static void set_text(struct engine *engine, char **text, char *value)
{
    if (!value)
        engine->error = -ENOMEM;
    free(*text);
    *text = value;
}

/* `f` is what is true now, `why` the reason where there is nothing left to judge; one of
 * them may be NULL. */
static void recover(struct engine *engine, struct group_state *g,
                    struct condition_state *s, struct violation *v,
                    const struct value_bounds *f, const char *why, struct moment now)
{
    if (v->active) {
        if (f && f->known)
            set_text(engine, &v->value, message_value(s->rule->metric, f->low, f->high));
        char *text = message_recovered(g, s, v, why);
        if (!text)
            engine->error = -ENOMEM;
        publish_event(engine, EVENT_RECOVERED, g, s, v, text ? text : "", now);
        free(text);
    }
    drop(s, v);
}

void violation_end(struct engine *engine, struct group_state *gstate,
                   struct condition_state *condition, const char *why, struct moment now)
{
    while (condition->violations)
        recover(engine, gstate, condition, condition->violations, NULL, why, now);
}

/* The texts of a violation, as of this look. */
static void describe(struct engine *engine, struct group_state *g,
                     struct condition_state *s, struct violation *v,
                     const struct value_bounds *f)
{
    const struct condition *c = s->rule;
    enum message_side side = f->high < c->range.min  ? MESSAGE_BELOW
                             : f->low > c->range.max ? MESSAGE_ABOVE
                                                     : MESSAGE_INSIDE;
    const struct member *offender = f->worst;
    /* Too little of something is nobody's doing. */
    if (v->unknown ||
        (side == MESSAGE_BELOW && !c->each && metric_info(c->metric)->sum != METRIC_MIN))
        offender = c->each ? f->worst : NULL;
    double value = side == MESSAGE_BELOW ? f->high : f->low;
    set_text(engine, &v->value,
             side == MESSAGE_INSIDE ? message_value(c->metric, f->low, f->high)
                                    : message_value(c->metric, value, value));
    set_text(engine, &v->offender,
             offender ? message_offender(engine, offender->process) : strdup(""));
    v->pid = offender ? (uint32_t)offender->process->pid : 0;
    set_text(engine, &v->message, message_raised(engine, g, s, v, side));
}

static struct violation *begin(struct engine *engine, struct condition_state *s,
                               uint64_t key, struct moment now)
{
    struct violation *v = calloc(1, sizeof(*v));
    if (!s->by_key)
        s->by_key = map_create();
    if (!v || !s->by_key || map_put(s->by_key, key, v) < 0) {
        free(v);
        engine->error = -ENOMEM;
        return NULL;
    }
    v->key = key;
    v->since_boot_ms = now.boot_ms;
    v->since_wall_ms = now.wall_ms;
    v->next = s->violations;
    s->violations = v;
    return v;
}

static void raise_violation(struct engine *engine, struct group_state *g,
                            struct condition_state *s, struct violation *v,
                            struct moment now)
{
    v->active = true;
    publish_event(engine, EVENT_RAISED, g, s, v, v->message ? v->message : "", now);
}

void violation_raise_suppressed(struct engine *engine, struct group_state *gstate,
                                struct moment now)
{
    for (size_t c = 0; c < gstate->n_conditions; c++) {
        struct condition_state *s = &gstate->conditions[c];
        for (struct violation *v = s->violations; v; v = v->next)
            if (v->active && v->suppressed)
                raise_violation(engine, gstate, s, v, now);
    }
}

int64_t violation_due(const struct condition *condition,
                      const struct violation *violation)
{
    const struct violation *v = violation;
    if (v->active && !v->confirming)
        return CLOCK_NEVER;
    return (v->active ? v->confirming_ms : v->since_boot_ms) + condition->recheck_ms;
}

/* In range, or not to be judged any more. */
static void step_good(struct engine *engine, struct group_state *g,
                      struct condition_state *s, struct violation *v,
                      const struct value_bounds *f, bool clear, struct moment now)
{
    if (clear || !v->active || v->unknown)
        recover(engine, g, s, v, f, NULL, now);
    else
        describe(engine, g, s, v, f);
}

/* Of something that nobody could look at and that is now seen out of range: the hold-down
 * begins with what was seen. Returns whether it is over. */
static bool turn(struct violation *v, const struct condition *c, struct moment now)
{
    if (!v->confirming) {
        v->confirming = true;
        v->confirming_ms = now.boot_ms;
    }
    if (now.boot_ms - v->confirming_ms < c->recheck_ms)
        return false;
    v->confirming = false;
    v->active = false;
    v->since_boot_ms = v->confirming_ms;
    v->since_wall_ms = now.wall_ms - (now.boot_ms - v->confirming_ms);
    return true;
}

static void step_bad(struct engine *engine, struct group_state *g,
                     struct condition_state *s, struct violation *v,
                     const struct value_bounds *f, bool unknown, struct moment now)
{
    bool was_unknown = v->unknown;
    if (v->active && unknown) {
        v->confirming = false; /* and what is known to be wrong stays so */
        if (!v->unknown)
            return;
    }
    if (v->active && v->unknown && !unknown && !turn(v, s->rule, now))
        return;
    v->unknown = unknown;
    v->severity = unknown ? SEVERITY_UNKNOWN : s->rule->severity;
    if (!v->active && was_unknown && !unknown && !v->number) {
        v->since_boot_ms = now.boot_ms;
        v->since_wall_ms = now.wall_ms;
    }
    describe(engine, g, s, v, f);
    if (!v->active && now.boot_ms - v->since_boot_ms >= s->rule->recheck_ms)
        raise_violation(engine, g, s, v, now);
}

/* One step: what the look says of (condition, offender) meets what was. */
static void step(struct engine *engine, struct group_state *g, struct condition_state *s,
                 uint64_t key, const struct value_bounds *f, enum range_result result,
                 struct moment now)
{
    struct violation *v = find_violation(s, key);
    bool bad = result == RANGE_OUT || result == RANGE_UNKNOWN;
    if (!v && bad)
        v = begin(engine, s, key, now);
    if (!v)
        return;
    v->cycle = engine->cycle;
    if (bad)
        step_bad(engine, g, s, v, f, result == RANGE_UNKNOWN, now);
    else if (result != RANGE_NONE)
        step_good(engine, g, s, v, f, result == RANGE_OK, now);
}

/* ------------------------------------------------------------ conditions of members */

/* Returns whether it is unknown if a violation should be here. */
static bool judge_member(struct engine *engine, struct group_state *g,
                         struct condition_state *s, const struct member *m, bool sure,
                         struct moment now)
{
    if (!evaluate_applies(engine, s->rule, m))
        return false;
    struct value_bounds f = evaluate_member(engine, m, s->rule);
    enum range_result result = evaluate_range(s->rule, &f);
    if (sure && result != RANGE_UNKNOWN) {
        step(engine, g, s, m->pstate->key, &f, result, now);
        return false;
    }
    /* What was known to be wrong with it stays so; of others the group tells. */
    struct violation *v = find_violation(s, m->pstate->key);
    if (v)
        v->cycle = engine->cycle;
    return result == RANGE_UNKNOWN || (!sure && result == RANGE_OUT);
}

static const char *why_missing(const struct engine *engine, const struct violation *v)
{
    const struct process_state *pstate = map_get(engine->pstates, v->key);
    if (pstate && pstate->cycle == engine->cycle && !pstate->gone && !pstate->dead)
        return "the process is no member any more";
    return "the process has ended";
}

static void end_missing(struct engine *engine, struct group_state *g,
                        struct condition_state *s, struct moment now)
{
    for (struct violation *v = s->violations, *next; v; v = next) {
        next = v->next;
        /* Of one that the host has hidden nobody knows that it has ended. */
        if (v->key && v->cycle != engine->cycle &&
            !snapshot_is_hidden(engine->snapshot, process_key_pid(v->key)))
            recover(engine, g, s, v, NULL, why_missing(engine, v), now);
    }
}

static void judge_each(struct engine *engine, struct group_state *g,
                       struct condition_state *s, struct moment now)
{
    bool unknown = g->scan_failed || engine->snapshot->state == SNAPSHOT_PARTIAL;
    for (size_t i = 0; i < g->n_members; i++)
        unknown |= judge_member(engine, g, s, &g->members[i], true, now);
    for (size_t i = 0; i < g->n_undecided; i++)
        unknown |= judge_member(engine, g, s, &g->undecided[i], false, now);
    if (!g->scan_failed)
        end_missing(engine, g, s, now);
    struct value_bounds nobody = {.known = unknown, .high = unknown ? INFINITY : 0};
    step(engine, g, s, 0, &nobody, unknown ? RANGE_UNKNOWN : RANGE_OK, now);
}

static void judge_condition(struct engine *engine, struct group_state *g,
                            struct condition_state *s, struct moment now)
{
    struct value_bounds f =
        s->rule->each ? evaluate_worst(engine, g, s->rule) : evaluate_group(engine, g, s);
    char *value = f.known && !f.waiting ? message_value(s->rule->metric, f.low, f.high)
                                        : strdup(g->scan_failed ? "unknown" : "");
    set_text(engine, &s->value, value);
    set_text(engine, &s->offender,
             f.worst ? message_offender(engine, f.worst->process) : strdup(""));
    if (s->rule->each)
        judge_each(engine, g, s, now);
    else
        step(engine, g, s, 0, &f, evaluate_range(s->rule, &f), now);
}

void violation_update_groups(struct engine *engine, struct moment now)
{
    for (size_t i = 0; i < engine->groups.n; i++) {
        struct group_state *g = engine->groups.list[i];
        for (size_t c = 0; g->admin != GROUP_OFF && c < g->n_conditions; c++)
            judge_condition(engine, g, &g->conditions[c], now);
        status_update(engine, g, now);
    }
}
