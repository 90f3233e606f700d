#include "engine/engine.h"

#include "base/map.h"
#include "engine/internal.h"
#include "rule/rules.h"
#include "rule/template.h"
#include "select/selector.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_AGAIN_MS 60000

struct engine *engine_create(struct state_store *store, struct moment now)
{
    (void)now;
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine)
        return NULL;
    engine->store = store;
    engine->epoch = 1;
    engine->pstates = map_create();
    engine->names = template_names_create();
    engine->builder = table_builder_create();
    engine->event_builder = table_builder_create();
    engine->rules = rules_create();
    if (!engine->pstates || !engine->names || !engine->builder ||
        !engine->event_builder || !engine->rules ||
        group_list_init(&engine->groups, 0) < 0) {
        engine_destroy(engine);
        return NULL;
    }
    return engine;
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    group_list_destroy(&engine->groups);
    for (size_t i = engine->head; i < engine->n_queue; i++)
        event_destroy(engine->queue[i]);
    free(engine->queue);
    if (engine->pstates)
        process_state_destroy_all(engine);
    template_names_destroy(engine->names);
    table_builder_destroy(engine->builder);
    table_builder_destroy(engine->event_builder);
    rules_destroy(engine->rules);
    buf_free(&engine->follow);
    buf_free(&engine->exits);
    free(engine);
}

/* ------------------------------------------------------------ rules */

/* The template of the new rules that an instance of the old ones goes on under. */
static int template_number(const struct rules *rules, const struct group *old)
{
    for (size_t i = 0; i < rules->n_groups; i++) {
        const struct group *rule = &rules->groups[i];
        if (rule->is_template && strcmp(rule->name, old->name) == 0)
            return (int)i;
    }
    return -1;
}

static int add_row(struct engine *engine, uint32_t rule_number, const char *name,
                   const char *description, struct moment now)
{
    struct group_state *g =
        group_state_create(engine, rule_number, name, description, now);
    if (g && group_list_add(&engine->groups, g) == 0)
        return 0;
    group_state_destroy(g);
    return -ENOMEM;
}

static int add_fixed(struct engine *engine, struct moment now)
{
    int r = 0;
    for (uint32_t i = 0; i < engine->rules->n_groups && r == 0; i++) {
        const struct group *rule = &engine->rules->groups[i];
        if (!rule->is_template)
            r = add_row(engine, i, rule->name, rule->description, now);
    }
    return r;
}

/* Of a changed one that is made of variables the next member tells: "" until then. */
static const char *go_on_describing(const struct group *rule,
                                    const struct group_state *old)
{
    if (strcmp(rule->description, old->rule->description) == 0)
        return old->description;
    return template_is(rule->description) ? "" : rule->description;
}

static int add_templated(struct engine *engine, const struct group_list *old,
                         struct moment now)
{
    int r = 0;
    for (size_t i = 0; i < old->n && r == 0; i++) {
        const struct group_state *g = old->list[i];
        int number = g->rule->is_template ? template_number(engine->rules, g->rule) : -1;
        if (number >= 0 && !group_list_find(&engine->groups, g->index))
            r = add_row(engine, (uint32_t)number, g->name,
                        go_on_describing(&engine->rules->groups[number], g), now);
    }
    return r;
}

static void take_over(struct engine *engine, struct group_state *old, struct moment now)
{
    struct group_state *g = group_list_find(&engine->groups, old->index);
    if (g)
        group_state_adopt(g, old);
    else
        state_retire(engine->store, old->name);
    for (size_t c = 0; c < old->n_conditions; c++)
        violation_end(engine, old, &old->conditions[c], "no longer configured", now);
}

int engine_set_rules(struct engine *engine, struct rules *rules, struct moment now)
{
    struct rules *old_rules = engine->rules;
    struct group_list old = engine->groups;
    struct group_list fresh;
    if (group_list_init(&fresh, rules->n_groups) < 0) {
        rules_destroy(rules);
        return -ENOMEM;
    }
    engine->rules = rules;
    engine->groups = fresh;
    if (add_fixed(engine, now) < 0 || add_templated(engine, &old, now) < 0) {
        group_list_destroy(&engine->groups);
        engine->rules = old_rules;
        engine->groups = old;
        rules_destroy(rules);
        return -ENOMEM;
    }
    for (size_t i = 0; i < old.n; i++)
        take_over(engine, old.list[i], now);
    group_list_destroy(&old);
    rules_destroy(old_rules);
    engine->epoch++;
    /* What waits for its first look has a message already. */
    for (size_t i = 0; i < engine->groups.n; i++)
        status_update(engine, engine->groups.list[i], now);
    return 0;
}

