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

#define NAMES_AGAIN_MS 60000

struct watch *watch_create(struct ledger *ledger, struct moment now)
{
    (void)now;
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->ledger = ledger;
    watch->epoch = 1;
    watch->tracks = map_create();
    watch->names = template_names_create();
    watch->builder = board_builder_create();
    watch->event_builder = board_builder_create();
    watch->rules = rules_create();
    if (!watch->tracks || !watch->names || !watch->builder || !watch->event_builder ||
        !watch->rules || rows_init(&watch->rows, 0) < 0) {
        watch_destroy(watch);
        return NULL;
    }
    return watch;
}

void watch_destroy(struct watch *watch)
{
    if (!watch)
        return;
    rows_destroy(&watch->rows);
    for (size_t i = watch->head; i < watch->n_queue; i++)
        transition_destroy(watch->queue[i]);
    free(watch->queue);
    if (watch->tracks)
        track_destroy_all(watch);
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
    for (size_t i = 0; i < rules->n_groups; i++) {
        const struct group *rule = &rules->groups[i];
        if (rule->is_template && strcmp(rule->name, old->name) == 0)
            return (int)i;
    }
    return -1;
}

static int add_row(struct watch *watch, uint32_t rule_number, const char *name,
                   const char *description, struct moment now)
{
    struct instance *g = instance_create(watch, rule_number, name, description, now);
    if (g && rows_add(&watch->rows, g) == 0)
        return 0;
    instance_destroy(g);
    return -ENOMEM;
}

static int add_fixed(struct watch *watch, struct moment now)
{
    int r = 0;
    for (uint32_t i = 0; i < watch->rules->n_groups && r == 0; i++) {
        const struct group *rule = &watch->rules->groups[i];
        if (!rule->is_template)
            r = add_row(watch, i, rule->name, rule->description, now);
    }
    return r;
}

/* Of a changed one that is made of variables the next member tells: "" until then. */
static const char *go_on_describing(const struct group *rule, const struct instance *old)
{
    if (strcmp(rule->description, old->rule->description) == 0)
        return old->description;
    return template_is(rule->description) ? "" : rule->description;
}

static int add_templated(struct watch *watch, const struct rows *old, struct moment now)
{
    int r = 0;
    for (size_t i = 0; i < old->n && r == 0; i++) {
        const struct instance *g = old->list[i];
        int number = g->rule->is_template ? template_number(watch->rules, g->rule) : -1;
        if (number >= 0 && !rows_find(&watch->rows, g->index))
            r = add_row(watch, (uint32_t)number, g->name,
                        go_on_describing(&watch->rules->groups[number], g), now);
    }
    return r;
}

static void take_over(struct watch *watch, struct instance *old, struct moment now)
{
    struct instance *g = rows_find(&watch->rows, old->index);
    if (g)
        instance_adopt(g, old);
    else
        ledger_retire(watch->ledger, old->name);
    for (size_t c = 0; c < old->n_conditions; c++)
        judge_end(watch, old, &old->conditions[c], "no longer configured", now);
}

int watch_set_rules(struct watch *watch, struct rules *rules, struct moment now)
{
    struct rules *old_rules = watch->rules;
    struct rows old = watch->rows;
    struct rows fresh;
    if (rows_init(&fresh, rules->n_groups) < 0) {
        rules_destroy(rules);
        return -ENOMEM;
    }
    watch->rules = rules;
    watch->rows = fresh;
    if (add_fixed(watch, now) < 0 || add_templated(watch, &old, now) < 0) {
        rows_destroy(&watch->rows);
        watch->rules = old_rules;
        watch->rows = old;
        rules_destroy(rules);
        return -ENOMEM;
    }
    for (size_t i = 0; i < old.n; i++)
        take_over(watch, old.list[i], now);
    rows_destroy(&old);
    rules_destroy(old_rules);
    watch->epoch++;
    /* What waits for its first look has a message already. */
    for (size_t i = 0; i < watch->rows.n; i++)
        judge_sum_up(watch, watch->rows.list[i], now);
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

static void forget_members(struct watch *watch)
{
    for (size_t i = 0; i < watch->rows.n; i++)
        instance_forget_members(watch->rows.list[i]);
}

/* A user who has a name now is in other groups by it. */
static void ask_names_again(struct watch *watch, struct moment now)
{
    if (now.boot_ms - watch->named_ms < NAMES_AGAIN_MS)
        return;
    watch->named_ms = now.boot_ms;
    if (template_names_retry(watch->names))
        watch->epoch++;
}

int watch_look(struct watch *watch, const struct process_source_ops *source,
               struct moment now)
{
    const struct snapshot *snapshot;
    int r = source->scan(source->ctx, sources_of(watch->rules), now, &snapshot);
    if (r < 0) {
        forget_members(watch);
        return r;
    }
    watch->snapshot = snapshot;
    watch->look++;
    watch->error = 0;
    ask_names_again(watch, now);
    tally_match(watch, source, now);
    if (watch->error) { /* a member that found no room is not a member less */
        forget_members(watch);
        return watch->error;
    }
    measure_groups(watch);
    judge_groups(watch, now);
    watch->judged_ms = now.boot_ms;
    if (snapshot->state != SNAPSHOT_FAILED) {
        instance_expire(watch, now);
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

/* What was due at the last look and not decided there waits for the next regular one. */
int64_t watch_next_look(const struct watch *watch)
{
    int64_t next = CLOCK_NEVER;
    for (size_t i = 0; i < watch->rows.n; i++) {
        const struct instance *g = watch->rows.list[i];
        for (size_t c = 0; g->pending && c < g->n_conditions; c++) {
            const struct condition_state *s = &g->conditions[c];
            for (const struct violation *v = s->violations; v; v = v->next) {
                int64_t due = judge_due(s->rule, v);
                if (due > watch->judged_ms && due < next)
                    next = due;
            }
        }
    }
    return next;
}

static void switch_off(struct watch *watch, struct instance *g, struct moment now)
{
    for (size_t c = 0; c < g->n_conditions; c++) {
        struct condition_state *s = &g->conditions[c];
        judge_end(watch, g, s, "switched off", now);
        s->starts = s->exits = (struct history){0}; /* a gap follows */
    }
}

int watch_set_admin(struct watch *watch, uint32_t index, enum group_admin admin,
                    struct moment now)
{
    struct instance *g = rows_find(&watch->rows, index);
    if (admin < GROUP_MONITORED || admin > GROUP_OFF)
        return -EINVAL;
    if (!g || ledger_set_admin(watch->ledger, g->name, admin) < 0)
        return -ENOENT;
    if (admin == GROUP_OFF && g->admin != GROUP_OFF)
        switch_off(watch, g, now);
    g->admin = admin;
    if (admin == GROUP_MONITORED)
        judge_tell_hidden(watch, g, now);
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
    for (size_t i = 0; i < watch->rows.n; i++) {
        const struct instance *g = watch->rows.list[i];
        if (g->admin == GROUP_OFF || !has_lower_limit(g))
            continue;
        for (size_t m = 0; m < g->n_members && n < max; m++, n++) {
            ret_pids[n] = g->members[m].process->pid;
            ret_keys[n] = g->members[m].track->key;
        }
    }
    return n;
}
