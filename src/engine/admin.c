/* The admin status of groups: monitored, in maintenance, off. */
#include "engine/group_state.h"
#include "engine/internal.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Violations that cannot be ended for lack of memory are ended by the next cycle. */
static void switch_off(struct engine *engine, struct group_state *g, struct moment now)
{
    for (size_t c = 0; c < g->n_conditions; c++) /* there is a gap in what they count */
        g->conditions[c].starts = g->conditions[c].exits = (struct history){0};
    (void)engine_end_all(engine, g, "switched off");
    (void)engine_settle(engine, g, now); /* as silent as it was until now */
}

int engine_set_admin_for(struct engine *engine, uint32_t index, enum group_admin admin,
                         const struct group_admin_term *term, struct moment now)
{
    struct group_state *g = group_list_find(&engine->groups, index);
    if (admin < GROUP_MONITORED || admin > GROUP_OFF)
        return -EINVAL;
    if (!g)
        return -ENOENT;
    char *reason = strdup(term->reason);
    int r = reason ? state_set_admin(engine->store, g->name, admin, term) : -ENOMEM;
    if (r < 0) {
        free(reason);
        return r;
    }
    if (admin == GROUP_OFF && g->admin != GROUP_OFF)
        switch_off(engine, g, now);
    g->admin = admin;
    group_state_set_term(g, term->until_ms, reason);
    engine->admin_end_known = false;
    (void)awake_add(engine, g); /* or all */
    if (admin == GROUP_MONITORED && violation_raise_suppressed(&engine->changes, g) < 0)
        engine->lost++;
    (void)engine_settle(engine, g, now);
    return 0;
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
