#include "engine/violation.h"

#include "base/array.h"
#include "base/map.h"
#include "engine/evaluate.h"
#include "engine/message.h"
#include "rule/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ changes */

void change_list_clear(struct change_list *changes)
{
    for (size_t i = 0; i < changes->n; i++) {
        if (changes->list[i].kind == EVENT_RECOVERED)
            violation_destroy(changes->list[i].violation);
        free(changes->list[i].message);
    }
    changes->n = 0;
}

static int add_change(struct change_list *changes, const struct change *change)
{
    struct change *list = array_grow(changes->list, changes->n, sizeof(*list));
    if (!list)
        return -ENOMEM;
    changes->list = list;
    list[changes->n++] = *change;
    return 0;
}

static int set_text(char **text, char *value)
{
    if (!value)
        return -ENOMEM;
    free(*text);
    *text = value;
    return 0;
}

static void take_out(struct condition_state *s, const struct violation *violation)
{
    struct violation **at = &s->violations;
    while (*at != violation)
        at = &(*at)->next;
    *at = violation->next;
    map_remove(s->by_key, violation->key);
}

/* `f` is the value now, `why` the reason where there is nothing left to evaluate; one of
 * them may be NULL. On failure the violation stays, to be ended by a later cycle. */
static int recover(struct change_list *changes, const struct group_state *g,
                   struct condition_state *s, struct violation *v,
                   const struct value_bounds *f, const char *why)
{
    if (!v->active) {
        take_out(s, v);
        violation_destroy(v);
        return 0;
    }
    if (f && f->known &&
        set_text(&v->value, message_value(s->rule->metric, f->low, f->high)) < 0)
        return -ENOMEM;
    struct change change = {EVENT_RECOVERED, s, v, message_recovered(g, s, v, why)};
    if (!change.message || add_change(changes, &change) < 0) {
        free(change.message);
        return -ENOMEM;
    }
    take_out(s, v);
    return 0;
}

int violation_end(struct change_list *changes, const struct group_state *group,
                  struct condition_state *condition, const char *why)
{
    int r = 0;
    condition->has_number = false;
    while (condition->violations && r == 0)
        r = recover(changes, group, condition, condition->violations, NULL, why);
    return r;
}

static int raise_violation(struct change_list *changes, struct condition_state *s,
                           struct violation *v)
{
    struct change change = {EVENT_RAISED, s, v, NULL};
    int r = add_change(changes, &change);
    if (r == 0) {
        v->active = true;
        v->restored = false;
    }
    return r;
}

/* A violation from before a restart holds. */
static int remind(struct change_list *changes, struct condition_state *s,
                  struct violation *v)
{
    struct change change = {EVENT_REMINDED, s, v, NULL};
    int r = v->restored ? add_change(changes, &change) : 0;
    if (r == 0)
        v->restored = false;
    return r;
}

int violation_raise_suppressed(struct change_list *changes, struct group_state *group)
{
    int r = 0;
    for (size_t c = 0; c < group->n_conditions; c++) {
        struct condition_state *s = &group->conditions[c];
        for (struct violation *v = s->violations; v && r == 0; v = v->next)
            if (v->active && v->suppressed)
                r = raise_violation(changes, s, v);
    }
    return r;
}

int64_t violation_due(const struct condition *condition,
                      const struct violation *violation)
{
    const struct violation *v = violation;
    if (v->active && !v->confirming)
        return CLOCK_NEVER;
    return (v->active ? v->confirming_run_ms : v->since_run_ms) + condition->recheck_ms;
}

/* ------------------------------------------------------------ one violation */

static struct violation *find_violation(const struct condition_state *s, uint64_t key)
{
    return s->by_key ? map_get(s->by_key, key) : NULL;
}

