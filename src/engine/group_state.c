#include "base/buf.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "engine/internal.h"
#include "rule/range.h"
#include "rule/rules.h"
#include "rule/template.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_conditions(struct engine *engine, struct group_state *gstate,
                          int64_t wall_ms)
{
    const struct group *rule = gstate->rule;
    gstate->conditions = calloc(rule->n_conditions + 1, sizeof(*gstate->conditions));
    if (!gstate->conditions)
        return -ENOMEM;
    gstate->n_conditions = rule->n_conditions;
    for (size_t i = 0; i < rule->n_conditions; i++) {
        struct condition_state *c = &gstate->conditions[i];
        c->rule = &rule->conditions[i];
        c->index = state_condition_index(engine->store, gstate->name, c->rule->name);
        c->since_wall_ms = wall_ms;
        if (!c->index)
            return -ENOMEM;
    }
    return 0;
}

struct group_state *group_state_create(struct engine *engine, uint32_t rule_number,
                                       const char *name, const char *description,
                                       struct moment now)
{
    struct group_state *gstate = calloc(1, sizeof(*gstate));
    if (!gstate)
        return NULL;
    gstate->rule = &engine->rules->groups[rule_number];
    gstate->rule_number = rule_number;
    gstate->name = strdup(name);
    gstate->description = strdup(description);
    gstate->index = state_group_index(engine->store, name);
    gstate->admin = state_admin(engine->store, name);
    gstate->last_member_ms = now.boot_ms;
    group_state_forget_members(gstate);
    gstate->sums.changed_ms = now.wall_ms;
    gstate->sums.discontinuity_ms = now.wall_ms;
    if (!gstate->name || !gstate->description || !gstate->index ||
        add_conditions(engine, gstate, now.wall_ms) < 0) {
        group_state_destroy(gstate);
        return NULL;
    }
    return gstate;
}

void violation_destroy(struct violation *violation)
{
    free(violation->value);
    free(violation->offender);
    free(violation->message);
    free(violation);
}

void group_state_destroy(struct group_state *gstate)
{
    if (!gstate)
        return;
    for (size_t i = 0; i < gstate->n_conditions; i++) {
        struct condition_state *c = &gstate->conditions[i];
        for (struct violation *v = c->violations, *next; v; v = next) {
            next = v->next;
            violation_destroy(v);
        }
        map_destroy(c->by_key);
        free(c->value);
        free(c->offender);
    }
    free(gstate->conditions);
    free(gstate->members);
    free(gstate->undecided);
    free(gstate->keys);
    free(gstate->name);
    free(gstate->description);
    free(gstate->message);
    free(gstate);
}

void group_state_forget_members(struct group_state *gstate)
{
    gstate->n_members = gstate->n_undecided = 0;
    gstate->common = (struct common){UINT32_MAX, UINT32_MAX, false, "", ""};
}

static int same_condition(const struct condition *a, const struct condition *b)
{
    return strcmp(a->name, b->name) == 0 && a->metric == b->metric &&
           a->each == b->each && range_equal(&a->range, &b->range) &&
           range_equal(&a->clear, &b->clear) && a->inverted == b->inverted &&
           a->severity == b->severity && a->window_ms == b->window_ms;
}

static void swap_state(struct condition_state *to, struct condition_state *from)
{
    const struct condition *rule = to->rule;
    struct condition_state other = *to;
    *to = *from;
    *from = other;
    from->rule = to->rule;
    to->rule = rule;
}

/* Members, counters and all: the group is what it was. */
static void adopt_members(struct group_state *gstate, struct group_state *old)
{
    struct group_state was = *gstate;
    gstate->members = old->members;
    gstate->n_members = old->n_members;
    gstate->cap_members = old->cap_members;
    gstate->undecided = old->undecided;
    gstate->n_undecided = old->n_undecided;
    gstate->cap_undecided = old->cap_undecided;
    gstate->keys = old->keys;
    gstate->n_keys = old->n_keys;
    gstate->common = old->common;
    gstate->zombies = old->zombies;
    gstate->scan_failed = old->scan_failed;
    gstate->sums = old->sums;
    gstate->looks = old->looks;
    old->members = was.members;
    old->undecided = was.undecided;
    old->keys = was.keys;
    old->n_members = old->n_undecided = old->n_keys = 0;
}

