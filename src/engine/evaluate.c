#include "engine/internal.h"
#include "rule/metrics.h"
#include "rule/range.h"

#include <errno.h>
#include <math.h>

static bool is_within(const struct range *range, const struct value_bounds *f)
{
    return range_holds(range, f->low) && range_holds(range, f->high);
}

static bool is_outside(const struct range *range, const struct value_bounds *f)
{
    return f->low > range->max || f->high < range->min;
}

enum range_result evaluate_range(const struct condition *condition,
                                 const struct value_bounds *bounds)
{
    const struct condition *c = condition;
    const struct value_bounds *f = bounds;
    bool (*is_fine)(const struct range *, const struct value_bounds *) =
        c->inverted ? is_outside : is_within;
    bool (*is_wrong)(const struct range *, const struct value_bounds *) =
        c->inverted ? is_within : is_outside;
    if (!f->known) /* nobody is there whom it could be true of */
        return f->waiting ? RANGE_NONE : RANGE_OK;
    if (is_fine(&c->clear, f))
        return RANGE_OK;
    if (is_fine(&c->range, f))
        return RANGE_BETWEEN;
    if (f->sure && is_wrong(&c->range, f))
        return RANGE_OUT;
    return f->waiting ? RANGE_NONE : RANGE_UNKNOWN;
}

bool evaluate_applies(const struct engine *engine, const struct condition *condition,
                      const struct member *member)
{
    int64_t age = engine->snapshot->taken.boot_ms - member->process->start_ms;
    return condition->min_age_ms <= 0 || age >= condition->min_age_ms;
}

/* ------------------------------------------------------------ values of the set */

static double count_judged(const struct engine *engine, const struct condition *c,
                           const struct member *list, size_t n)
{
    double count = 0;
    for (size_t i = 0; i < n; i++)
        count += evaluate_applies(engine, c, &list[i]) &&
                 (c->metric != METRIC_BLOCKED || list[i].process->state == 'D');
    return count;
}

/* Members too young to be judged are none too many, but nobody is missing whom they make
 * up for: a daemon that was restarted is there. */
static double fill_up(const struct condition *c, double judged, double all)
{
    if (c->metric != METRIC_COUNT || c->inverted || judged >= c->range.min)
        return judged;
    return fmin(c->range.min, all);
}

static const struct member *youngest(const struct engine *engine,
                                     const struct group_state *g,
                                     const struct condition *c)
{
    const struct member *found = NULL;
    for (size_t i = 0; i < g->n_members; i++)
        if (evaluate_applies(engine, c, &g->members[i]) &&
            (!found || g->members[i].process->start > found->process->start))
            found = &g->members[i];
    return found;
}

static struct value_bounds find_count(const struct engine *engine,
                                      const struct group_state *g,
                                      const struct condition *c)
{
    double sure = count_judged(engine, c, g->members, g->n_members);
    double all = sure + count_judged(engine, c, g->undecided, g->n_undecided);
    double n = (double)g->n_members;
    struct value_bounds f = {.known = true, .sure = true};
    f.low = fill_up(c, sure, n);
    f.high = fill_up(c, all, n + (double)g->n_undecided);
    if (c->metric == METRIC_COUNT && f.low > c->range.max)
        f.worst = youngest(engine, g, c);
    return f;
}

static struct value_bounds find_zombies(const struct engine *engine,
                                        const struct group_state *g,
                                        const struct condition *c)
{
    (void)engine;
    (void)c;
    return (struct value_bounds){.known = true,
                                 .sure = true,
                                 .low = g->zombies,
                                 .high = (double)g->zombies + g->undecided_zombies};
}

/* What happened within the window, as so many a minute: of a window of which only a part
 * was watched the rest is taken for quiet. */
static int churn(const struct engine *engine, struct history *history,
                 const struct condition *c, double counter, double *ret_rate)
{
    int64_t now = engine->snapshot->taken.boot_ms;
    int64_t window = measure_window(engine, c);
    int64_t span;
    double growth;
    int r = history_growth(history, window, now, counter, &growth, &span);
    history_add(history, window, now, counter);
    if (r == 0)
        *ret_rate = growth * 60000 / (double)(span > window ? span : window);
    return r;
}

static struct value_bounds find_churn(const struct engine *engine,
                                      const struct group_state *g,
                                      struct condition_state *s)
{
    double starts = 0, exits = 0;
    int r = churn(engine, &s->starts, s->rule, g->sums.starts, &starts);
    churn(engine, &s->exits, s->rule, g->sums.exits, &exits);
    if (r < 0)
        return (struct value_bounds){.waiting = true};
    /* A restart is who left and was replaced: the smaller of both. */
    double value = s->rule->metric == METRIC_STARTS                    ? starts
                   : s->rule->metric == METRIC_EXITS || exits < starts ? exits
                                                                       : starts;
    return (struct value_bounds){
        .known = true, .sure = true, .low = value, .high = value};
}

