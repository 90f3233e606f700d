#include "engine/engine.h"

#include "base/map.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "rule/rules.h"
#include "rule/template.h"
#include "state/state_store.h"
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_AGAIN_MS 60000
#define CLOCK_SLACK_MS 50

struct engine *engine_create(struct state_store *store)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine)
        return NULL;
    engine->store = store;
    engine->epoch = 1;
    engine->names = template_names_create();
    engine->builder = table_builder_create();
    engine->event_builder = table_builder_create();
    engine->rules = rules_create();
    if (engine->names && engine->builder && engine->event_builder && engine->rules &&
        rule_index_init(&engine->index, engine->rules) == 0 &&
        process_states_init(&engine->processes) == 0 &&
        group_list_init(&engine->groups, 0) == 0)
        return engine;
    engine_destroy(engine);
    return NULL;
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    group_list_destroy(&engine->groups);
    for (size_t i = engine->head; i < engine->n_queue; i++)
        event_destroy(engine->queue[i]);
    free(engine->queue);
    change_list_clear(&engine->changes);
    free(engine->changes.list);
    process_states_destroy(&engine->processes);
    template_names_destroy(engine->names);
    table_builder_destroy(engine->builder);
    table_builder_destroy(engine->event_builder);
    rule_index_destroy(&engine->index);
    rules_destroy(engine->rules);
    buf_free(&engine->touched);
    buf_free(&engine->matched);
    buf_free(&engine->judged);
    buf_free(&engine->awake);
    buf_free(&engine->changed);
    buf_free(&engine->removed);
    buf_free(&engine->follow);
    buf_free(&engine->exits);
    buf_free(&engine->observers);
    free(engine);
}

/* What cannot be done for lack of memory is not tried again: the table is correct. */
int engine_settle(struct engine *engine, struct group_state *g, struct moment now)
{
    int r = status_update(engine, g, now);
    for (size_t i = 0; i < engine->changes.n; i++) {
        const struct change *change = &engine->changes.list[i];
        if (publish_event(engine, change->kind, g, change, NULL, now) < 0)
            r = -ENOMEM;
    }
    changed_note(engine, g);
    change_list_clear(&engine->changes);
    return r;
}

int engine_end_all(struct engine *engine, struct group_state *g, const char *why)
{
    int r = 0;
    for (size_t c = 0; c < g->n_conditions && r == 0; c++)
        r = violation_end(&engine->changes, g, &g->conditions[c], why);
    return r;
}

/* ------------------------------------------------------------ rules */

/* The template of the new rules that a group of the old ones continues under, or -1. */
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
    struct group_state *g;
    int r = group_state_create(engine->store, &engine->rules->groups[rule_number],
                               rule_number, name, description, now, &g);
    if (r == -ENOSPC)
        return group_list_refuse(&engine->groups, rule_number, name);
    if (r < 0)
        return r;
    engine->admin_end_known = false;
    if (group_list_add(&engine->groups, g) == 0)
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

/* A changed description that has variables is "" until the next member gives their
 * values.
 */
static const char *continued_description(const struct group *rule,
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
                        continued_description(&engine->rules->groups[number], g), now);
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
    if (engine_end_all(engine, old, "no longer configured") < 0)
        engine->lost++; /* of what is left of `old` none will end */
    if (g)
        (void)status_update(engine, old, now);
    /* If the group continues, its events show what it has now, not what is left of `old`.
     */
    (void)engine_settle(engine, g ? g : old, now);
}

/* Names that got an index for the current rules, and no row. */
static void release_names(struct engine *engine, const struct group_list *rows)
{
    for (size_t i = 0; i < engine->rules->n_groups; i++) {
        const struct group *rule = &engine->rules->groups[i];
        if (!rule->is_template && !group_list_find_name(rows, rule->name))
            state_retire(engine->store, rule->name);
    }
}

/* Those that continue have been settled, but among others that are gone now. A message
 * that cannot be made is made by the next cycle. */
static void settle_all(struct engine *engine, struct moment now)
{
    (void)awake_add_all(engine);
    buf_clear(&engine->changed); /* has groups that are gone */
    engine->all_changed = true;
    engine->violations = 0;
    engine->n_pending = 0;
    engine->due_known = false;
    for (size_t i = 0; i < engine->groups.n; i++) {
        struct group_state *g = engine->groups.list[i];
        g->changed = false;
        engine->violations += g->active;
        engine->n_pending += g->pending > 0;
        if (!g->message)
            (void)status_update(engine, g, now);
    }
}

