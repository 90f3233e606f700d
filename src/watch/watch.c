#include "watch/watch.h"

#include "base/map.h"
#include "rule/config.h"
#include "rule/selector.h"
#include "rule/template.h"
#include "watch/ledger.h"
#include "watch/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct watch *watch_create(struct ledger *ledger, struct moment now)
{
    (void)now;
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->ledger = ledger;
    watch->epoch = 1;
    watch->tracks = map_create();
    watch->by_index = map_create();
    watch->names = template_names_create();
    watch->builder = board_builder_create();
    watch->event_builder = board_builder_create();
    watch->rules = rules_create();
    if (!watch->tracks || !watch->by_index || !watch->names || !watch->builder ||
        !watch->event_builder || !watch->rules) {
        watch_destroy(watch);
        return NULL;
    }
    return watch;
}

void watch_destroy(struct watch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; i < watch->n_instances; i++)
        instance_destroy(watch->instances[i]);
    free(watch->instances);
    for (size_t i = watch->head; i < watch->n_queue; i++)
        transition_destroy(watch->queue[i]);
    free(watch->queue);
    if (watch->tracks)
        track_destroy_all(watch);
    map_destroy(watch->by_index);
    template_names_destroy(watch->names);
    board_builder_destroy(watch->builder);
    board_builder_destroy(watch->event_builder);
    rules_destroy(watch->rules);
    free(watch);
}

/* ------------------------------------------------------------ rules */

/* The template of the new rules that an instance of the old ones goes on under. */
static int template_number(const struct rules *rules, const struct group *old)
{
    for (size_t i = 0; i < rules->n_groups; i++)
        if (rules->groups[i].is_template && group_equal(&rules->groups[i], old))
            return (int)i;
    return -1;
}

static int add_fixed(struct watch *watch, struct moment now)
{
    for (uint32_t i = 0; i < watch->rules->n_groups; i++) {
        const struct group *rule = &watch->rules->groups[i];
        if (rule->is_template)
            continue;
        struct instance *g =
            instance_create(watch, i, rule->name, rule->description, now);
        if (!g)
            return -ENOMEM;
        if (watch_add_instance(watch, g) < 0) {
            instance_destroy(g);
            return -ENOMEM;
        }
    }
    return 0;
}

static int add_templated(struct watch *watch, struct instance **old, size_t n,
                         struct moment now)
{
    for (size_t i = 0; i < n; i++) {
        int number =
            old[i]->rule->is_template ? template_number(watch->rules, old[i]->rule) : -1;
        if (number < 0 || watch_find_instance(watch, old[i]->index))
            continue;
        struct instance *g = instance_create(watch, (uint32_t)number, old[i]->name,
                                             old[i]->description, now);
        if (!g || watch_add_instance(watch, g) < 0) {
            instance_destroy(g);
            return -ENOMEM;
        }
    }
    return 0;
}

static void take_over(struct watch *watch, struct instance *old, struct moment now)
{
    struct instance *g = watch_find_instance(watch, old->index);
    if (g)
        instance_adopt(g, old);
    for (size_t c = 0; c < old->n_conditions; c++)
        judge_end(watch, old, &old->conditions[c], "no longer configured", now);
    if (g)
        judge_sum_up(watch, g, now);
}

struct old_state {
    struct rules *rules;
    struct instance **instances;
    size_t n;
    struct map *by_index;
};

static void put_back(struct watch *watch, struct old_state *old)
{
    for (size_t i = 0; i < watch->n_instances; i++)
        instance_destroy(watch->instances[i]);
    free(watch->instances);
    map_destroy(watch->by_index);
    rules_destroy(watch->rules);
    watch->rules = old->rules;
    watch->instances = old->instances;
    watch->n_instances = watch->cap_instances = old->n;
    watch->by_index = old->by_index;
}