static struct value_bounds find_set(const struct engine *engine,
                                    const struct group_state *g,
                                    struct condition_state *s)
{
    switch (s->rule->metric) {
    case METRIC_ZOMBIES:
        return find_zombies(engine, g, s->rule);
    case METRIC_STARTS:
    case METRIC_EXITS:
    case METRIC_RESTARTS:
        return find_churn(engine, g, s);
    default:
        return find_count(engine, g, s->rule);
    }
}

/* ------------------------------------------------------------ values of members */

/* Another member's value; `sure`: it is a member. Values are never negative. */
static void fold(struct value_bounds *f, enum metric_sum how, double low, double high,
                 bool sure)
{
    if (!f->known && how == METRIC_MIN)
        f->low = f->high = INFINITY;
    f->known = true;
    f->sure = f->sure || sure;
    if (how == METRIC_SUM) {
        f->low += sure ? low : 0;
        f->high += high;
    } else if (how == METRIC_MAX) {
        f->low = sure ? fmax(f->low, low) : f->low;
        f->high = fmax(f->high, high);
    } else {
        f->low = fmin(f->low, low);
        f->high = sure ? fmin(f->high, high) : f->high;
    }
}

struct value_bounds evaluate_member(const struct engine *engine,
                                    const struct member *member,
                                    const struct condition *condition)
{
    double value = 0;
    int r = measure_member(engine, member, condition, &value);
    struct value_bounds f = {.known = true,
                             .sure = true,
                             .waiting = r == -ENODATA,
                             .low = value,
                             .high = r == -EACCES ? INFINITY : value,
                             .worst = member};
    if (f.waiting)
        f.high = measure_most(engine, member, condition);
    return f;
}

static void fold_members(const struct engine *engine, const struct condition *c,
                         enum metric_sum how, const struct member *list, size_t n,
                         bool sure, struct value_bounds *f)
{
    double worst = how == METRIC_MIN ? INFINITY : -1;
    for (size_t i = 0; i < n; i++) {
        if (!evaluate_applies(engine, c, &list[i]))
            continue;
        struct value_bounds one = evaluate_member(engine, &list[i], c);
        f->waiting = f->waiting || one.waiting;
        fold(f, how, one.low, one.high, sure);
        bool worse = how == METRIC_MIN ? one.low < worst : one.low > worst;
        if (sure && worse && one.low == one.high) {
            worst = one.low;
            f->worst = &list[i];
        }
    }
}

static struct value_bounds find_sum(const struct engine *engine,
                                    const struct group_state *g,
                                    const struct condition *c)
{
    enum metric_sum how = metric_info(c->metric)->sum;
    struct value_bounds f = {0};
    fold_members(engine, c, how, g->members, g->n_members, true, &f);
    fold_members(engine, c, how, g->undecided, g->n_undecided, false, &f);
    if (how == METRIC_SUM && (f.known || !g->n_members))
        f.known = f.sure = true; /* nobody uses nothing */
    return f;
}

struct value_bounds evaluate_worst(const struct engine *engine,
                                   const struct group_state *gstate,
                                   const struct condition *condition)
{
    bool least = metric_info(condition->metric)->sum == METRIC_MIN;
    struct value_bounds f = {0};
    if (!gstate->scan_failed)
        fold_members(engine, condition, least ? METRIC_MIN : METRIC_MAX, gstate->members,
                     gstate->n_members, true, &f);
    return f;
}

static struct value_bounds find_host(const struct engine *engine)
{
    int enforcing = engine->snapshot->host.enforcing;
    return (struct value_bounds){.known = true,
                                 .sure = true,
                                 .low = enforcing > 0,
                                 .high = enforcing != 0}; /* -1: could not look */
}

struct value_bounds evaluate_group(const struct engine *engine,
                                   const struct group_state *gstate,
                                   struct condition_state *state)
{
    const struct group_state *g = gstate;
    const struct metric_info *info = metric_info(state->rule->metric);
    if (g->scan_failed)
        return (struct value_bounds){.known = true, .sure = true, .high = INFINITY};
    if (info->kind == METRIC_HOST)
        return find_host(engine);
    struct value_bounds f = info->kind == METRIC_MEMBERS
                                ? find_set(engine, g, state)
                                : find_sum(engine, g, state->rule);
    if (engine->snapshot->state != SNAPSHOT_PARTIAL)
        return f;
    /* Processes that the host hides may be members. How many is not always known. */
    bool counted = state->rule->metric == METRIC_COUNT && engine->snapshot->hidden &&
                   !engine->snapshot->uncounted;
    fold(&f, info->sum, 0, counted ? (double)engine->snapshot->hidden : INFINITY, false);
    return f;
}
