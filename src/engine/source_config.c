#include "engine/engine.h"

#include "engine/group_state.h"
#include "engine/internal.h"

#include <errno.h>

static bool has_lower_limit(const struct group_state *g)
{
    for (size_t c = 0; c < g->n_conditions; c++)
        if (g->conditions[c].rule->metric == METRIC_COUNT &&
            g->conditions[c].rule->range.min > 0)
            return true;
    return false;
}

int engine_configure_source(struct engine *engine,
                            const struct process_source_ops *source)
{
    buf_clear(&engine->exits);
    for (size_t i = 0; i < engine->groups.n; i++) {
        const struct group_state *g = engine->groups.list[i];
        if (g->admin == GROUP_OFF || !has_lower_limit(g))
            continue;
        for (size_t m = 0; m < g->n_members; m++)
            buf_append(&engine->exits, &g->members[m].state->key, sizeof(uint64_t));
    }
    if (engine->exits.error)
        return -ENOMEM;
    struct source_config config = {
        .interpreters = (const char *const *)engine->rules->interpreters,
        .follow = (const void *)engine->follow.data,
        .n_follow = engine->follow.len / sizeof(struct source_follow),
        .exits = (const void *)engine->exits.data,
        .n_exits = engine->exits.len / sizeof(uint64_t),
    };
    return source->configure(source->ctx, &config);
}
