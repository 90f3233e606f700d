#include "engine/group_state.h"

#include "base/map.h"
#include "rule/rules.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_conditions(struct state_store *store, struct group_state *g,
                          int64_t wall_ms)
{
    g->conditions = calloc(g->rule->n_conditions + 1, sizeof(*g->conditions));
    if (!g->conditions)
        return -ENOMEM;
    g->n_conditions = g->rule->n_conditions;
    for (size_t i = 0; i < g->n_conditions; i++) {
        struct condition_state *c = &g->conditions[i];
        c->rule = &g->rule->conditions[i];
        c->since_wall_ms = wall_ms;
        int r = state_condition_index(store, g->name, c->rule->name, &c->index);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_restless(const struct group *rule)
{
    bool restless = rule->is_template || rule->host;
    for (size_t i = 0; i < rule->n_conditions; i++) {
        enum metric metric = rule->conditions[i].metric;
        restless |= metric == METRIC_STARTS || metric == METRIC_EXITS ||
                    metric == METRIC_RESTARTS;
    }
    return restless;
}

int group_state_create(struct state_store *store, const struct group *rule,
                       uint32_t rule_number, const char *name, const char *description,
                       struct moment now, struct group_state **ret_group)
{
    struct group_state *g = calloc(1, sizeof(*g));
    if (!g)
        return -ENOMEM;
    g->rule = rule;
    g->rule_number = rule_number;
    g->name = strdup(name);
    g->description = strdup(description);
    g->admin = state_admin(store, name);
    g->restless = is_restless(rule);
    g->last_member_ms = clock_run_of(now);
    g->sums.changed_ms = now.wall_ms;
    g->sums.discontinuity_ms = now.wall_ms;
    group_state_forget_members(g);
    const struct group_admin_term term = state_admin_term(store, name);
    group_state_set_term(g, term.until_ms, strdup(term.reason));
    int r = g->name && g->description && g->reason
                ? state_group_index(store, name, &g->index)
                : -ENOMEM;
    if (r == 0)
        r = add_conditions(store, g, now.wall_ms);
    if (r < 0) {
        group_state_destroy(g);
        return r;
    }
    *ret_group = g;
    return 0;
}

void violation_destroy(struct violation *violation)
{
    if (!violation)
        return;
    free(violation->value);
    free(violation->offender);
    free(violation->message);
    free(violation);
}

static void clear_condition(struct condition_state *condition)
{
    for (struct violation *v = condition->violations, *next; v; v = next) {
        next = v->next;
        violation_destroy(v);
    }
    map_destroy(condition->by_key);
    free(condition->value);
    free(condition->offender);
}

void group_state_destroy(struct group_state *group)
{
    if (!group)
        return;
    for (size_t i = 0; i < group->n_conditions; i++)
        clear_condition(&group->conditions[i]);
    free(group->conditions);
    free(group->members);
    free(group->undecided);
    free(group->keys);
    free(group->name);
    free(group->description);
    free(group->message);
    free(group->reason);
    free(group);
}

void group_state_set_term(struct group_state *group, int64_t until_ms, char *reason)
{
    free(group->reason);
    group->reason = reason;
    group->until_ms = until_ms;
}

void group_state_forget_members(struct group_state *group)
{
    group->n_members = group->n_undecided = group->ending = 0;
    group->common = (struct common){UINT32_MAX, UINT32_MAX, false, "", ""};
}

static void swap_condition(struct condition_state *to, struct condition_state *from)
{
    const struct condition *rule = to->rule;
    struct condition_state other = *to;
    *to = *from;
    *from = other;
    from->rule = to->rule;
    to->rule = rule;
}

/* With members and counters: nothing of the group has changed. */
static void adopt_members(struct group_state *group, struct group_state *old)
{
    struct group_state was = *group;
    group->members = old->members;
    group->n_members = old->n_members;
    group->cap_members = old->cap_members;
    group->undecided = old->undecided;
    group->n_undecided = old->n_undecided;
    group->cap_undecided = old->cap_undecided;
    group->keys = old->keys;
    group->n_keys = old->n_keys;
    group->starts = old->starts;
    group->exits = old->exits;
    group->common = old->common;
    group->zombies = old->zombies;
    group->scan_failed = old->scan_failed;
    group->sums = old->sums;
    group->cycles = old->cycles;
    old->members = was.members;
    old->undecided = was.undecided;
    old->keys = was.keys;
    old->n_members = old->n_undecided = old->n_keys = 0;
}

void group_state_adopt(struct group_state *group, struct group_state *old)
{
    for (size_t i = 0; i < group->n_conditions; i++)
        for (size_t k = 0; k < old->n_conditions; k++)
            if (condition_continues(group->conditions[i].rule, old->conditions[k].rule))
                swap_condition(&group->conditions[i], &old->conditions[k]);
    group->status = old->status;
    group->sums.changed_ms = old->sums.changed_ms;
    group->last_member_ms = old->last_member_ms;
    /* A changed group may have other members: its counters begin anew. */
    if (group_equal(group->rule, old->rule))
        adopt_members(group, old);
    for (size_t i = 0; !group->cycles && i < group->n_conditions; i++) {
        group->conditions[i].starts = group->conditions[i].exits = (struct history){0};
        group->conditions[i].has_number = false;
    }
}