int watch_set_rules(struct watch *watch, struct rules *rules, struct moment now)
{
    struct old_state old = {watch->rules, watch->instances, watch->n_instances,
                            watch->by_index};
    struct map *fresh = map_create();
    if (!fresh) {
        rules_destroy(rules);
        return -ENOMEM;
    }
    watch->rules = rules;
    watch->by_index = fresh;
    watch->instances = NULL;
    watch->n_instances = watch->cap_instances = 0;
    if (add_fixed(watch, now) < 0 ||
        add_templated(watch, old.instances, old.n, now) < 0) {
        put_back(watch, &old);
        return -ENOMEM;
    }
    for (size_t i = 0; i < old.n; i++) {
        take_over(watch, old.instances[i], now);
        instance_destroy(old.instances[i]);
    }
    free(old.instances);
    map_destroy(old.by_index);
    rules_destroy(old.rules);
    watch->epoch++;
    /* What waits for the first look has a message already. */
    for (size_t i = 0; i < watch->n_instances; i++)
        judge_sum_up(watch, watch->instances[i], now);
    return 0;
}

const struct rules *watch_rules(const struct watch *watch)
{
    return watch->rules;
}

const struct snapshot *watch_snapshot(const struct watch *watch)
{
    return watch->snapshot;
}

/* ------------------------------------------------------------ a look */

static uint32_t sources_of(const struct rules *rules)
{
    return rules_sources(rules) | PROCESS_STAT;
}

int watch_look(struct watch *watch, const struct process_source_ops *source,
               struct moment now)
{
    const struct snapshot *snapshot;
    int r = source->scan(source->ctx, sources_of(watch->rules), now, &snapshot);
    if (r < 0)
        return r;
    watch->snapshot = snapshot;
    watch->look++;
    watch->error = 0;
    tally_match(watch, source, now);
    measure_groups(watch);
    judge_groups(watch, now);
    instance_expire(watch, now);
    if (snapshot->state != SNAPSHOT_FAILED) {
        track_forget_missing(watch);
        watch->last_look_ms = now.boot_ms;
    }
    return watch->error;
}

struct transition *watch_take_transition(struct watch *watch)
{
    if (watch->head == watch->n_queue) {
        watch->head = watch->n_queue = 0;
        return NULL;
    }
    return watch->queue[watch->head++];
}

int watch_add_notice(struct watch *watch, enum transition_kind kind, const char *text,
                     struct moment now)
{
    watch->error = 0;
    publish_transition(watch, kind, NULL, NULL, NULL, text, now);
    return watch->error;
}

int64_t watch_next_look(const struct watch *watch)
{
    int64_t next = CLOCK_NEVER;
    for (size_t i = 0; i < watch->n_instances; i++) {
        const struct instance *g = watch->instances[i];
        for (size_t c = 0; g->pending && c < g->n_conditions; c++) {
            const struct condition_state *s = &g->conditions[c];
            for (const struct violation *v = s->violations; v; v = v->next) {
                int64_t due = v->since_boot_ms + s->rule->recheck_ms;
                if (!v->active && due < next)
                    next = due;
            }
        }
    }
    return next;
}

int watch_set_admin(struct watch *watch, uint32_t index, enum group_admin admin,
                    struct moment now)
{
    struct instance *g = watch_find_instance(watch, index);
    if (!g || ledger_set_admin(watch->ledger, g->name, admin) < 0)
        return -ENOENT;
    if (admin == GROUP_OFF && g->admin != GROUP_OFF) {
        for (size_t c = 0; c < g->n_conditions; c++)
            judge_end(watch, g, &g->conditions[c], "switched off", now);
        g->n_members = g->n_undecided = 0;
    }
    g->admin = admin;
    judge_sum_up(watch, g, now);
    return 0;
}

static bool has_lower_limit(const struct instance *g)
{
    for (size_t c = 0; c < g->n_conditions; c++)
        if (g->conditions[c].rule->metric == METRIC_COUNT &&
            g->conditions[c].rule->range.min > 0)
            return true;
    return false;
}

size_t watch_list_vital(const struct watch *watch, size_t max, pid_t *ret_pids,
                        uint64_t *ret_keys)
{
    size_t n = 0;
    for (size_t i = 0; i < watch->n_instances; i++) {
        const struct instance *g = watch->instances[i];
        if (!has_lower_limit(g))
            continue;
        for (size_t m = 0; m < g->n_members && n < max; m++, n++) {
            ret_pids[n] = g->members[m].process->pid;
            ret_keys[n] = g->members[m].track->key;
        }
    }
    return n;
}
