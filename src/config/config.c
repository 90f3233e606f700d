#include "config/config.h"

#include "base/num.h"
#include "base/text.h"
#include "config/files.h"
#include "config/internal.h"
#include "config/words.h"
#include "rule/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_MIN_MS   100
#define INTERVAL_MAX_MS   3600000
#define MAX_INSTANCES_MAX 1000000
#define USER_MAX          64

static int set_interval(void *target, const struct config_option *option,
                        const struct source_location *at)
{
    struct rules *rules = target;
    int64_t ms;
    char unit;
    int r = words_duration(option, at, &ms, &unit);
    if (r < 0)
        return r;
    if (ms < INTERVAL_MIN_MS || ms > INTERVAL_MAX_MS)
        return location_error(at, option->values[0].text,
                              "interval must be 0.1 to 3600 seconds");
    rules->interval_ms = ms;
    rules->interval_unit = unit;
    return 0;
}

static int set_recheck(void *target, const struct config_option *option,
                       const struct source_location *at)
{
    struct rules *rules = target;
    return words_duration(option, at, &rules->recheck_ms, &rules->recheck_unit);
}

static int set_user(void *target, const struct config_option *option,
                    const struct source_location *at)
{
    struct rules *rules = target;
    const char *word;
    int r = words_one(option, at, &word);
    if (r == 0)
        r = words_text(word, "user", USER_MAX, at);
    return r == 0 ? rules_set_text(&rules->user, word) : r;
}

static int set_max_instances(void *target, const struct config_option *option,
                             const struct source_location *at)
{
    struct rules *rules = target;
    const char *word;
    uint64_t value;
    int r = words_one(option, at, &word);
    if (r < 0)
        return r;
    if (num_parse_u64(word, MAX_INSTANCES_MAX, &value) < 0 || value == 0)
        return location_error(at, word, "max-instances must be 1 to %d",
                              MAX_INSTANCES_MAX);
    rules->max_instances = (size_t)value;
    return 0;
}

static int set_interpreters(void *target, const struct config_option *option,
                            const struct source_location *at)
{
    struct rules *rules = target;
    if (option->n_values == 0)
        return location_error(at, option->key.text, "no value");
    char **words = calloc(option->n_values + 1, sizeof(*words));
    int r = words ? 0 : -ENOMEM;
    for (size_t i = 0; i < option->n_values && r == 0; i++) {
        const struct source_word *word = &option->values[i];
        const struct source_location here = word_location(at, word);
        r = words_text(word->text, "name", GROUP_DESCRIPTION_MAX, &here);
        if (r == 0 && strchr(word->text, '/'))
            r = word_error(at, word, "an interpreter is a name, not a path");
        if (r == 0)
            r = rules_set_text(&words[i], word->text);
    }
    if (r < 0) {
        rules_free_words(words);
        return r;
    }
    rules_free_words(rules->interpreters);
    rules->interpreters = words;
    return 0;
}

static int set_publish_cmdline(void *target, const struct config_option *option,
                               const struct source_location *at)
{
    struct rules *rules = target;
    return words_bool(option, at, &rules->publish_cmdline);
}

/* Followed by files_read() already. */
static int set_include(void *target, const struct config_option *option,
                       const struct source_location *at)
{
    (void)target;
    (void)option;
    (void)at;
    return 0;
}

static const struct setter settings[] = {
    {"interval", set_interval},
    {"recheck", set_recheck},
    {"include", set_include},
    {"user", set_user},
    {"max-instances", set_max_instances},
    {"interpreters", set_interpreters},
    {"publish-cmdline", set_publish_cmdline},
    {NULL, NULL},
};

static void read_settings(struct loader *loader, const struct config_section *root)
{
    for (size_t i = 0; i < root->n_options; i++) {
        const struct config_option *option = &root->options[i];
        if (strcmp(option->key.text, "include") == 0 ||
            !loader_refuses_again(loader, option))
            (void)loader_set(loader, settings, loader->rules, option);
    }
}

/* The host's group comes after the others. */
static void read_groups(struct loader *loader, const struct config_section *root)
{
    for (size_t i = 0; i < root->n_sections; i++)
        if (strcmp(root->sections[i].kind, "group") == 0)
            config_read_group(loader, &root->sections[i]);
    for (size_t i = 0; i < root->n_sections; i++)
        if (strcmp(root->sections[i].kind, "security") == 0)
            config_read_security(loader, &root->sections[i]);
}

/* All settings come before the first group: it may need a default from a later file. */
static void read_all(struct loader *loader, const struct files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        loader->file = files->list[i].path;
        read_settings(loader, &files->list[i].text.root);
    }
    for (size_t i = 0; i < files->n; i++) {
        loader->file = files->list[i].path;
        read_groups(loader, &files->list[i].text.root);
    }
}

static int load(const struct files *files, const char *file, struct diag *diag,
                struct rules **ret_rules)
{
    struct loader loader = {rules_create(), file, diag, 0};
    if (!loader.rules)
        return -ENOMEM;
    loader_note(&loader, rules_set_text(&loader.rules->file, file));
    read_all(&loader, files);
    if (loader.result < 0) {
        rules_destroy(loader.rules);
        return loader.result;
    }
    *ret_rules = loader.rules;
    return 0;
}

int config_load(const char *file, struct diag *diag, struct rules **ret_rules)
{
    struct files files = {0};
    struct rules *rules = NULL;
    size_t n_before = diag_count(diag);
    int r = files_read(&files, file, diag);
    if (r == 0)
        r = load(&files, file, diag, &rules);
    files_free(&files);
    if (r == 0 && diag_count(diag) > n_before)
        r = -EINVAL;
    if (r < 0) {
        rules_destroy(rules);
        return r;
    }
    *ret_rules = rules;
    return 0;
}
