#include "engine/engine.h"

#include "base/cleanup.h"
#include "engine/group_state.h"
#include "engine/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Which ends the source is to report.
 *
 * A count of m members falls below its minimum n <= m when at most n - 1 of them are
 * left. If n of the m are watched, these n - 1 cannot include all of them: the end of one
 * is reported at the latest with the end that leads below the minimum. With less than n
 * it is not: the others may end, and all watched ones be left. So n is the least, however
 * many members there are. Each report leads to a cycle, which chooses anew.
 *
 * Any n are enough; the oldest ones are chosen. They are the daemons, while the young
 * ones come and go, and a choice that does not change opens no descriptors. Where m = n,
 * each end is one that leads below the minimum.
 *
 * A count that is below its minimum already does not leave its range by an end. If it may
 * be only because some processes are undecided, those count as members: it is unknown,
 * and certain when fewer than n of both are left. Starts, execs, and processes whose end
 * cannot be watched are seen by the next regular scan. */
struct exit_wish {
    uint64_t key;
    uint32_t need;  /* wishes of the group: those of small ones can all be granted */
    uint32_t order; /* of the group */
};

/* How many of `count` processes have to be left, so that the count, which is not out of
 * its range by being too low, stays so; 0 = it is, or it cannot be too low. */
static size_t least_left(const struct condition *c, size_t count)
{
    double least = c->inverted ? floor(c->range.max) + 1 : ceil(c->range.min);
    if (c->metric != METRIC_COUNT || !(least > 0) || (double)count < least)
        return 0;
    return (size_t)least;
}

/* The largest of those of all conditions: it includes the others. */
static size_t most_needed(const struct group_state *g, size_t count)
{
    size_t most = 0;
    for (size_t c = 0; c < g->n_conditions; c++) {
        size_t n = least_left(g->conditions[c].rule, count);
        most = n > most ? n : most;
    }
    return most;
}

/* By start time: it is the upper part of a key. */
static int compare_age(const void *a, const void *b)
{
    const struct exit_wish *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static int compare_importance(const void *a, const void *b)
{
    const struct exit_wish *x = a, *y = b;
    if (x->need != y->need)
        return x->need > y->need ? 1 : -1;
    if (x->order != y->order)
        return x->order > y->order ? 1 : -1;
    return compare_age(a, b);
}

static int compare_keys_first(const void *a, const void *b)
{
    int r = compare_age(a, b);
    return r ? r : compare_importance(a, b);
}

/* Adds the oldest ones of a list, at most `most`. Returns how many. */
static size_t add_oldest(struct buf *wishes, const struct member *list, size_t n,
                         size_t most, struct exit_wish wish)
{
    size_t begin = wishes->len, added = 0;
    bool sorted = true; /* mostly: a list is ascending by pid */
    for (size_t i = 0; i < n; i++) {
        uint64_t last = wish.key;
        if (list[i].state->dead) /* it has ended, and its parent has not noticed it */
            continue;
        wish.key = list[i].state->key;
        sorted = sorted && (!added || last < wish.key);
        added += buf_append(wishes, &wish, sizeof(wish)) == 0;
    }
    if (added > most) {
        if (!sorted)
            qsort(wishes->data + begin, added, sizeof(wish), compare_age);
        added = most;
        wishes->len = begin + most * sizeof(wish);
    }
    return added;
}

static void add_group(struct buf *wishes, const struct group_state *g, uint32_t order)
{
    size_t need = most_needed(g, g->n_members + g->n_undecided);
    struct exit_wish wish = {.need = (uint32_t)need, .order = order};
    if (g->admin == GROUP_OFF || !need)
        return;
    size_t added = add_oldest(wishes, g->members, g->n_members, need, wish);
    if (g->n_members < need)
        add_oldest(wishes, g->undecided, g->n_undecided, need - added, wish);
}

/* Sorts the wishes by importance, each process once. */
static size_t order_wishes(struct exit_wish *list, size_t n)
{
    size_t kept = 0;
    if (n)
        qsort(list, n, sizeof(*list), compare_keys_first);
    for (size_t i = 0; i < n; i++)
        if (!kept || list[i].key != list[kept - 1].key)
            list[kept++] = list[i];
    if (kept)
        qsort(list, kept, sizeof(*list), compare_importance);
    return kept;
}

static int list_exits(struct engine *engine)
{
    CLEANUP_BUF struct buf wishes = {0};
    size_t n_groups;
    struct group_state **groups = awake_list(engine, &n_groups);
    for (size_t i = 0; i < n_groups; i++) /* the others have no members */
        add_group(&wishes, groups[i], (uint32_t)i);
    if (wishes.error)
        return -ENOMEM;
    struct exit_wish *list = (struct exit_wish *)(void *)wishes.data;
    size_t n = order_wishes(list, wishes.len / sizeof(*list));
    buf_clear(&engine->exits);
    for (size_t i = 0; i < n; i++)
        buf_append(&engine->exits, &list[i].key, sizeof(list[i].key));
    return engine->exits.error ? -ENOMEM : 0;
}

/* Other conditions than counts are not calculated here. */
static bool may_break(const struct group_state *g, const struct condition *c)
{
    static const bool grows[METRIC_TOTAL] = {
        [METRIC_ZOMBIES] = true, [METRIC_EXITS] = true, [METRIC_RESTARTS] = true};
    size_t least = least_left(c, g->n_members);
    if (c->metric == METRIC_COUNT)
        return least > 0 && g->n_members < least + g->ending;
    return grows[c->metric] || c->inverted || c->range.min > 0;
}

static bool note_end_of_member(struct group_state *g)
{
    bool matters = g->active > 0 || g->pending > 0 || g->n_undecided > 0;
    g->ending++;
    for (size_t i = 0; i < g->n_conditions && !matters; i++)
        matters = may_break(g, g->conditions[i].rule);
    return matters && g->admin != GROUP_OFF;
}

bool engine_note_end(struct engine *engine, pid_t pid)
{
    const struct process *p = snapshot_find(engine->snapshot, pid);
    struct process_state *state =
        p ? process_states_find(&engine->processes, process_key(p)) : NULL;
    bool matters = false;
    if (!state || state->ending)
        return false;
    state->ending = true;
    for (uint32_t i = 0; i < state->n_matches + state->n_volatile; i++)
        if (state->matches[i].group && note_end_of_member(state->matches[i].group))
            matters = true;
    return matters;
}

int engine_configure_source(struct engine *engine,
                            const struct process_source_ops *source)
{
    if (list_exits(engine) < 0)
        return -ENOMEM;
    struct source_config config = {
        .interpreters = (const char *const *)engine->rules->interpreters,
        .follow = (const void *)engine->follow.data,
        .n_follow = engine->follow.len / sizeof(struct source_follow),
        .exits = (const void *)engine->exits.data,
        .n_exits = engine->exits.len / sizeof(uint64_t),
        .interval_ms = engine->rules->interval_ms,
    };
    return source->configure(source->ctx, &config);
}