int engine_set_rules(struct engine *engine, struct rules *rules, struct moment now)
{
    struct rules *old_rules = engine->rules;
    struct group_list old = engine->groups;
    struct group_list fresh;
    struct rule_index index = {0};
    if (group_list_init(&fresh, rules->n_groups) < 0 ||
        rule_index_init(&index, rules) < 0) {
        group_list_destroy(&fresh);
        rules_destroy(rules);
        return -ENOMEM;
    }
    engine->rules = rules;
    engine->groups = fresh;
    if (add_fixed(engine, now) < 0 || add_templated(engine, &old, now) < 0) {
        release_names(engine, &old);
        group_list_destroy(&engine->groups);
        engine->rules = old_rules;
        engine->groups = old;
        rule_index_destroy(&index);
        rules_destroy(rules);
        return -ENOMEM;
    }
    rule_index_destroy(&engine->index);
    engine->index = index;
    for (size_t i = 0; i < old.n; i++)
        take_over(engine, old.list[i], now);
    release_names(engine, &engine->groups); /* of refused groups */
    group_list_destroy(&old);
    rules_destroy(old_rules);
    engine->epoch++;
    settle_all(engine, now);
    return 0;
}

const struct rules *engine_rules(const struct engine *engine)
{
    return engine->rules;
}

const struct group *engine_group_rule(const struct engine *engine, uint32_t index)
{
    const struct group_state *g = group_list_find(&engine->groups, index);
    return g ? g->rule : NULL;
}

const char *engine_refused(const struct engine *engine)
{
    for (size_t i = 0; i < engine->groups.n_rules; i++)
        if (engine->groups.rule_states[i].refused)
            return engine->groups.rule_states[i].refused;
    return NULL;
}

const struct snapshot *engine_snapshot(const struct engine *engine)
{
    return engine->snapshot;
}

/* ------------------------------------------------------------ a cycle */

/* A user that has a name now may be in other groups because of it. */
static void retry_names(struct engine *engine, struct moment now)
{
    if (now.boot_ms - engine->named_ms < NAMES_AGAIN_MS)
        return;
    engine->named_ms = now.boot_ms;
    if (template_names_retry(engine->names))
        engine->epoch++;
}

int engine_evaluate(struct engine *engine, struct group_state *const *groups, size_t n,
                    struct moment now)
{
    const struct scan_view view = {engine->snapshot, engine->rules->interval_ms,
                                   &engine->suspend, engine->wall_offset_ms};
    const struct evaluation evaluation = {view, now, &engine->processes, engine->names,
                                          &engine->changes};
    int r = measure_groups(&view, groups, n);
    for (size_t i = 0; i < n; i++) {
        struct group_state *g = groups[i];
        int evaluated = g->admin == GROUP_OFF ? engine_end_all(engine, g, "switched off")
                                              : violation_evaluate(&evaluation, g);
        g->failed = engine_settle(engine, g, now) < 0 || evaluated < 0;
        if (g->failed)
            r = -ENOMEM;
        g->evaluated_ms = clock_run_of(now);
    }
    engine->evaluated = now;
    return r;
}

static bool has_expired(const struct group_state *g, struct moment now)
{
    return g->rule->is_template && !g->n_undecided && !g->n_keys &&
           clock_run_of(now) - g->last_member_ms >= g->rule->expire_ms;
}

/* If a violation cannot be ended, the group stays for the next cycle. */
static int expire_group(struct engine *engine, struct group_state *g, struct moment now,
                        bool *ret_is_gone)
{
    int ended = engine_end_all(engine, g, "the group expired");
    int r = engine_settle(engine, g, now);
    *ret_is_gone = ended == 0;
    if (ended < 0)
        return ended;
    changed_remove(engine, g);
    process_states_drop_group(&engine->processes, g);
    state_retire(engine->store, g->name);
    return r;
}