/* The texts of a violation, as of this cycle. */
static int describe(const struct evaluation *e, const struct group_state *g,
                    struct condition_state *s, struct violation *v,
                    const struct value_bounds *f)
{
    const struct condition *c = s->rule;
    enum message_side side = f->high < c->range.min  ? MESSAGE_BELOW
                             : f->low > c->range.max ? MESSAGE_ABOVE
                                                     : MESSAGE_INSIDE;
    const struct member *offender = f->worst;
    /* No single process is responsible for a sum below its minimum. */
    if (!c->each && (v->unknown || (side == MESSAGE_BELOW &&
                                    metric_info(c->metric)->sum != METRIC_MIN)))
        offender = NULL;
    double value = side == MESSAGE_BELOW ? f->high : f->low;
    bool inside = side == MESSAGE_INSIDE;
    v->pid = offender ? (uint32_t)offender->process->pid : 0;
    if (set_text(&v->value, message_value(c->metric, inside ? f->low : value,
                                          inside ? f->high : value)) < 0 ||
        set_text(&v->offender, offender ? message_offender(e->names, offender->process)
                                        : strdup("")) < 0)
        return -ENOMEM;
    return set_text(&v->message, message_raised(e->view.snapshot, g, s, v, side));
}

static int begin(const struct evaluation *e, struct condition_state *s, uint64_t key,
                 struct violation **ret_violation)
{
    struct violation *v = calloc(1, sizeof(*v));
    if (!s->by_key)
        s->by_key = map_create();
    if (!v || !s->by_key || map_put(s->by_key, key, v) < 0) {
        free(v);
        return -ENOMEM;
    }
    v->key = key;
    v->since_run_ms = clock_run_of(e->now);
    v->since_wall_ms = e->now.wall_ms;
    v->next = s->violations;
    s->violations = v;
    *ret_violation = v;
    return 0;
}

/* Whether it has been out of range for the time of its recheck. Values that the source
 * has kept do not confirm what they have caused: they have to be read once more. */
static bool has_lasted(const struct condition *c, const struct value_bounds *f,
                       int64_t since_ms, struct moment now)
{
    bool is_read_since = !f->kept_ms || f->kept_ms > since_ms || c->recheck_ms <= 0;
    return is_read_since && clock_run_of(now) - since_ms >= c->recheck_ms;
}

/* An active violation that was unknown is now found out of range. Its recheck begins with
 * that; returns whether it has passed, so that the violation is to be raised anew. */
static bool confirm(struct violation *v, const struct condition *c,
                    const struct value_bounds *f, struct moment now)
{
    if (!v->confirming) {
        v->confirming = true;
        v->confirming_run_ms = clock_run_of(now);
        v->confirming_wall_ms = now.wall_ms;
    }
    if (!has_lasted(c, f, v->confirming_run_ms, now))
        return false;
    v->confirming = false;
    v->active = false;
    v->since_run_ms = v->confirming_run_ms;
    v->since_wall_ms = v->confirming_wall_ms;
    return true;
}

static int step_bad(const struct evaluation *e, struct group_state *g,
                    struct condition_state *s, struct violation *v,
                    const struct value_bounds *f, bool unknown)
{
    bool was_unknown = v->unknown;
    if (v->active && unknown) {
        v->confirming = false;
        if (!was_unknown) /* what is known to be wrong stays so */
            return 0;
    }
    if (v->active && was_unknown && !unknown && !confirm(v, s->rule, f, e->now))
        return 0;
    v->unknown = unknown;
    v->severity = unknown ? SEVERITY_UNKNOWN : s->rule->severity;
    if (!v->active && was_unknown && !unknown && !v->number) {
        v->since_run_ms = clock_run_of(e->now);
        v->since_wall_ms = e->now.wall_ms;
    }
    int r = describe(e, g, s, v, f);
    if (r == 0 && v->active)
        return remind(e->changes, s, v);
    if (r == 0 && has_lasted(s->rule, f, v->since_run_ms, e->now))
        r = raise_violation(e->changes, s, v);
    return r;
}

/* Applies the value of this cycle to the violation with this key, or begins one. */
static int step(const struct evaluation *e, struct group_state *g,
                struct condition_state *s, uint64_t key, const struct value_bounds *f,
                enum range_result result)
{
    struct violation *v = find_violation(s, key);
    bool bad = result == RANGE_OUT || result == RANGE_UNKNOWN;
    if (!v && bad && begin(e, s, key, &v) < 0)
        return -ENOMEM;
    if (!v)
        return 0;
    v->cycle = e->processes->cycle;
    if (bad)
        return step_bad(e, g, s, v, f, result == RANGE_UNKNOWN);
    if (result == RANGE_NONE)
        return 0;
    if (result == RANGE_OK || !v->active || v->unknown)
        return recover(e->changes, g, s, v, f, NULL);
    int r = describe(e, g, s, v, f);
    return r < 0 ? r : remind(e->changes, s, v);
}

