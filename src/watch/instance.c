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
    instance->created_ms = now.boot_ms;
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

static int same_condition(const struct condition *a, const struct condition *b)
{
    return strcmp(a->name, b->name) == 0 && a->metric == b->metric &&
           a->each == b->each && range_equal(&a->range, &b->range) &&
           range_equal(&a->clear, &b->clear) && a->severity == b->severity &&
           a->window_ms == b->window_ms;
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

void instance_adopt(struct instance *instance, struct instance *old)
{
    for (size_t i = 0; i < instance->n_conditions; i++)
        for (size_t k = 0; k < old->n_conditions; k++)
            if (same_condition(instance->conditions[i].rule, old->conditions[k].rule))
                swap_state(&instance->conditions[i], &old->conditions[k]);
    int64_t changed = old->sums.changed_ms;
    enum severity status = old->status;
    instance->status = status;
    instance->sums.changed_ms = changed;
    instance->last_member_ms = old->last_member_ms;
    if (!group_equal(instance->rule, old->rule))
        return; /* other members: counters begin anew */
    instance->sums = old->sums;
    instance->created_ms = old->created_ms;
    instance->looks = old->looks;
    instance->n_keys = old->n_keys;
    instance->cap_keys = old->cap_keys;
    free(instance->keys);
    instance->keys = TAKE_PTR(old->keys);
    old->n_keys = old->cap_keys = 0;
}

struct instance *watch_find_instance(const struct watch *watch, uint32_t index)
{
    return map_get(watch->by_index, index);
}

int watch_add_instance(struct watch *watch, struct instance *instance)
{
    if (watch->n_instances == watch->cap_instances) {
        size_t cap = watch->cap_instances ? watch->cap_instances * 2 : 32;
        struct instance **grown =
            reallocarray(watch->instances, cap, sizeof(struct instance *));
        if (!grown)
            return -ENOMEM;
        watch->instances = grown;
        watch->cap_instances = cap;
    }
    if (map_put(watch->by_index, instance->index, instance) < 0)
        return -ENOMEM;
    watch->instances[watch->n_instances++] = instance;
    return 0;
}

static size_t count_of_rule(const struct watch *watch, uint32_t rule_number)
{
    size_t n = 0;
    for (size_t i = 0; i < watch->n_instances; i++)
        n += watch->instances[i]->rule_number == rule_number;
    return n;
}

struct instance *instance_of_template(struct watch *watch, uint32_t rule_number,
                                      const struct process *process, struct moment now)
{
    const struct group *rule = &watch->rules->groups[rule_number];
    CLEANUP_BUF struct buf name = {0};
    CLEANUP_BUF struct buf description = {0};
    int r = template_expand(watch->names, rule->name, process, GROUP_NAME_MAX, &name);
    if (r == -ENOMEM)
        watch->error = r;
    if (r < 0)
        return NULL;
    /* A name that another rule's group has stays that group's. */
    for (size_t i = 0; i < watch->n_instances; i++)
        if (strcmp(watch->instances[i]->name, buf_text(&name)) == 0)
            return watch->instances[i]->rule_number == rule_number ? watch->instances[i]
                                                                   : NULL;
    if (count_of_rule(watch, rule_number) >= watch->rules->max_instances)
        return NULL;
    if (template_expand(watch->names, rule->description, process, GROUP_DESCRIPTION_MAX,
                        &description) < 0)
        buf_clear(&description);
    struct instance *instance =
        instance_create(watch, rule_number, buf_text(&name), buf_text(&description), now);
    if (!instance || watch_add_instance(watch, instance) < 0) {
        instance_destroy(instance);
        watch->error = -ENOMEM;
        return NULL;
    }
    return instance;
}

void instance_expire(struct watch *watch, struct moment now)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->n_instances; i++) {
        struct instance *g = watch->instances[i];
        bool over = g->rule->is_template && !g->n_members && !g->n_undecided &&
                    now.boot_ms - g->last_member_ms >= g->rule->expire_ms;
        if (!over) {
            watch->instances[kept++] = g;
            continue;
        }
        for (size_t k = 0; k < g->n_conditions; k++)
            judge_end(watch, g, &g->conditions[k], "the group expired", now);
        map_remove(watch->by_index, g->index);
        instance_destroy(g);
        watch->epoch++; /* remembered answers may point at it */
    }
    watch->n_instances = kept;
}