/* Groups of templates are always awake. */
static int expire_groups(struct engine *engine, struct moment now)
{
    struct group_list *groups = &engine->groups;
    int r = 0;
    size_t n, kept = 0, kept_awake = 0;
    struct group_state **list = awake_list(engine, &n);
    for (size_t i = 0; i < n; i++) {
        struct group_state *g = list[i];
        bool is_gone = false;
        if (has_expired(g, now) && expire_group(engine, g, now, &is_gone) < 0)
            r = -ENOMEM;
        g->awake = !is_gone;
        if (!is_gone)
            list[kept_awake++] = g;
    }
    if (kept_awake == n)
        return r;
    engine->awake.len = kept_awake * sizeof(struct group_state *);
    for (size_t i = 0; i < groups->n; i++) {
        if (groups->list[i]->rule->is_template && !groups->list[i]->awake)
            group_list_drop(groups, groups->list[i]);
        else
            groups->list[kept++] = groups->list[i];
    }
    groups->n = kept;
    return r;
}

/* Two clocks are not read at the same time, and the wall clock is slewed: start times do
 * not change because of that. */
static void keep_time(struct engine *engine)
{
    const struct moment *taken = &engine->snapshot->taken;
    int64_t offset = taken->wall_ms - taken->boot_ms;
    if (llabs(offset - engine->wall_offset_ms) >= CLOCK_SLACK_MS)
        engine->wall_offset_ms = offset;
}

int engine_conclude(struct engine *engine, const struct process_source_ops *source,
                    struct moment now)
{
    size_t n;
    struct group_state **awake = awake_list(engine, &n);
    keep_time(engine);
    int r = engine_evaluate(engine, awake, n, now);
    awake_put_to_sleep(engine);
    if (engine->snapshot->state == SNAPSHOT_FAILED)
        return r;
    engine->scan_epoch = engine->epoch;
    if (expire_groups(engine, now) < 0)
        r = -ENOMEM;
    if (engine_configure_source(engine, source) < 0)
        r = -ENOMEM;
    return r;
}

int engine_scan(struct engine *engine, const struct process_source_ops *source,
                struct moment now)
{
    const struct snapshot *snapshot;
    /* The last cycle, or an update since, did not succeed. */
    engine->wake_all |= engine->scan_epoch != engine->epoch;
    int r = source->scan(source->ctx, engine->index.attributes, now, &snapshot);
    if (r == 0) {
        engine->snapshot = snapshot;
        engine->sample_us = snapshot->duration_us;
    } else {
        group_list_forget_members(&engine->groups);
    }
    engine->scanned = now;
    engine->scanned_ms = engine->searched_ms = engine->round_ms = now.boot_ms;
    engine->finds_unknown = source->find_unknown != NULL;
    engine->scan_epoch = 0;
    return r;
}

int engine_judge(struct engine *engine, const struct process_source_ops *source,
                 struct moment now)
{
    engine->processes.cycle++;
    engine->scans++;
    suspend_note(&engine->suspend, now);
    retry_names(engine, now);
    int r = awake_begin(engine);
    if (r == 0)
        r = match_processes(engine, source, now);
    if (r < 0) { /* a member that was lost for lack of memory would be missed */
        group_list_forget_members(&engine->groups);
        return r;
    }
    if (engine->snapshot->state != SNAPSHOT_FAILED) {
        process_states_drop_missing(&engine->processes);
        engine->processes.last_scan_ms = now.boot_ms;
    }
    return engine_conclude(engine, source, now);
}

int engine_cycle(struct engine *engine, const struct process_source_ops *source,
                 struct moment now)
{
    int r = engine_scan(engine, source, now);
    return r < 0 ? r : engine_judge(engine, source, now);
}

bool engine_has_events(const struct engine *engine)
{
    return engine->head < engine->n_queue;
}

struct event *engine_take_event(struct engine *engine)
{
    if (engine->head == engine->n_queue) {
        engine->head = engine->n_queue = 0;
        return NULL;
    }
    return engine->queue[engine->head++];
}

uint32_t engine_take_lost(struct engine *engine)
{
    uint32_t n = engine->lost;
    engine->lost = 0;
    return n;
}

int engine_add_event(struct engine *engine, enum event_kind kind, const char *text,
                     struct moment now)
{
    return publish_event(engine, kind, NULL, NULL, text, now);
}
