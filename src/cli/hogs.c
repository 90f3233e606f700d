#include "cli/hogs.h"

#include "base/source_location.h"
#include "base/text.h"
#include "rule/metrics.h"
#include "rule/rules.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ exempt lists */

int hogs_exempt(struct hogs_list *list, const char *words)
{
    for (;;) {
        size_t len = strcspn(words, ",");
        if (!len)
            return -EINVAL;
        char **grown = reallocarray(list->words, list->n + 1, sizeof(char *));
        if (!grown)
            return -ENOMEM;
        list->words = grown;
        grown[list->n] = text_copy(words, len);
        if (!grown[list->n])
            return -ENOMEM;
        list->n++;
        if (!words[len])
            return 0;
        words += len + 1;
    }
}

static void free_list(struct hogs_list *list)
{
    while (list->n)
        free(list->words[--list->n]);
    free(list->words);
}

void hogs_free(struct hogs *hogs)
{
    free_list(&hogs->users);
    free_list(&hogs->names);
    *hogs = (struct hogs)HOGS_NONE;
}

/* ------------------------------------------------------------ groups */

static int add_group(struct rules *rules, const char *name, struct diag *diag,
                     struct group **ret_group)
{
    if (rules_find_group(rules, name)) {
        diag_add(diag, "", 0, name, "a group of the configuration has this name");
        return -EINVAL;
    }
    struct group *group = rules_add_group(rules, name);
    if (!group)
        return -ENOMEM;
    *ret_group = group;
    return 0;
}

static int add_except(struct selector *selector, const char *key,
                      const struct hogs_list *list, struct diag *diag)
{
    if (!list->n)
        return 0;
    const struct source_location at = {.file = "", .diag = diag};
    int r = selector_begin(selector, SELECTOR_EXCEPT);
    for (size_t i = 0; i < list->n && r != -ENOMEM; i++) {
        const struct source_word word = {.text = list->words[i]};
        int wrong = selector_add(selector, key, &word, 1, &at);
        r = wrong < 0 ? wrong : r;
    }
    return r;
}

struct hog {
    const char *name;
    enum metric metric;
    double max;
    int64_t min_age_ms;
};

static int add_hog(const struct hogs *hogs, const struct hog *hog, struct rules *rules,
                   struct diag *diag)
{
    struct group *group;
    int r = add_group(rules, hog->name, diag, &group);
    if (r < 0)
        return r;
    group->selector = selector_create(NULL);
    struct condition *c = group_add_condition(group, metric_info(hog->metric)->name);
    if (!group->selector || !c)
        return -ENOMEM;
    c->metric = hog->metric;
    c->each = true;
    c->range.max = c->clear.max = hog->max;
    c->min_age_ms = hog->min_age_ms;
    r = add_except(group->selector, "user", &hogs->users, diag);
    if (r == 0)
        r = add_except(group->selector, "name", &hogs->names, diag);
    return r < 0 ? r : group_finish(group);
}

static int add_enforcing(struct rules *rules, struct diag *diag)
{
    struct group *group;
    int r = add_group(rules, "security", diag, &group);
    if (r < 0)
        return r;
    group->host = true;
    struct condition *c = group_add_condition(group, "enforcing");
    if (!c || rules_set_text(&group->text, "enforcing = true") < 0)
        return -ENOMEM;
    c->metric = METRIC_ENFORCING;
    c->range = c->clear = (struct range){.min = 1, .max = 1};
    return 0;
}

int hogs_add(const struct hogs *hogs, struct rules *rules, struct diag *diag)
{
    const struct hog list[] = {
        {"cpu-max", METRIC_CPU, hogs->cpu_max, 0},
        {"cpu-lifetime-max", METRIC_CPU_LIFETIME, hogs->lifetime_max,
         (int64_t)(hogs->min_age * 1000)},
    };
    int r = 0;
    for (size_t i = 0; i < 2 && r == 0; i++)
        if (list[i].max >= 0)
            r = add_hog(hogs, &list[i], rules, diag);
    return r == 0 && hogs->enforcing ? add_enforcing(rules, diag) : r;
}
