/* The admin status of groups: monitored, in maintenance, off. */
#include "engine/group_state.h"
#include "engine/internal.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int switch_off(struct engine *engine, struct group_state *g)
{
    for (size_t c = 0; c < g->n_conditions; c++) /* there is a gap in what they count */
        g->conditions[c].starts = g->conditions[c].exits = (struct history){0};
    return engine_end_all(engine, g, "switched off");
}

/* Of the store into the group. 0 or -ENOMEM. */
static int take_term(const struct engine *engine, struct group_state *g)
{
    return group_state_set_term(g, state_admin_term(engine->store, g->name));
}

int engine_set_admin_for(struct engine *engine, uint32_t index, enum group_admin admin,
                         const struct group_admin_term *term, struct moment now)
{
    struct group_state *g = group_list_find(&engine->groups, index);
    if (admin < GROUP_MONITORED || admin > GROUP_OFF)
        return -EINVAL;
    if (!g)
        return -ENOENT;
    int r = state_set_admin_for(engine->store, g->name, admin, term);
    if (r < 0)
        return r;
    if (admin == GROUP_OFF && g->admin != GROUP_OFF) {
        r = switch_off(engine, g);
        if (engine_settle(engine, g, now) < 0) /* as silent as it was until now */
            r = -ENOMEM;
    }
    g->admin = admin;
    engine->admin_end_known = false;
    if (take_term(engine, g) < 0 || awake_add(engine, g) < 0)
        r = -ENOMEM;
    if (admin == GROUP_MONITORED)
        r = violation_raise_suppressed(&engine->changes, g);
    if (engine_settle(engine, g, now) < 0)
        r = -ENOMEM;
    return r;
}

int engine_set_admin(struct engine *engine, uint32_t index, enum group_admin admin,
                     struct moment now)
{
    const struct group_admin_term none = {.reason = ""};
    return engine_set_admin_for(engine, index, admin, &none, now);
}

static const struct group_state *first_end(const struct engine *engine)
{
    const struct group_state *first = NULL;
    for (size_t i = 0; i < engine->groups.n; i++) {
        const struct group_state *g = engine->groups.list[i];
        if (g->until_ms && (!first || g->until_ms < first->until_ms))
            first = g;
    }
    return first;
}

int64_t engine_admin_end(struct engine *engine)
{
    if (!engine->admin_end_known) {
        const struct group_state *g = first_end(engine);
        engine->admin_end_ms = g ? g->until_ms : CLOCK_NEVER;
        engine->admin_end_known = true;
    }
    return engine->admin_end_ms;
}

uint32_t engine_find_ended(struct engine *engine, int64_t wall_ms)
{
    if (engine_admin_end(engine) > wall_ms)
        return 0;
    engine->admin_end_known = false; /* its group may be gone */
    const struct group_state *g = first_end(engine);
    return g && g->until_ms <= wall_ms ? g->index : 0;
}

uint32_t engine_find_group(const struct engine *engine, const char *name)
{
    const struct group_state *g = group_list_find_name(&engine->groups, name);
    return g ? g->index : 0;
}
