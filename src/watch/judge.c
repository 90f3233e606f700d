#include "rule/metrics.h"
#include "rule/range.h"
#include "watch/parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a look found about one condition: the group's value, or one member's. The truth
 * lies in [low, high]; both are the same where everything could be looked at. */
struct finding {
    bool known; /* there is a value to judge */
    double low, high;
    const struct member *worst;
};

static enum verdict verdict_of(const struct condition *c, const struct finding *f)
{
    if (!f->known)
        return VERDICT_BETWEEN;
    if (range_holds(&c->clear, f->low) && range_holds(&c->clear, f->high))
        return VERDICT_OK;
    if (range_holds(&c->range, f->low) && range_holds(&c->range, f->high))
        return VERDICT_BETWEEN;
    if (f->low > c->range.max || f->high < c->range.min)
        return VERDICT_OUT;
    return VERDICT_UNKNOWN;
}

static bool is_old_enough(const struct watch *watch, const struct condition *c,
                          const struct member *m)
{
    return watch->snapshot->taken.boot_ms - m->process->start_ms >= c->min_age_ms;
}

/* ------------------------------------------------------------ values of the set */

static double count_members(const struct watch *watch, const struct instance *g,
                            const struct condition *c, const struct member *list,
                            size_t n)
{
    (void)g;
    double count = 0;
    for (size_t i = 0; i < n; i++)
        count += is_old_enough(watch, c, &list[i]);
    return count;
}

/* Starts and exits a minute over the window. -ENODATA before the second look. */
static int churn(const struct watch *watch, const struct instance *g,
                 struct condition_state *s, double counter, double *ret_rate)
{
    int64_t now = watch->snapshot->taken.boot_ms;
    int64_t window = measure_window(watch, s->rule);
    int r = history_rate(&s->history, window, now, counter, ret_rate);
    if (!g->blind)
        history_add(&s->history, window, now, counter);
    *ret_rate *= r == 0 ? 60 : 1;
    return r;
}

static struct finding find_set(const struct watch *watch, const struct instance *g,
                               struct condition_state *s)
{
    const struct board_group *sums = &g->sums;
    double value = 0;
    switch (s->rule->metric) {
    case METRIC_ZOMBIES:
        value = sums->zombies;
        break;
    case METRIC_BLOCKED:
        value = sums->blocked;
        break;
    case METRIC_STARTS:
    case METRIC_EXITS:
    case METRIC_RESTARTS: {
        /* What left and was replaced: the smaller of both. */
        uint32_t least = sums->starts < sums->exits ? sums->starts : sums->exits;
        double counter = s->rule->metric == METRIC_STARTS  ? sums->starts
                         : s->rule->metric == METRIC_EXITS ? sums->exits
                                                           : least;
        if (churn(watch, g, s, counter, &value) < 0)
            return (struct finding){.known = false};
        break;
    }
    default:
        value = count_members(watch, g, s->rule, g->members, g->n_members);
    }
    struct finding f = {true, value, value, NULL};
    f.high += count_members(watch, g, s->rule, g->undecided, g->n_undecided);
    if (s->rule->metric == METRIC_COUNT && range_holds(&s->rule->range, value) == false &&
        value > s->rule->range.max) {
        for (size_t i = 0; i < g->n_members; i++)
            if (!f.worst || g->members[i].process->start > f.worst->process->start)
                f.worst = &g->members[i];
    }
    return f;
}

/* ------------------------------------------------------------ values of members */

static void fold(struct finding *f, enum metric_sum how, double value, bool sure)
{
    if (how == METRIC_SUM) {
        f->low += sure ? value : 0;
        f->high += value;
    } else if (!f->known) {
        f->low = f->high = value;
    } else if (how == METRIC_MAX) {
        f->low = sure && value > f->low ? value : f->low;
        f->high = value > f->high ? value : f->high;
    } else {
        f->low = value < f->low ? value : f->low;
        f->high = sure && value < f->high ? value : f->high;
    }
    f->known = true;
}

