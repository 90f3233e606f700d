/* group { } and security { } blocks. */
#include "config/internal.h"

#include "base/buf.h"
#include "base/suggest.h"
#include "config/measure_words.h"
#include "config/words.h"
#include "rule/rules.h"
#include "rule/template.h"
#include "select/links.h"
#include "select/selector.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_EXPIRE_MS 3600000

struct group_builder {
    struct group *group;
    struct condition_defaults defaults;
    bool has_count;
    struct range count;
    bool has_expire;
    bool has_enforcing;
    bool enforcing;
};

/* The variables of a template's texts must be known ones. */
static int check_variables(const char *text, const struct source_location *at)
{
    const char *word;
    size_t len;
    if (template_check(text, &word, &len) == 0)
        return 0;
    struct buf copy = {0};
    buf_append(&copy, word, len);
    int r = location_error(at, buf_text(&copy), "unknown variable");
    buf_free(&copy);
    return r;
}

static int set_description(void *target, const struct config_option *option,
                           const struct source_location *at)
{
    struct group_builder *b = target;
    const char *word;
    int r = words_one(option, at, &word);
    if (r == 0)
        r = words_text(word, "description", GROUP_DESCRIPTION_MAX, at);
    if (r == 0 && template_is(b->group->name))
        r = check_variables(word, at);
    return r == 0 ? rules_set_text(&b->group->description, word) : r;
}

static bool is_whole(double value)
{
    return isinf(value) || value == floor(value);
}

static int set_count(void *target, const struct config_option *option,
                     const struct source_location *at)
{
    struct group_builder *b = target;
    b->has_count = true;
    int r = words_range(option, at, &b->count);
    if (r == 0 && (!is_whole(b->count.min) || !is_whole(b->count.max)))
        r = location_error(at, option->values[0].text, "a count must be a whole number");
    return r;
}

static int set_severity(void *target, const struct config_option *option,
                        const struct source_location *at)
{
    struct group_builder *b = target;
    return words_severity(option, at, &b->defaults.severity);
}

static int set_recheck(void *target, const struct config_option *option,
                       const struct source_location *at)
{
    struct group_builder *b = target;
    return words_duration(option, at, &b->defaults.recheck_ms, &b->defaults.recheck_unit);
}

static int set_min_age(void *target, const struct config_option *option,
                       const struct source_location *at)
{
    struct group_builder *b = target;
    return words_duration(option, at, &b->defaults.min_age_ms, &b->defaults.min_age_unit);
}

static int set_expire(void *target, const struct config_option *option,
                      const struct source_location *at)
{
    struct group_builder *b = target;
    b->has_expire = true;
    if (!template_is(b->group->name))
        return word_error(at, &option->key,
                          "only a group with %%{...} in its name expires");
    return words_duration(option, at, &b->group->expire_ms, &b->group->expire_unit);
}

static int set_undecided(void *target, const struct config_option *option,
                         const struct source_location *at)
{
    struct group_builder *b = target;
    const char *word;
    int r = words_one(option, at, &word);
    if (r < 0)
        return r;
    bool any = strcmp(word, "any") == 0;
    if (!any && strcmp(word, "likely") != 0)
        return word_error(at, &option->values[0], "undecided must be any or likely");
    selector_set_strict(b->group->selector, any);
    return 0;
}

static int refuse_measure(const struct source_word *word,
                          const struct source_location *at)
{
    const struct source_location here = word_location(at, word);
    struct suggest suggest = suggest_begin(word->text);
    for (size_t i = 0; measure_word(i); i++)
        suggest_offer(&suggest, measure_word(i));
    return suggest_error(&suggest, "value of measure", &here);
}

static int set_measure(void *target, const struct config_option *option,
                       const struct source_location *at)
{
    struct group_builder *b = target;
    int result = 0;
    if (option->n_values == 0)
        return location_error(at, option->key.text, "no value");
    for (size_t i = 0; i < option->n_values; i++) {
        uint32_t attribute = measure_attribute(option->values[i].text);
        if (attribute == 0)
            result = refuse_measure(&option->values[i], at);
        b->group->measure |= attribute;
    }
    return result;
}

static int set_include_self(void *target, const struct config_option *option,
                            const struct source_location *at)
{
    struct group_builder *b = target;
    return words_bool(option, at, &b->group->include_self);
}

static int set_enforcing(void *target, const struct config_option *option,
                         const struct source_location *at)
{
    struct group_builder *b = target;
    b->has_enforcing = true;
    return words_bool(option, at, &b->enforcing);
}

static const struct setter group_setters[] = {
    {"description", set_description},   {"count", set_count},
    {"severity", set_severity},         {"recheck", set_recheck},
    {"min-age", set_min_age},           {"expire", set_expire},
    {"measure", set_measure},           {"undecided", set_undecided},
    {"include-self", set_include_self}, {NULL, NULL},
};

static const struct setter security_setters[] = {
    {"enforcing", set_enforcing},
    {"description", set_description},
    {"severity", set_severity},
    {"recheck", set_recheck},
    {NULL, NULL},
};

static void read_criterion(struct loader *loader, struct selector *selector,
                           const struct config_option *option)
{
    const struct source_location at = loader_location(loader, &option->key);
    int r = links_add(selector, option->key.text, option->values, option->n_values, &at);
    loader_note(loader, r);
}

