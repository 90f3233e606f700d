#include "engine/evaluate.h"

#include "engine/group_state.h"
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
    if (!f->known) /* there is no member that it could be true of */
        return f->waiting ? RANGE_NONE : RANGE_OK;
    if (is_fine(&c->clear, f))
        return RANGE_OK;
    if (is_fine(&c->range, f))
        return RANGE_BETWEEN;
    if (f->sure && is_wrong(&c->range, f))
        return RANGE_OUT;
    return f->waiting ? RANGE_NONE : RANGE_UNKNOWN;
}

bool evaluate_applies(const struct scan_view *view, const struct condition *condition,
                      const struct member *member)
{
    if (condition->min_age_ms <= 0)
        return true;
    int64_t start = suspend_run_ms(view->suspend, member->process->start_ms);
    return clock_run_of(view->snapshot->taken) - start >= condition->min_age_ms;
}

/* ------------------------------------------------------------ values of the set */

static double count_old(const struct scan_view *view, const struct condition *c,
                        const struct member *list, size_t n)
{
    double count = 0;
    for (size_t i = 0; i < n; i++)
        count += evaluate_applies(view, c, &list[i]) &&
                 (c->metric != METRIC_BLOCKED || list[i].process->state == 'D');
    return count;
}

/* Members younger than min-age do not count against a maximum, but do count towards a
 * minimum: a daemon that was just restarted is there. */
static double fill_up(const struct condition *c, double old_enough, double all)
{
    if (c->metric != METRIC_COUNT || c->inverted || old_enough >= c->range.min)
        return old_enough;
    return fmin(c->range.min, all);
}

static const struct member *youngest(const struct scan_view *view,
                                     const struct group_state *g,
                                     const struct condition *c)
{
    const struct member *found = NULL;
    for (size_t i = 0; i < g->n_members; i++)
        if (evaluate_applies(view, c, &g->members[i]) &&
            (!found || g->members[i].process->start > found->process->start))
            found = &g->members[i];
    return found;
}

static struct value_bounds count_value(const struct scan_view *view,
                                       const struct group_state *g,
                                       const struct condition *c)
{
    double sure = count_old(view, c, g->members, g->n_members);
    double all = sure + count_old(view, c, g->undecided, g->n_undecided);
    double n = (double)g->n_members;
    struct value_bounds f = {.known = true, .sure = true};
    f.low = fill_up(c, sure, n);
    f.high = fill_up(c, all, n + (double)g->n_undecided);
    if (c->metric == METRIC_COUNT && f.low > c->range.max)
        f.worst = youngest(view, g, c);
    return f;
}

/* The growth of a counter within the window, a minute. If the history is shorter than the
 * window, nothing happened before it. */
static int churn(const struct scan_view *view, struct history *history,
                 const struct condition *c, double counter, double *ret_rate)
{
    int64_t now = clock_run_of(view->snapshot->taken);
    int64_t window = measure_window(view, c->window_ms);
    int64_t span;
    double growth;
    int r = history_growth(history, window, now, counter, &growth, &span);
    history_add(history, window, now, counter);
    if (r == 0)
        *ret_rate = growth * 60000 / (double)(span > window ? span : window);
    return r;
}

static struct value_bounds churn_value(const struct scan_view *view,
                                       const struct group_state *g,
                                       struct condition_state *s)
{
    double starts = 0, exits = 0;
    int r = churn(view, &s->starts, s->rule, (double)g->starts, &starts);
    churn(view, &s->exits, s->rule, (double)g->exits, &exits);
    if (r < 0)
        return (struct value_bounds){.waiting = true};
    /* A restart is an exit that was followed by a start: the smaller of both. */
    double value = s->rule->metric == METRIC_STARTS                    ? starts
                   : s->rule->metric == METRIC_EXITS || exits < starts ? exits
                                                                       : starts;
    return (struct value_bounds){
        .known = true, .sure = true, .low = value, .high = value};
}