void group_state_adopt(struct group_state *gstate, struct group_state *old)
{
    for (size_t i = 0; i < gstate->n_conditions; i++)
        for (size_t k = 0; k < old->n_conditions; k++)
            if (same_condition(gstate->conditions[i].rule, old->conditions[k].rule))
                swap_state(&gstate->conditions[i], &old->conditions[k]);
    gstate->status = old->status;
    gstate->sums.changed_ms = old->sums.changed_ms;
    gstate->last_member_ms = old->last_member_ms;
    /* Of a changed group the members may be others: its counters begin anew. */
    if (group_equal(gstate->rule, old->rule))
        adopt_members(gstate, old);
    for (size_t i = 0; !gstate->looks && i < gstate->n_conditions; i++)
        gstate->conditions[i].starts = gstate->conditions[i].exits = (struct history){0};
}

/* A name that cannot be made, or has no room, is no group; the others' message tells. */
static struct group_state *unassigned(struct engine *engine, uint32_t rule_number)
{
    engine->groups.rule_state[rule_number].unassigned++;
    return NULL;
}

static void expand_description(struct engine *engine, uint32_t rule_number,
                               const struct process *process, struct buf *out)
{
    if (template_expand(engine->names, engine->rules->groups[rule_number].description,
                        process, GROUP_DESCRIPTION_MAX, out) < 0)
        buf_clear(out);
}

/* One that went on under a description that was changed. */
static void describe_again(struct engine *engine, struct group_state *g,
                           const struct process *process)
{
    CLEANUP_BUF struct buf description = {0};
    if (*g->description || !*g->rule->description)
        return;
    expand_description(engine, g->rule_number, process, &description);
    char *text = strdup(buf_text(&description));
    if (!text) {
        engine->error = -ENOMEM;
        return;
    }
    free(g->description);
    g->description = text;
}

static struct group_state *make_of_template(struct engine *engine, uint32_t rule_number,
                                            const struct process *process,
                                            const char *name, struct moment now)
{
    CLEANUP_BUF struct buf description = {0};
    expand_description(engine, rule_number, process, &description);
    struct group_state *gstate =
        group_state_create(engine, rule_number, name, buf_text(&description), now);
    if (gstate && group_list_add(&engine->groups, gstate) == 0)
        return gstate;
    group_state_destroy(gstate);
    engine->error = -ENOMEM;
    return NULL;
}

struct group_state *placement_find(struct engine *engine, uint32_t rule_number,
                                   const struct process *process, bool make,
                                   struct moment now)
{
    const struct group *rule = &engine->rules->groups[rule_number];
    CLEANUP_BUF struct buf name = {0};
    int r = template_expand(engine->names, rule->name, process, GROUP_NAME_MAX, &name);
    if (r == -ENOMEM)
        engine->error = r;
    if (r == -EACCES && make)
        return unassigned(engine, rule_number);
    if (r < 0)
        return NULL;
    struct group_state *there = group_list_find_name(&engine->groups, buf_text(&name));
    /* A name that another rule's group has stays that group's. */
    if (there && there->rule_number == rule_number) {
        describe_again(engine, there, process);
        return there;
    }
    if (!make)
        return NULL;
    if (there ||
        engine->groups.rule_state[rule_number].n_gstates >= engine->rules->max_instances)
        return unassigned(engine, rule_number);
    return make_of_template(engine, rule_number, process, buf_text(&name), now);
}

void engine_expire_groups(struct engine *engine, struct moment now)
{
    struct group_list *groups = &engine->groups;
    size_t kept = 0;
    for (size_t i = 0; i < groups->n; i++) {
        struct group_state *g = groups->list[i];
        bool closed = g->rule->is_template && !g->n_undecided && !g->n_keys &&
                      now.boot_ms - g->last_member_ms >= g->rule->expire_ms;
        if (!closed) {
            groups->list[kept++] = g;
            continue;
        }
        for (size_t k = 0; k < g->n_conditions; k++)
            violation_end(engine, g, &g->conditions[k], "the group expired", now);
        process_state_forget_group(engine, g);
        state_retire(engine->store, g->name);
        group_list_drop(groups, g);
    }
    groups->n = kept;
}