static void read_options(struct loader *loader, const struct setter *setters,
                         struct group_builder *b, const struct config_section *section)
{
    for (size_t i = 0; i < section->n_options; i++) {
        const struct config_option *option = &section->options[i];
        if (loader_refuses_again(loader, option))
            continue;
        if (loader_set(loader, setters, b, option) == -ENOENT && b->group->selector)
            read_criterion(loader, b->group->selector, option);
    }
}

static void read_block(struct loader *loader, struct selector *selector,
                       const struct config_section *section)
{
    const struct source_location at = loader_location(loader, &section->name);
    bool is_match = strcmp(section->kind, "match") == 0;
    if (section->n_options == 0) {
        if (!section->is_broken)
            loader_note(loader,
                        location_error(&at, section->kind, "the block has no criteria"));
        return;
    }
    loader_note(loader,
                selector_begin(selector, is_match ? SELECTOR_MATCH : SELECTOR_EXCEPT));
    for (size_t i = 0; i < section->n_options && loader->result != -ENOMEM; i++) {
        if (!loader_refuses_again(loader, &section->options[i]))
            read_criterion(loader, selector, &section->options[i]);
    }
}

static int add_count(const struct group_builder *b)
{
    struct condition *condition = group_add_condition(b->group, "count");
    if (!condition)
        return -ENOMEM;
    condition->metric = METRIC_COUNT;
    condition->range = b->count;
    condition->clear = b->count;
    condition->severity = b->defaults.severity;
    condition->recheck_ms = b->defaults.recheck_ms;
    condition->min_age_ms = b->defaults.min_age_ms;
    condition->recheck_unit = b->defaults.recheck_unit;
    condition->min_age_unit = b->defaults.min_age_unit;
    return 0;
}

/* By kind: the order of the conditions and blocks of each kind is that of the file. */
static void read_sections(struct loader *loader, const struct group_builder *b,
                          const struct config_section *section)
{
    static const char *const kinds[] = {"condition", "match", "except"};
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (size_t i = 0; i < section->n_sections && loader->result != -ENOMEM; i++) {
            const struct config_section *inner = &section->sections[i];
            if (strcmp(inner->kind, kinds[k]) != 0)
                continue;
            if (k == 0)
                config_read_condition(loader, b->group, &b->defaults, inner);
            else
                read_block(loader, b->group->selector, inner);
        }
    }
}

/* NULL where the name cannot be used; that was reported. */
static struct group *new_group(struct loader *loader,
                               const struct config_section *section)
{
    const struct source_location at = loader_location(loader, &section->name);
    const char *name = section->name.text;
    int r = words_text(name, "group's name", GROUP_NAME_MAX, &at);
    if (r == 0)
        r = check_variables(name, &at);
    const struct group *other = rules_find_group(loader->rules, name);
    if (r == 0 && other)
        r = location_error(&at, name, "the group is already defined in %s:%u",
                           other->file, other->line);
    loader_note(loader, r);
    if (r < 0)
        return NULL;
    struct group *group = rules_add_group(loader->rules, name);
    if (!group || rules_set_text(&group->file, loader->file) < 0) {
        loader_note(loader, -ENOMEM);
        return NULL;
    }
    group->line = section->name.position.line;
    return group;
}

static struct group_builder new_builder(const struct loader *loader, struct group *group)
{
    return (struct group_builder){
        .group = group,
        .defaults = {.severity = SEVERITY_CRITICAL,
                     .recheck_ms = loader->rules->recheck_ms,
                     .recheck_unit = loader->rules->recheck_unit},
    };
}

void config_read_group(struct loader *loader, const struct config_section *section)
{
    const struct source_location at = loader_location(loader, &section->name);
    struct group *group = new_group(loader, section);
    if (!group)
        return;
    struct group_builder b = new_builder(loader, group);
    group->selector = selector_create(loader->rules->id_names);
    if (!group->selector) {
        loader_note(loader, -ENOMEM);
        return;
    }
    read_options(loader, group_setters, &b, section);
    if (b.has_count)
        loader_note(loader, add_count(&b));
    read_sections(loader, &b, section);
    loader_note(loader, group_finish(group));
    loader_note(loader, selector_check(group->selector, &at));
    if (group->is_template && !b.has_expire)
        group->expire_ms = DEFAULT_EXPIRE_MS;
}

static int add_enforcing(const struct group_builder *b)
{
    struct condition *condition = group_add_condition(b->group, "enforcing");
    if (!condition || rules_set_text(&b->group->text, "enforcing = true") < 0)
        return -ENOMEM;
    condition->metric = METRIC_ENFORCING;
    condition->range = (struct range){.min = 1, .max = 1};
    condition->clear = condition->range;
    condition->severity = b->defaults.severity;
    condition->recheck_ms = b->defaults.recheck_ms;
    condition->recheck_unit = b->defaults.recheck_unit;
    return 0;
}

/* With `enforcing = false` the group exists and has no condition. */
void config_read_security(struct loader *loader, const struct config_section *section)
{
    const struct source_location at = loader_location(loader, &section->name);
    struct group *group = new_group(loader, section);
    if (!group)
        return;
    struct group_builder b = new_builder(loader, group);
    group->host = true;
    read_options(loader, security_setters, &b, section);
    if (!b.has_enforcing && !section->is_broken)
        loader_note(loader, location_error(&at, "security", "enforcing is not given"));
    if (b.enforcing)
        loader_note(loader, add_enforcing(&b));
}