/* ------------------------------------------------------------ conditions of members */

/* Whether the value of a process that may be a member could be the worst one. */
static bool may_be_worse(const struct condition_state *s, const struct value_bounds *f)
{
    return metric_info(s->rule->metric)->sum == METRIC_MIN ? f->low < s->number
                                                           : f->high > s->number;
}

/* *ret_unknown is set if it is unknown whether there should be a violation. */
static int evaluate_one(const struct evaluation *e, struct group_state *g,
                        struct condition_state *s, const struct member *m, bool sure,
                        bool *ret_unknown)
{
    if (!evaluate_applies(&e->view, s->rule, m))
        return 0;
    struct value_bounds f = evaluate_member(&e->view, m, s->rule);
    enum range_result result = evaluate_range(s->rule, &f);
    if (!sure && may_be_worse(s, &f))
        s->has_number = false;
    if (sure && result != RANGE_UNKNOWN)
        return step(e, g, s, m->state->key, &f, result);
    /* A violation of its own stays; otherwise the whole group is unknown. */
    struct violation *v = find_violation(s, m->state->key);
    if (v)
        v->cycle = e->processes->cycle;
    if (result == RANGE_UNKNOWN || result == RANGE_OUT)
        *ret_unknown = true;
    return 0;
}

static const char *why_missing(const struct process_states *processes, uint64_t key)
{
    const struct process_state *state = process_states_find(processes, key);
    if (state && !state->gone && !state->dead)
        return "the process is no longer a member";
    return "the process has ended";
}

static int end_missing(const struct evaluation *e, const struct group_state *g,
                       struct condition_state *s)
{
    int r = 0;
    for (struct violation *v = s->violations, *next; v && r == 0; v = next) {
        next = v->next;
        /* A process that the host hides now may not have ended. */
        if (v->key && v->cycle != e->processes->cycle &&
            !snapshot_is_hidden(e->view.snapshot, process_key_pid(v->key)))
            r = recover(e->changes, g, s, v, NULL, why_missing(e->processes, v->key));
    }
    return r;
}

static int evaluate_each(const struct evaluation *e, struct group_state *g,
                         struct condition_state *s)
{
    bool unknown = g->scan_failed || e->view.snapshot->state == SNAPSHOT_PARTIAL;
    int r = 0;
    for (size_t i = 0; i < g->n_members && r == 0; i++)
        r = evaluate_one(e, g, s, &g->members[i], true, &unknown);
    for (size_t i = 0; i < g->n_undecided && r == 0; i++)
        r = evaluate_one(e, g, s, &g->undecided[i], false, &unknown);
    if (r == 0 && !g->scan_failed)
        r = end_missing(e, g, s);
    s->has_number = s->has_number && !unknown;
    /* A violation of the whole group is possible only because it is unknown. */
    struct value_bounds all = {.known = unknown, .high = unknown ? INFINITY : 0};
    return r == 0 ? step(e, g, s, 0, &all, unknown ? RANGE_UNKNOWN : RANGE_OK) : r;
}

static int evaluate_condition(const struct evaluation *e, struct group_state *g,
                              struct condition_state *s)
{
    struct value_bounds f = s->rule->each ? evaluate_worst(&e->view, g, s->rule)
                                          : evaluate_group(&e->view, g, s);
    char *value = f.known && !f.waiting ? message_value(s->rule->metric, f.low, f.high)
                                        : strdup(g->scan_failed ? "unknown" : "");
    char *offender = f.worst ? message_offender(e->names, f.worst->process) : strdup("");
    s->number = f.low;
    s->has_number = f.known && !f.waiting && f.low >= f.high;
    int r = set_text(&s->value, value);
    int r2 = set_text(&s->offender, offender);
    if (r < 0 || r2 < 0)
        return -ENOMEM;
    return s->rule->each ? evaluate_each(e, g, s)
                         : step(e, g, s, 0, &f, evaluate_range(s->rule, &f));
}

int violation_evaluate(const struct evaluation *evaluation, struct group_state *group)
{
    int r = 0;
    for (size_t c = 0; c < group->n_conditions && r == 0; c++)
        r = evaluate_condition(evaluation, group, &group->conditions[c]);
    return r;
}
