#include "engine/group_state.h"
#include "engine/internal.h"

#include <errno.h>
#include <stdlib.h>

int awake_add(struct engine *engine, struct group_state *g)
{
    if (g->awake)
        return 0;
    int r = buf_append(&engine->awake, &g, sizeof(struct group_state *));
    g->awake = r == 0;
    engine->wake_all |= r < 0;
    return r;
}

int awake_add_all(struct engine *engine)
{
    int r = 0;
    buf_clear(&engine->awake);
    engine->wake_all = false;
    for (size_t i = 0; i < engine->groups.n; i++) {
        engine->groups.list[i]->awake = false;
        if (awake_add(engine, engine->groups.list[i]) < 0)
            r = -ENOMEM;
    }
    return r;
}

struct group_state **awake_list(struct engine *engine, size_t *ret_n)
{
    struct group_state **list = (struct group_state **)(void *)engine->awake.data;
    size_t n = engine->awake.len / sizeof(*list);
    group_list_sort(list, n);
    *ret_n = n;
    return list;
}

/* The end of an offender that is hidden now is seen by a later cycle. */
static bool has_offenders(const struct group_state *g)
{
    for (size_t c = 0; c < g->n_conditions; c++)
        for (const struct violation *v = g->conditions[c].violations; v; v = v->next)
            if (v->key)
                return true;
    return false;
}

static bool can_sleep(const struct group_state *g)
{
    bool is_empty = !g->n_members && !g->n_undecided && !g->n_keys && !g->zombies &&
                    !g->undecided_zombies;
    return is_empty && g->cycles && !g->restless && !g->pending && !g->scan_failed &&
           !g->failed && !has_offenders(g);
}

void awake_put_to_sleep(struct engine *engine)
{
    struct group_state **list = (struct group_state **)(void *)engine->awake.data;
    size_t n = engine->awake.len / sizeof(*list);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        list[i]->awake = !can_sleep(list[i]);
        if (list[i]->awake)
            list[kept++] = list[i];
    }
    engine->awake.len = kept * sizeof(*list);
}

int awake_begin(struct engine *engine)
{
    const struct snapshot *s = engine->snapshot;
    const struct scan_quality now = {
        .state = s->state,
        .hidden = s->hidden,
        .is_unresponsive = s->state == SNAPSHOT_PARTIAL && s->unresponsive,
        .uncounted = s->uncounted,
    };
    const struct scan_quality old = engine->quality;
    engine->quality = now;
    engine->all_changed |= engine->wake_all;
    bool is_other = now.state == SNAPSHOT_FAILED || now.state != old.state ||
                    now.hidden != old.hidden ||
                    now.is_unresponsive != old.is_unresponsive ||
                    now.uncounted != old.uncounted;
    return is_other || engine->wake_all ? awake_add_all(engine) : 0;
}

/* A violation that was due in the last cycle and stayed pending waits for the next
 * scheduled one. */
static int64_t find_due(struct engine *engine)
{
    int64_t next = CLOCK_NEVER;
    size_t n;
    struct group_state **awake = awake_list(engine, &n);
    for (size_t i = 0; i < n; i++) {
        const struct group_state *g = awake[i];
        for (size_t c = 0; g->pending && c < g->n_conditions; c++) {
            const struct condition_state *s = &g->conditions[c];
            for (const struct violation *v = s->violations; v; v = v->next) {
                int64_t due = violation_due(s->rule, v);
                if (due > g->evaluated_ms && due < next)
                    next = due;
            }
        }
    }
    return next;
}

int64_t engine_next_cycle(struct engine *engine)
{
    if (!engine->n_pending)
        return CLOCK_NEVER;
    if (!engine->due_known)
        engine->next_due_ms = find_due(engine);
    engine->due_known = true;
    int64_t next = engine->next_due_ms;
    /* In boot time. After a suspend it is too early: what is pending then waits further.
     */
    return next == CLOCK_NEVER ? next : next + engine->evaluated.suspended_ms;
}
