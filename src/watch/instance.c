#include "base/buf.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "rule/config.h"
#include "rule/range.h"
#include "rule/template.h"
#include "watch/ledger.h"
#include "watch/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_conditions(struct watch *watch, struct instance *instance, int64_t wall_ms)
{
    const struct group *rule = instance->rule;
    instance->conditions = calloc(rule->n_conditions + 1, sizeof(*instance->conditions));
    if (!instance->conditions)
        return -ENOMEM;
    instance->n_conditions = rule->n_conditions;
    for (size_t i = 0; i < rule->n_conditions; i++) {
        struct condition_state *c = &instance->conditions[i];
        c->rule = &rule->conditions[i];
        c->index = ledger_condition_index(watch->ledger, instance->name, c->rule->name);
        c->since_wall_ms = wall_ms;
        if (!c->index)
            return -ENOMEM;
    }
    return 0;
}

struct instance *instance_create(struct watch *watch, uint32_t rule_number,
                                 const char *name, const char *description,
                                 struct moment now)
{
    struct instance *instance = calloc(1, sizeof(*instance));
    if (!instance)
        return NULL;
    instance->rule = &watch->rules->groups[rule_number];
    instance->rule_number = rule_number;
    instance->name = strdup(name);
    instance->description = strdup(description);
    instance->index = ledger_group_index(watch->ledger, name);
    instance->admin = ledger_admin(watch->ledger, name);
    instance->last_member_ms = now.boot_ms;
    instance_forget_members(instance);
    instance->sums.changed_ms = now.wall_ms;
    instance->sums.discontinuity_ms = now.wall_ms;
    if (!instance->name || !instance->description || !instance->index ||
        add_conditions(watch, instance, now.wall_ms) < 0) {
        instance_destroy(instance);
        return NULL;
    }
    return instance;
}

void violation_destroy(struct violation *violation)
{
    free(violation->value);
    free(violation->offender);
    free(violation->message);
    free(violation);
}

void instance_destroy(struct instance *instance)
{
    if (!instance)
        return;
    for (size_t i = 0; i < instance->n_conditions; i++) {
        struct condition_state *c = &instance->conditions[i];
        for (struct violation *v = c->violations, *next; v; v = next) {
            next = v->next;
            violation_destroy(v);
        }
        map_destroy(c->by_key);
        free(c->value);
        free(c->offender);
    }
    free(instance->conditions);
    free(instance->members);
    free(instance->undecided);
    free(instance->keys);
    free(instance->name);
    free(instance->description);
    free(instance->message);
    free(instance);
}

void instance_forget_members(struct instance *instance)
{
    instance->n_members = instance->n_undecided = 0;
    instance->common = (struct common){UINT32_MAX, UINT32_MAX, false, "", ""};
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
static void adopt_members(struct instance *instance, struct instance *old)
{
    struct instance was = *instance;
    instance->members = old->members;
    instance->n_members = old->n_members;
    instance->cap_members = old->cap_members;
    instance->undecided = old->undecided;
    instance->n_undecided = old->n_undecided;
    instance->cap_undecided = old->cap_undecided;
    instance->keys = old->keys;
    instance->n_keys = old->n_keys;
    instance->common = old->common;
    instance->zombies = old->zombies;
    instance->blind = old->blind;
    instance->sums = old->sums;
    instance->looks = old->looks;
    old->members = was.members;
    old->undecided = was.undecided;
    old->keys = was.keys;
    old->n_members = old->n_undecided = old->n_keys = 0;
}

void instance_adopt(struct instance *instance, struct instance *old)
{
    for (size_t i = 0; i < instance->n_conditions; i++)
        for (size_t k = 0; k < old->n_conditions; k++)
            if (same_condition(instance->conditions[i].rule, old->conditions[k].rule))
                swap_state(&instance->conditions[i], &old->conditions[k]);
    instance->status = old->status;
    instance->sums.changed_ms = old->sums.changed_ms;
    instance->last_member_ms = old->last_member_ms;
    /* Of a changed group the members may be others: its counters begin anew. */
    if (group_equal(instance->rule, old->rule))
        adopt_members(instance, old);
    for (size_t i = 0; !instance->looks && i < instance->n_conditions; i++)
        instance->conditions[i].starts = instance->conditions[i].exits =
            (struct history){0};
}

/* A name that cannot be made, or has no room, is no group; the others' message tells. */
static struct instance *unplaced(struct watch *watch, uint32_t rule_number)
{
    watch->rows.rule_state[rule_number].unplaced++;
    return NULL;
}

static void expand_description(struct watch *watch, uint32_t rule_number,
                               const struct process *process, struct buf *out)
{
    if (template_expand(watch->names, watch->rules->groups[rule_number].description,
                        process, GROUP_DESCRIPTION_MAX, out) < 0)
        buf_clear(out);
}

/* One that went on under a description that was changed. */
static void describe_again(struct watch *watch, struct instance *g,
                           const struct process *process)
{
    CLEANUP_BUF struct buf description = {0};
    if (*g->description || !*g->rule->description)
        return;
    expand_description(watch, g->rule_number, process, &description);
    char *text = strdup(buf_text(&description));
    if (!text) {
        watch->error = -ENOMEM;
        return;
    }
    free(g->description);
    g->description = text;
}

static struct instance *make_of_template(struct watch *watch, uint32_t rule_number,
                                         const struct process *process, const char *name,
                                         struct moment now)
{
    CLEANUP_BUF struct buf description = {0};
    expand_description(watch, rule_number, process, &description);
    struct instance *instance =
        instance_create(watch, rule_number, name, buf_text(&description), now);
    if (instance && rows_add(&watch->rows, instance) == 0)
        return instance;
    instance_destroy(instance);
    watch->error = -ENOMEM;
    return NULL;
}

struct instance *instance_of_template(struct watch *watch, uint32_t rule_number,
                                      const struct process *process, bool make,
                                      struct moment now)
{
    const struct group *rule = &watch->rules->groups[rule_number];
    CLEANUP_BUF struct buf name = {0};
    int r = template_expand(watch->names, rule->name, process, GROUP_NAME_MAX, &name);
    if (r == -ENOMEM)
        watch->error = r;
    if (r == -EACCES && make)
        return unplaced(watch, rule_number);
    if (r < 0)
        return NULL;
    struct instance *there = rows_find_name(&watch->rows, buf_text(&name));
    /* A name that another rule's group has stays that group's. */
    if (there && there->rule_number == rule_number) {
        describe_again(watch, there, process);
        return there;
    }
    if (!make)
        return NULL;
    if (there ||
        watch->rows.rule_state[rule_number].n_instances >= watch->rules->max_instances)
        return unplaced(watch, rule_number);
    return make_of_template(watch, rule_number, process, buf_text(&name), now);
}

void instance_expire(struct watch *watch, struct moment now)
{
    struct rows *rows = &watch->rows;
    size_t kept = 0;
    for (size_t i = 0; i < rows->n; i++) {
        struct instance *g = rows->list[i];
        bool over = g->rule->is_template && !g->n_undecided && !g->n_keys &&
                    now.boot_ms - g->last_member_ms >= g->rule->expire_ms;
        if (!over) {
            rows->list[kept++] = g;
            continue;
        }
        for (size_t k = 0; k < g->n_conditions; k++)
            judge_end(watch, g, &g->conditions[k], "the group expired", now);
        track_forget_instance(watch, g);
        ledger_retire(watch->ledger, g->name);
        rows_drop(rows, g);
    }
    rows->n = kept;
}