static struct value_bounds set_value(const struct scan_view *view,
                                     const struct group_state *g,
                                     struct condition_state *s)
{
    switch (s->rule->metric) {
    case METRIC_ZOMBIES:
        return (struct value_bounds){.known = true,
                                     .sure = true,
                                     .low = g->zombies,
                                     .high = (double)g->zombies + g->undecided_zombies};
    case METRIC_STARTS:
    case METRIC_EXITS:
    case METRIC_RESTARTS:
        return churn_value(view, g, s);
    default:
        return count_value(view, g, s->rule);
    }
}

/* ------------------------------------------------------------ values of members */

/* Adds another member's value, which is not negative. `sure`: it is certainly a member.
 */
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

struct value_bounds evaluate_member(const struct scan_view *view,
                                    const struct member *member,
                                    const struct condition *condition)
{
    double value = 0;
    int r = measure_member(view, member, condition, &value);
    struct value_bounds f = {.known = true,
                             .sure = true,
                             .waiting = r == -ENODATA,
                             .low = value,
                             .high = r == -EACCES ? INFINITY : value,
                             .worst = member};
    if (f.waiting)
        f.high = measure_most(view, member, condition);
    if (metric_info(condition->metric)->attributes & member->process->have &
        PROCESS_EXPENSIVE)
        f.kept_ms = member->process->usage->kept_ms;
    return f;
}

static void fold_members(const struct scan_view *view, const struct condition *c,
                         enum metric_sum how, const struct member *list, size_t n,
                         bool sure, struct value_bounds *f)
{
    double worst = how == METRIC_MIN ? INFINITY : -1;
    for (size_t i = 0; i < n; i++) {
        if (!evaluate_applies(view, c, &list[i]))
            continue;
        struct value_bounds one = evaluate_member(view, &list[i], c);
        f->waiting = f->waiting || one.waiting;
        if (one.kept_ms && (!f->kept_ms || one.kept_ms < f->kept_ms))
            f->kept_ms = one.kept_ms;
        fold(f, how, one.low, one.high, sure);
        bool worse = how == METRIC_MIN ? one.low < worst : one.low > worst;
        if (sure && worse && one.low == one.high) {
            worst = one.low;
            f->worst = &list[i];
        }
    }
}

static struct value_bounds sum_value(const struct scan_view *view,
                                     const struct group_state *g,
                                     const struct condition *c)
{
    enum metric_sum how = metric_info(c->metric)->sum;
    struct value_bounds f = {0};
    fold_members(view, c, how, g->members, g->n_members, true, &f);
    fold_members(view, c, how, g->undecided, g->n_undecided, false, &f);
    if (how == METRIC_SUM && (f.known || !g->n_members))
        f.known = f.sure = true; /* an empty group uses 0 */
    return f;
}

struct value_bounds evaluate_worst(const struct scan_view *view,
                                   const struct group_state *group,
                                   const struct condition *condition)
{
    bool least = metric_info(condition->metric)->sum == METRIC_MIN;
    struct value_bounds f = {0};
    if (!group->scan_failed)
        fold_members(view, condition, least ? METRIC_MIN : METRIC_MAX, group->members,
                     group->n_members, true, &f);
    return f;
}

static struct value_bounds host_value(const struct scan_view *view)
{
    int enforcing = view->snapshot->host.enforcing;
    return (struct value_bounds){.known = true,
                                 .sure = true,
                                 .low = enforcing > 0,
                                 .high = enforcing != 0}; /* -1 = unknown */
}

struct value_bounds evaluate_group(const struct scan_view *view,
                                   const struct group_state *group,
                                   struct condition_state *condition)
{
    const struct group_state *g = group;
    const struct metric_info *info = metric_info(condition->rule->metric);
    if (g->scan_failed)
        return (struct value_bounds){.known = true, .sure = true, .high = INFINITY};
    if (info->kind == METRIC_HOST)
        return host_value(view);
    struct value_bounds f = info->kind == METRIC_MEMBERS
                                ? set_value(view, g, condition)
                                : sum_value(view, g, condition->rule);
    if (view->snapshot->state != SNAPSHOT_PARTIAL)
        return f;
    /* Hidden processes may be members, and their number is not always known. */
    bool counted = condition->rule->metric == METRIC_COUNT && view->snapshot->hidden &&
                   !view->snapshot->uncounted;
    fold(&f, info->sum, 0, counted ? (double)view->snapshot->hidden : INFINITY, false);
    return f;
}
