/* condition { } blocks. */
#include "config/internal.h"

#include "base/suggest.h"
#include "config/words.h"
#include "rule/metrics.h"
#include "rule/rules.h"

#include <errno.h>
#include <string.h>

struct condition_builder {
    struct condition *condition;
    bool has_metric;
    bool has_range;
    bool has_clear;
    bool has_window;
    bool is_wrong; /* a value is: what depends on it cannot be checked */
};

static int refuse_metric(const char *word, const struct source_location *at)
{
    struct suggest suggest = suggest_begin(word);
    for (int i = 0; i < METRIC_TOTAL; i++)
        suggest_offer(&suggest, metric_info((enum metric)i)->name);
    return suggest_error(&suggest, "metric", at);
}

static int set_metric(void *target, const struct config_option *option,
                      const struct source_location *at)
{
    struct condition_builder *b = target;
    const char *word;
    b->has_metric = true;
    int r = words_one(option, at, &word);
    if (r < 0)
        return r;
    if (metric_by_name(word, &b->condition->metric) < 0)
        return refuse_metric(word, at);
    if (metric_info(b->condition->metric)->kind == METRIC_HOST)
        return location_error(at, word, "this metric is only for security { }");
    return 0;
}

static int set_range(void *target, const struct config_option *option,
                     const struct source_location *at)
{
    struct condition_builder *b = target;
    b->has_range = true;
    return words_range(option, at, &b->condition->range);
}

static int set_clear(void *target, const struct config_option *option,
                     const struct source_location *at)
{
    struct condition_builder *b = target;
    b->has_clear = true;
    return words_range(option, at, &b->condition->clear);
}

static int set_each(void *target, const struct config_option *option,
                    const struct source_location *at)
{
    struct condition_builder *b = target;
    return words_bool(option, at, &b->condition->each);
}

static int set_window(void *target, const struct config_option *option,
                      const struct source_location *at)
{
    struct condition_builder *b = target;
    b->has_window = true;
    return words_duration(option, at, &b->condition->window_ms,
                          &b->condition->window_unit);
}

static int set_recheck(void *target, const struct config_option *option,
                       const struct source_location *at)
{
    struct condition_builder *b = target;
    return words_duration(option, at, &b->condition->recheck_ms,
                          &b->condition->recheck_unit);
}

static int set_min_age(void *target, const struct config_option *option,
                       const struct source_location *at)
{
    struct condition_builder *b = target;
    return words_duration(option, at, &b->condition->min_age_ms,
                          &b->condition->min_age_unit);
}

static int set_severity(void *target, const struct config_option *option,
                        const struct source_location *at)
{
    struct condition_builder *b = target;
    return words_severity(option, at, &b->condition->severity);
}

static const struct setter setters[] = {
    {"metric", set_metric},   {"range", set_range},       {"clear", set_clear},
    {"each", set_each},       {"window", set_window},     {"recheck", set_recheck},
    {"min-age", set_min_age}, {"severity", set_severity}, {NULL, NULL},
};

/* The key, or the section's name where it does not have it. */
static struct source_location location_of(const struct loader *loader,
                                          const struct config_section *section,
                                          const char *key)
{
    const struct config_option *option = tree_find_option(section, key);
    return loader_location(loader, option ? &option->key : &section->name);
}

static bool is_averaged(const struct metric_info *metric)
{
    return metric->kind == METRIC_RATE || strcmp(metric->unit, "/min") == 0;
}

/* What depends on several options. */
static void check(struct loader *loader, const struct condition_builder *b,
                  const struct config_section *section)
{
    const struct condition *c = b->condition;
    const struct metric_info *metric = metric_info(c->metric);
    struct source_location at = loader_location(loader, &section->name);
    if (section->is_broken)
        return;
    if (!b->has_metric)
        loader_note(loader, location_error(&at, c->name, "the condition has no metric"));
    if (!b->has_range)
        loader_note(loader, location_error(&at, c->name, "the condition has no range"));
    if (b->is_wrong || !b->has_metric || !b->has_range)
        return;
    at = location_of(loader, section, "each");
    if (c->each && !metric->each_allowed)
        loader_note(loader,
                    location_error(&at, metric->name,
                                   "each = true has no meaning with this metric"));
    at = location_of(loader, section, "window");
    if (b->has_window && !is_averaged(metric))
        loader_note(loader, location_error(&at, metric->name,
                                           "window has no meaning with this metric"));
    at = location_of(loader, section, "clear");
    if (c->clear.min < c->range.min || c->clear.max > c->range.max)
        loader_note(loader,
                    location_error(&at, c->name, "clear must be inside of range"));
}

static bool name_is_fine(struct loader *loader, const struct group *group,
                         const struct config_section *section)
{
    const struct source_location at = loader_location(loader, &section->name);
    const char *name = section->name.text;
    int r = words_text(name, "condition's name", GROUP_NAME_MAX, &at);
    if (r == 0 && group_find_condition(group, name))
        r = location_error(&at, name, "the group has this condition twice");
    loader_note(loader, r);
    return r == 0;
}

void config_read_condition(struct loader *loader, struct group *group,
                           const struct condition_defaults *defaults,
                           const struct config_section *section)
{
    struct condition_builder b = {0};
    if (!name_is_fine(loader, group, section))
        return;
    b.condition = group_add_condition(group, section->name.text);
    if (!b.condition) {
        loader_note(loader, -ENOMEM);
        return;
    }
    b.condition->severity = defaults->severity;
    b.condition->recheck_ms = defaults->recheck_ms;
    b.condition->min_age_ms = defaults->min_age_ms;
    b.condition->recheck_unit = defaults->recheck_unit;
    b.condition->min_age_unit = defaults->min_age_unit;
    for (size_t i = 0; i < section->n_options; i++) {
        const struct config_option *option = &section->options[i];
        if (loader_refuses_again(loader, option))
            continue;
        if (loader_set(loader, setters, &b, option) < 0)
            b.is_wrong = true;
    }
    if (!b.has_clear)
        b.condition->clear = b.condition->range;
    check(loader, &b, section);
}