static void fold_members(const struct watch *watch, const struct condition *c,
                         const struct member *list, size_t n, bool sure,
                         struct finding *f)
{
    enum metric_sum how = metric_info(c->metric)->sum;
    double worst = -1;
    for (size_t i = 0; i < n; i++) {
        double value;
        if (!is_old_enough(watch, c, &list[i]))
            continue;
        int r = measure_member(watch, &list[i], c, &value);
        if (r == -EACCES) {
            fold(f, how, 0, false);
            f->high = INFINITY;
        } else if (r == 0) {
            fold(f, how, value, sure);
            if (sure && (how == METRIC_MIN ? -value : value) > worst) {
                worst = how == METRIC_MIN ? -value : value;
                f->worst = &list[i];
            }
        }
    }
}

static struct finding find_sum(const struct watch *watch, const struct instance *g,
                               const struct condition *c)
{
    struct finding f = {0};
    fold_members(watch, c, g->members, g->n_members, true, &f);
    fold_members(watch, c, g->undecided, g->n_undecided, false, &f);
    if (!f.known && metric_info(c->metric)->sum == METRIC_SUM && !g->n_members)
        f.known = true; /* nobody uses nothing */
    return f;
}

static struct finding find_host(const struct watch *watch)
{
    int enforcing = watch->snapshot->host.enforcing;
    if (enforcing < 0)
        return (struct finding){true, 0, 1, NULL};
    return (struct finding){true, enforcing, enforcing, NULL};
}

static struct finding find_group(const struct watch *watch, const struct instance *g,
                                 struct condition_state *s)
{
    struct finding f;
    enum metric_kind kind = metric_info(s->rule->metric)->kind;
    if (g->blind)
        return (struct finding){true, 0, INFINITY, NULL};
    if (kind == METRIC_HOST)
        return find_host(watch);
    f = kind == METRIC_MEMBERS ? find_set(watch, g, s) : find_sum(watch, g, s->rule);
    /* Processes that the host hides may be members. How many is not always known. */
    if (watch->snapshot->state == SNAPSHOT_PARTIAL) {
        bool counted = s->rule->metric == METRIC_COUNT && watch->snapshot->hidden;
        f.high = counted ? f.high + (double)watch->snapshot->hidden : INFINITY;
        f.known = true;
    }
    return f;
}

/* ------------------------------------------------------------ the state machine */

static struct violation *find_violation(struct condition_state *s, uint64_t key)
{
    for (struct violation *v = s->violations; v; v = v->next)
        if (v->key == key)
            return v;
    return NULL;
}

static void drop(struct condition_state *s, struct violation *violation)
{
    struct violation **at = &s->violations;
    while (*at != violation)
        at = &(*at)->next;
    *at = violation->next;
    violation_destroy(violation);
}

static void recover(struct watch *watch, struct instance *g, struct condition_state *s,
                    struct violation *v, const char *why, struct moment now)
{
    if (v->active) {
        char *text = message_recovered(g, s, v, why);
        publish_transition(watch, TRANSITION_RECOVERED, g, s, v, text ? text : "", now);
        free(text);
    }
    drop(s, v);
}

void judge_end(struct watch *watch, struct instance *instance,
               struct condition_state *condition, const char *why, struct moment now)
{
    while (condition->violations)
        recover(watch, instance, condition, condition->violations, why, now);
}

/* The texts of a violation, as of this look. */
static void describe(struct watch *watch, struct instance *g, struct condition_state *s,
                     struct violation *v, const struct finding *f)
{
    bool below = f->high < s->rule->range.min;
    free(v->value);
    free(v->offender);
    free(v->message);
    v->value = v->unknown ? strdup("unknown")
                          : message_value(s->rule->metric, below ? f->high : f->low);
    v->offender = f->worst ? message_offender(watch, f->worst->process) : strdup("");
    v->pid = f->worst ? (uint32_t)f->worst->process->pid : 0;
    v->message = message_raised(g, s, v, below);
    if (!v->value || !v->offender || !v->message)
        watch->error = -ENOMEM;
}