const struct rules *engine_rules(const struct engine *engine)
{
    return engine->rules;
}

const struct snapshot *engine_snapshot(const struct engine *engine)
{
    return engine->snapshot;
}

/* ------------------------------------------------------------ a look */

static uint32_t sources_of(const struct rules *rules)
{
    return rules_attributes(rules) | PROCESS_STAT;
}

static void forget_members(struct engine *engine)
{
    for (size_t i = 0; i < engine->groups.n; i++)
        group_state_forget_members(engine->groups.list[i]);
}

/* A user who has a name now is in other groups by it. */
static void ask_names_again(struct engine *engine, struct moment now)
{
    if (now.boot_ms - engine->named_ms < NAMES_AGAIN_MS)
        return;
    engine->named_ms = now.boot_ms;
    if (template_names_retry(engine->names))
        engine->epoch++;
}

int engine_cycle(struct engine *engine, const struct process_source_ops *source,
                 struct moment now)
{
    const struct snapshot *snapshot;
    int r = source->scan(source->ctx, sources_of(engine->rules), now, &snapshot);
    if (r < 0) {
        forget_members(engine);
        return r;
    }
    engine->snapshot = snapshot;
    engine->cycle++;
    engine->error = 0;
    ask_names_again(engine, now);
    match_processes(engine, source, now);
    if (engine->error) { /* a member that found no room is not a member less */
        forget_members(engine);
        return engine->error;
    }
    measure_groups(engine);
    violation_update_groups(engine, now);
    engine->judged_ms = now.boot_ms;
    if (snapshot->state != SNAPSHOT_FAILED) {
        engine_expire_groups(engine, now);
        process_state_forget_missing(engine);
        engine->last_scan_ms = now.boot_ms;
        if (engine_configure_source(engine, source) < 0)
            engine->error = -ENOMEM;
    }
    return engine->error;
}

struct event *engine_take_event(struct engine *engine)
{
    if (engine->head == engine->n_queue) {
        engine->head = engine->n_queue = 0;
        return NULL;
    }
    return engine->queue[engine->head++];
}

int engine_add_event(struct engine *engine, enum event_kind kind, const char *text,
                     struct moment now)
{
    engine->error = 0;
    publish_event(engine, kind, NULL, NULL, NULL, text, now);
    return engine->error;
}

/* What was due at the last look and not decided there waits for the next regular one. */
int64_t engine_next_cycle(const struct engine *engine)
{
    int64_t next = CLOCK_NEVER;
    for (size_t i = 0; i < engine->groups.n; i++) {
        const struct group_state *g = engine->groups.list[i];
        for (size_t c = 0; g->pending && c < g->n_conditions; c++) {
            const struct condition_state *s = &g->conditions[c];
            for (const struct violation *v = s->violations; v; v = v->next) {
                int64_t due = violation_due(s->rule, v);
                if (due > engine->judged_ms && due < next)
                    next = due;
            }
        }
    }
    return next;
}

static void switch_off(struct engine *engine, struct group_state *g, struct moment now)
{
    for (size_t c = 0; c < g->n_conditions; c++) {
        struct condition_state *s = &g->conditions[c];
        violation_end(engine, g, s, "switched off", now);
        s->starts = s->exits = (struct history){0}; /* a gap follows */
    }
}

int engine_set_admin(struct engine *engine, uint32_t index, enum group_admin admin,
                     struct moment now)
{
    struct group_state *g = group_list_find(&engine->groups, index);
    if (admin < GROUP_MONITORED || admin > GROUP_OFF)
        return -EINVAL;
    if (!g || state_set_admin(engine->store, g->name, admin) < 0)
        return -ENOENT;
    if (admin == GROUP_OFF && g->admin != GROUP_OFF)
        switch_off(engine, g, now);
    g->admin = admin;
    if (admin == GROUP_MONITORED)
        violation_raise_suppressed(engine, g, now);
    status_update(engine, g, now);
    return 0;
}
