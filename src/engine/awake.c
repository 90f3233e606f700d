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

static int compare_rows(const void *a, const void *b)
{
    const struct group_state *const *x = a, *const *y = b;
    return ((*x)->index > (*y)->index) - ((*x)->index < (*y)->index);
}

struct group_state **awake_list(struct engine *engine, size_t *ret_n)
{
    struct group_state **list = (struct group_state **)(void *)engine->awake.data;
    size_t n = engine->awake.len / sizeof(*list);
    for (size_t i = 1; i < n; i++) {
        if (list[i - 1]->index < list[i]->index)
            continue;
        qsort(list, n, sizeof(*list), compare_rows);
        break;
    }
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
    const struct scan_quality now = {s->state, s->hidden, s->unresponsive, s->uncounted};
    const struct scan_quality old = engine->quality;
    engine->quality = now;
    bool is_other = now.state == SNAPSHOT_FAILED || now.state != old.state ||
                    now.hidden != old.hidden || now.unresponsive != old.unresponsive ||
                    now.uncounted != old.uncounted;
    return is_other || engine->wake_all ? awake_add_all(engine) : 0;
}