static struct violation *begin(struct watch *watch, struct condition_state *s,
                               uint64_t key, struct moment now)
{
    struct violation *v = calloc(1, sizeof(*v));
    if (!v) {
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

/* One step: what the look says of (condition, offender) meets what was. */
static void step(struct watch *watch, struct instance *g, struct condition_state *s,
                 uint64_t key, const struct finding *f, enum verdict verdict,
                 struct moment now)
{
    struct violation *v = find_violation(s, key);
    bool bad = verdict == VERDICT_OUT || verdict == VERDICT_UNKNOWN;
    if (v)
        v->look = watch->look;
    if (!bad) {
        if (v && (verdict == VERDICT_OK || !v->active || v->unknown))
            recover(watch, g, s, v, NULL, now);
        else if (v && f->known)
            describe(watch, g, s, v, f);
        return;
    }
    /* What is known to be wrong stays so while nobody can look. */
    if (v && v->active && !v->unknown && verdict == VERDICT_UNKNOWN)
        return;
    if (!v)
        v = begin(watch, s, key, now);
    if (!v)
        return;
    bool turned = v->active && v->unknown && verdict == VERDICT_OUT;
    v->look = watch->look;
    v->unknown = verdict == VERDICT_UNKNOWN;
    v->severity = v->unknown ? SEVERITY_UNKNOWN : s->rule->severity;
    describe(watch, g, s, v, f);
    if (turned || (!v->active && now.boot_ms - v->since_boot_ms >= s->rule->recheck_ms))
        raise_violation(watch, g, s, v, now);
}

/* ------------------------------------------------------------ conditions of members */

static void judge_each_of(struct watch *watch, struct instance *g,
                          struct condition_state *s, const struct member *m, bool sure,
                          bool *unknown, struct moment now)
{
    struct finding f = {.known = true, .worst = m};
    double value;
    if (!is_old_enough(watch, s->rule, m))
        return;
    int r = measure_member(watch, m, s->rule, &value);
    if (r == -EACCES) {
        *unknown = true;
        return;
    }
    f.known = r == 0;
    f.low = f.high = r == 0 ? value : 0;
    enum verdict verdict = verdict_of(s->rule, &f);
    if (sure)
        step(watch, g, s, m->track->key, &f, verdict, now);
    else if (verdict == VERDICT_OUT)
        *unknown = true; /* out of range, if it is a member at all */
}

static void end_missing(struct watch *watch, struct instance *g,
                        struct condition_state *s, struct moment now)
{
    for (struct violation *v = s->violations, *next; v; v = next) {
        next = v->next;
        if (v->key && v->look != watch->look)
            recover(watch, g, s, v, "the process is gone", now);
    }
}

static void judge_each(struct watch *watch, struct instance *g, struct condition_state *s,
                       struct moment now)
{
    bool unknown = g->blind || watch->snapshot->state == SNAPSHOT_PARTIAL;
    for (size_t i = 0; i < g->n_members; i++)
        judge_each_of(watch, g, s, &g->members[i], true, &unknown, now);
    for (size_t i = 0; i < g->n_undecided; i++)
        judge_each_of(watch, g, s, &g->undecided[i], false, &unknown, now);
    if (!g->blind)
        end_missing(watch, g, s, now);
    struct finding nobody = {.known = true, .high = unknown ? INFINITY : 0};
    step(watch, g, s, 0, &nobody, unknown ? VERDICT_UNKNOWN : VERDICT_OK, now);
}

static void judge_condition(struct watch *watch, struct instance *g,
                            struct condition_state *s, struct moment now)
{
    free(s->value);
    free(s->offender);
    s->value = s->offender = NULL;
    struct finding f = find_group(watch, g, s);
    if (f.worst)
        s->offender = message_offender(watch, f.worst->process);
    if (f.known)
        s->value = isinf(f.high) || f.low != f.high
                       ? strdup("unknown")
                       : message_value(s->rule->metric, f.low);
    if (s->rule->each)
        judge_each(watch, g, s, now);
    else
        step(watch, g, s, 0, &f, verdict_of(s->rule, &f), now);
}

void judge_groups(struct watch *watch, struct moment now)
{
    for (size_t i = 0; i < watch->n_instances; i++) {
        struct instance *g = watch->instances[i];
        for (size_t c = 0; g->admin != GROUP_OFF && c < g->n_conditions; c++)
            judge_condition(watch, g, &g->conditions[c], now);
        judge_sum_up(watch, g, now);
    }
}
