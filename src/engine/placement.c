#include "base/cleanup.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "rule/template.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void expand_description(const struct engine *engine, const struct group *rule,
                               const struct process *process, struct buf *out)
{
    if (template_expand(engine->names, rule->description, process, GROUP_DESCRIPTION_MAX,
                        out) < 0)
        buf_clear(out);
}

/* A group that continued under a changed description has none until the next member. */
static int describe_again(const struct engine *engine, struct group_state *g,
                          const struct process *process)
{
    CLEANUP_BUF struct buf description = {0};
    if (*g->description || !*g->rule->description)
        return 0;
    expand_description(engine, g->rule, process, &description);
    char *text = strdup(buf_text(&description));
    if (!text)
        return -ENOMEM;
    free(g->description);
    g->description = text;
    return 0;
}

int placement_add(struct engine *engine, uint32_t rule_number, const char *name,
                  const char *description, struct moment now,
                  struct group_state **ret_group)
{
    struct group_state *g;
    int r = group_state_create(engine->store, &engine->rules->groups[rule_number],
                               rule_number, name, description, now, &g);
    if (r == 0) {
        r = group_list_add(&engine->groups, g);
        engine->admin_end_known = false;
        if (r == 0)
            *ret_group = g;
        else
            group_state_destroy(g);
    }
    if (r < 0) /* an index that it got already is free again */
        state_retire(engine->store, name);
    return r == -ENOSPC ? group_list_refuse(&engine->groups, rule_number, name) : r;
}

static int create(struct engine *engine, uint32_t rule_number,
                  const struct process *process, const char *name, struct moment now,
                  struct group_state **ret_group)
{
    CLEANUP_BUF struct buf description = {0};
    expand_description(engine, &engine->rules->groups[rule_number], process,
                       &description);
    return placement_add(engine, rule_number, name, buf_text(&description), now,
                         ret_group);
}

int placement_find(struct engine *engine, uint32_t rule_number,
                   const struct process *process, bool make, struct moment now,
                   struct group_state **ret_group)
{
    struct rule_state *state = &engine->groups.rule_states[rule_number];
    CLEANUP_BUF struct buf name = {0};
    int r = template_expand(engine->names, engine->rules->groups[rule_number].name,
                            process, GROUP_NAME_MAX, &name);
    if (r == -ENOMEM)
        return r;
    *ret_group = NULL;
    if (r < 0) {
        state->unassigned[UNASSIGNED_UNREADABLE] +=
            r == -EACCES && make && !engine->is_updating;
        return 0;
    }
    struct group_state *g = group_list_find_name(&engine->groups, buf_text(&name));
    if (g && g->rule_number == rule_number) {
        *ret_group = g;
        return describe_again(engine, g, process);
    }
    if (!make)
        return 0;
    if (!g && state->n_groups < engine->rules->max_instances)
        return create(engine, rule_number, process, buf_text(&name), now, ret_group);
    /* An update does not know which ones are counted already. */
    state->unassigned[g ? UNASSIGNED_TAKEN : UNASSIGNED_LIMIT] += !engine->is_updating;
    return 0;
}
