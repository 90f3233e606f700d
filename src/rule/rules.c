/* Rules: created, filled, compared, destroyed. */
#include "rule/rules.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/strmap.h"
#include "base/text.h"
#include "rule/range.h"
#include "rule/template.h"
#include "select/id_names.h"
#include "select/selector.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_INTERVAL_MS   10000
#define DEFAULT_RECHECK_MS    5000
#define DEFAULT_USER          "procgroup"
#define DEFAULT_MAX_INSTANCES 1000

int rules_set_text(char **text, const char *value)
{
    char *copy = text_copy(value, strlen(value));
    if (!copy)
        return -ENOMEM;
    free(*text);
    *text = copy;
    return 0;
}

struct rules *rules_create(void)
{
    struct rules *rules = calloc(1, sizeof(*rules));
    if (!rules)
        return NULL;
    rules->interval_ms = DEFAULT_INTERVAL_MS;
    rules->recheck_ms = DEFAULT_RECHECK_MS;
    rules->max_instances = DEFAULT_MAX_INSTANCES;
    rules->by_name = strmap_create();
    rules->id_names = id_names_create();
    if (!rules->by_name || !rules->id_names ||
        rules_set_text(&rules->user, DEFAULT_USER) < 0 ||
        rules_set_text(&rules->file, "") < 0) {
        rules_destroy(rules);
        return NULL;
    }
    return rules;
}

static void free_group(struct group *group)
{
    for (size_t i = 0; i < group->n_conditions; i++)
        free(group->conditions[i].name);
    free(group->conditions);
    selector_destroy(group->selector);
    free(group->name);
    free(group->description);
    free(group->file);
    free(group->text);
}

void rules_free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

void rules_destroy(struct rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->n_groups; i++)
        free_group(&rules->groups[i]);
    free(rules->groups);
    strmap_destroy(rules->by_name);
    id_names_destroy(rules->id_names);
    free(rules->user);
    free(rules->file);
    rules_free_words(rules->interpreters);
    free(rules);
}

struct group *rules_find_group(const struct rules *rules, const char *name)
{
    const void *number = strmap_get(rules->by_name, name);
    return number ? &rules->groups[(uintptr_t)number - 1] : NULL;
}

struct group *rules_add_group(struct rules *rules, const char *name)
{
    struct group group = {0};
    struct group *groups = array_grow(rules->groups, rules->n_groups, sizeof(*groups));
    if (!groups)
        return NULL;
    rules->groups = groups;
    /* The map has numbers from 1: the groups move. */
    void *number = (void *)(uintptr_t)(rules->n_groups + 1);
    if (rules_set_text(&group.name, name) < 0 ||
        rules_set_text(&group.description, "") < 0 ||
        rules_set_text(&group.file, "") < 0 || rules_set_text(&group.text, "") < 0 ||
        strmap_add(rules->by_name, group.name, number) < 0) {
        free_group(&group);
        return NULL;
    }
    groups[rules->n_groups] = group;
    return &groups[rules->n_groups++];
}

void rules_drop_group(struct rules *rules)
{
    struct group *last = &rules->groups[--rules->n_groups];
    (void)strmap_remove(rules->by_name, last->name);
    free_group(last);
}

struct condition *group_add_condition(struct group *group, const char *name)
{
    const struct range all = {.min = 0, .max = INFINITY};
    struct condition *list =
        reallocarray(group->conditions, group->n_conditions + 1, sizeof(*list));
    if (!list)
        return NULL;
    group->conditions = list;
    struct condition *condition = &list[group->n_conditions];
    *condition =
        (struct condition){.range = all, .clear = all, .severity = SEVERITY_CRITICAL};
    if (rules_set_text(&condition->name, name) < 0)
        return NULL;
    group->n_conditions++;
    return condition;
}

struct condition *group_find_condition(const struct group *group, const char *name)
{
    for (size_t i = 0; i < group->n_conditions; i++) {
        if (strcmp(group->conditions[i].name, name) == 0)
            return &group->conditions[i];
    }
    return NULL;
}

int group_finish(struct group *group)
{
    CLEANUP_BUF struct buf text = {0};
    int r = selector_finish(group->selector);
    if (r == 0)
        r = selector_format(group->selector, &text);
    if (r == 0)
        r = rules_set_text(&group->text, buf_text(&text));
    group->is_template = template_is(group->name);
    return r;
}

uint32_t rules_attributes(const struct rules *rules)
{
    uint32_t attributes = PROCESS_STAT;
    for (size_t i = 0; i < rules->n_groups; i++) {
        const struct group *group = &rules->groups[i];
        if (group->selector)
            attributes |= selector_attributes(group->selector);
        if (group->is_template)
            attributes |= template_attributes(group->name);
    }
    return attributes;
}

bool condition_continues(const struct condition *a, const struct condition *b)
{
    return strcmp(a->name, b->name) == 0 && a->metric == b->metric &&
           a->each == b->each && range_equal(&a->range, &b->range) &&
           range_equal(&a->clear, &b->clear) && a->inverted == b->inverted &&
           a->severity == b->severity && a->window_ms == b->window_ms;
}

static bool condition_equal(const struct condition *a, const struct condition *b)
{
    return condition_continues(a, b) && a->recheck_ms == b->recheck_ms &&
           a->min_age_ms == b->min_age_ms && range_reads_equal(&a->range, &b->range) &&
           range_reads_equal(&a->clear, &b->clear);
}

bool group_equal(const struct group *a, const struct group *b)
{
    if (strcmp(a->name, b->name) != 0 || strcmp(a->description, b->description) != 0 ||
        a->is_template != b->is_template || a->include_self != b->include_self ||
        a->host != b->host || a->measure != b->measure || a->expire_ms != b->expire_ms ||
        a->n_conditions != b->n_conditions)
        return false;
    for (size_t i = 0; i < a->n_conditions; i++) {
        if (!condition_equal(&a->conditions[i], &b->conditions[i]))
            return false;
    }
    if (!a->selector || !b->selector)
        return a->selector == b->selector;
    return selector_equal(a->selector, b->selector);
}
