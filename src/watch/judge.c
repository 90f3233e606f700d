#include "base/map.h"
#include "rule/metrics.h"
#include "watch/parts.h"

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

static void set_text(struct watch *watch, char **text, char *value)
{
    if (!value)
        watch->error = -ENOMEM;
    free(*text);
    *text = value;
}

/* `f` is what is true now, `why` the reason where there is nothing left to judge; one of
 * them may be NULL. */
static void recover(struct watch *watch, struct instance *g, struct condition_state *s,
                    struct violation *v, const struct finding *f, const char *why,
                    struct moment now)
{
    if (v->active) {
        if (f && f->known)
            set_text(watch, &v->value, message_value(s->rule->metric, f->low, f->high));
        char *text = message_recovered(g, s, v, why);
        if (!text)
            watch->error = -ENOMEM;
        publish_transition(watch, TRANSITION_RECOVERED, g, s, v, text ? text : "", now);
        free(text);
    }
    drop(s, v);
}

void judge_end(struct watch *watch, struct instance *instance,
               struct condition_state *condition, const char *why, struct moment now)
{
    while (condition->violations)
        recover(watch, instance, condition, condition->violations, NULL, why, now);
}

/* The texts of a violation, as of this look. */
static void describe(struct watch *watch, struct instance *g, struct condition_state *s,
                     struct violation *v, const struct finding *f)
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
    set_text(watch, &v->value,
             side == MESSAGE_INSIDE ? message_value(c->metric, f->low, f->high)
                                    : message_value(c->metric, value, value));
    set_text(watch, &v->offender,
             offender ? message_offender(watch, offender->process) : strdup(""));
    v->pid = offender ? (uint32_t)offender->process->pid : 0;
    set_text(watch, &v->message, message_raised(watch, g, s, v, side));
}

static struct violation *begin(struct watch *watch, struct condition_state *s,
                               uint64_t key, struct moment now)
{
    struct violation *v = calloc(1, sizeof(*v));
    if (!s->by_key)
        s->by_key = map_create();
    if (!v || !s->by_key || map_put(s->by_key, key, v) < 0) {
        free(v);
        watch->error = -ENOMEM;
        return NULL;
    }
    v->key = key;
    v->since_boot_ms = now.boot_ms;
    v->since_wall_ms = now.wall_ms;
    v->next = s->violations;
    s->violations = v;
    return v;
}

static void raise_violation(struct watch *watch, struct instance *g,
                            struct condition_state *s, struct violation *v,
                            struct moment now)
{
    v->active = true;
    publish_transition(watch, TRANSITION_RAISED, g, s, v, v->message ? v->message : "",
                       now);
}

void judge_tell_hidden(struct watch *watch, struct instance *instance, struct moment now)
{
    for (size_t c = 0; c < instance->n_conditions; c++) {
        struct condition_state *s = &instance->conditions[c];
        for (struct violation *v = s->violations; v; v = v->next)
            if (v->active && v->hidden)
                raise_violation(watch, instance, s, v, now);
    }
}

int64_t judge_due(const struct condition *condition, const struct violation *violation)
{
    const struct violation *v = violation;
    if (v->active && !v->turning)
        return CLOCK_NEVER;
    return (v->active ? v->turned_ms : v->since_boot_ms) + condition->recheck_ms;
}

/* In range, or not to be judged any more. */
static void step_good(struct watch *watch, struct instance *g, struct condition_state *s,
                      struct violation *v, const struct finding *f, bool clear,
                      struct moment now)
{
    if (clear || !v->active || v->unknown)
        recover(watch, g, s, v, f, NULL, now);
    else
        describe(watch, g, s, v, f);
}

/* Of something that nobody could look at and that is now seen out of range: the hold-down
 * begins with what was seen. Returns whether it is over. */
static bool turn(struct violation *v, const struct condition *c, struct moment now)
{
    if (!v->turning) {
        v->turning = true;
        v->turned_ms = now.boot_ms;
    }
    if (now.boot_ms - v->turned_ms < c->recheck_ms)
        return false;
    v->turning = false;
    v->active = false;
    v->since_boot_ms = v->turned_ms;
    v->since_wall_ms = now.wall_ms - (now.boot_ms - v->turned_ms);
    return true;
}

static void step_bad(struct watch *watch, struct instance *g, struct condition_state *s,
                     struct violation *v, const struct finding *f, bool unknown,
                     struct moment now)
{
    bool was_unknown = v->unknown;
    if (v->active && unknown) {
        v->turning = false; /* and what is known to be wrong stays so */
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
    describe(watch, g, s, v, f);
    if (!v->active && now.boot_ms - v->since_boot_ms >= s->rule->recheck_ms)
        raise_violation(watch, g, s, v, now);
}

/* One step: what the look says of (condition, offender) meets what was. */
static void step(struct watch *watch, struct instance *g, struct condition_state *s,
                 uint64_t key, const struct finding *f, enum verdict verdict,
                 struct moment now)
{
    struct violation *v = find_violation(s, key);
    bool bad = verdict == VERDICT_OUT || verdict == VERDICT_UNKNOWN;
    if (!v && bad)
        v = begin(watch, s, key, now);
    if (!v)
        return;
    v->look = watch->look;
    if (bad)
        step_bad(watch, g, s, v, f, verdict == VERDICT_UNKNOWN, now);
    else if (verdict != VERDICT_NONE)
        step_good(watch, g, s, v, f, verdict == VERDICT_OK, now);
}

/* ------------------------------------------------------------ conditions of members */

/* Returns whether it is unknown if a violation should be here. */
static bool judge_member(struct watch *watch, struct instance *g,
                         struct condition_state *s, const struct member *m, bool sure,
                         struct moment now)
{
    if (!find_is_judged(watch, s->rule, m))
        return false;
    struct finding f = find_member(watch, m, s->rule);
    enum verdict verdict = find_verdict(s->rule, &f);
    if (sure && verdict != VERDICT_UNKNOWN) {
        step(watch, g, s, m->track->key, &f, verdict, now);
        return false;
    }
    /* What was known to be wrong with it stays so; of others the group tells. */
    struct violation *v = find_violation(s, m->track->key);
    if (v)
        v->look = watch->look;
    return verdict == VERDICT_UNKNOWN || (!sure && verdict == VERDICT_OUT);
}

static const char *why_missing(const struct watch *watch, const struct violation *v)
{
    const struct track *track = map_get(watch->tracks, v->key);
    if (track && track->look == watch->look && !track->gone && !track->dead)
        return "the process is no member any more";
    return "the process has ended";
}

static void end_missing(struct watch *watch, struct instance *g,
                        struct condition_state *s, struct moment now)
{
    for (struct violation *v = s->violations, *next; v; v = next) {
        next = v->next;
        /* Of one that the host has hidden nobody knows that it has ended. */
        if (v->key && v->look != watch->look &&
            !snapshot_is_hidden(watch->snapshot, process_key_pid(v->key)))
            recover(watch, g, s, v, NULL, why_missing(watch, v), now);
    }
}

static void judge_each(struct watch *watch, struct instance *g, struct condition_state *s,
                       struct moment now)
{
    bool unknown = g->blind || watch->snapshot->state == SNAPSHOT_PARTIAL;
    for (size_t i = 0; i < g->n_members; i++)
        unknown |= judge_member(watch, g, s, &g->members[i], true, now);
    for (size_t i = 0; i < g->n_undecided; i++)
        unknown |= judge_member(watch, g, s, &g->undecided[i], false, now);
    if (!g->blind)
        end_missing(watch, g, s, now);
    struct finding nobody = {.known = unknown, .high = unknown ? INFINITY : 0};
    step(watch, g, s, 0, &nobody, unknown ? VERDICT_UNKNOWN : VERDICT_OK, now);
}

static void judge_condition(struct watch *watch, struct instance *g,
                            struct condition_state *s, struct moment now)
{
    struct finding f =
        s->rule->each ? find_worst(watch, g, s->rule) : find_group(watch, g, s);
    char *value = f.known && !f.waiting ? message_value(s->rule->metric, f.low, f.high)
                                        : strdup(g->blind ? "unknown" : "");
    set_text(watch, &s->value, value);
    set_text(watch, &s->offender,
             f.worst ? message_offender(watch, f.worst->process) : strdup(""));
    if (s->rule->each)
        judge_each(watch, g, s, now);
    else
        step(watch, g, s, 0, &f, find_verdict(s->rule, &f), now);
}

void judge_groups(struct watch *watch, struct moment now)
{
    for (size_t i = 0; i < watch->rows.n; i++) {
        struct instance *g = watch->rows.list[i];
        for (size_t c = 0; g->admin != GROUP_OFF && c < g->n_conditions; c++)
            judge_condition(watch, g, &g->conditions[c], now);
        judge_sum_up(watch, g, now);
    }
}
