#include "cli/hogs.h"

#include "base/diag.h"
#include "base/text.h"
#include "rule/metrics.h"
#include "rule/rules.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ allow lists */

static int add_word(char ***words, size_t *n, const char *text, size_t len)
{
    char **grown = reallocarray(*words, *n + 1, sizeof(**words));
    if (!grown)
        return -ENOMEM;
    *words = grown;
    grown[*n] = text_copy(text, len);
    if (!grown[*n])
        return -ENOMEM;
    (*n)++;
    return 0;
}

int hogs_allow(char ***words, size_t *n, const char *list)
{
    for (;;) {
        size_t len = strcspn(list, ",");
        int r = len ? add_word(words, n, list, len) : -EINVAL;
        if (r < 0 || !list[len])
            return r;
        list += len + 1;
    }
}

static void free_words(char **words, size_t n)
{
    while (n)
        free(words[--n]);
    free(words);
}

void hogs_free(struct hogs *hogs)
{
    free_words(hogs->users, hogs->n_users);
    free_words(hogs->names, hogs->n_names);
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
    struct group *group = rules_add_group(rules);
    if (!group || rules_set_text(&group->name, name) < 0)
        return -ENOMEM;
    *ret_group = group;
    return 0;
}

static int add_except(struct selector *selector, const char *key, char *const *words,
                      size_t n, struct diag *diag)
{
    if (!n)
        return 0;
    int r = selector_begin(selector, SELECTOR_EXCEPT);
    return r < 0
               ? r
               : selector_add(selector, key, (const char *const *)words, n, "", 0, diag);
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
    group->selector = selector_create();
    struct condition *c = group_add_condition(group, metric_info(hog->metric)->name);
    if (!group->selector || !c)
        return -ENOMEM;
    c->metric = hog->metric;
    c->each = true;
    c->range.max = c->clear.max = hog->max;
    c->min_age_ms = hog->min_age_ms;
    r = add_except(group->selector, "user", hogs->users, hogs->n_users, diag);
    if (r == 0)
        r = add_except(group->selector, "name", hogs->names, hogs->n_names, diag);
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
    c->range = c->clear = (struct range){1, 1};
    return 0;
}

int hogs_add(const struct hogs *hogs, struct rules *rules, struct diag *diag)
{
    const struct hog list[] = {
        {"cpu-max", METRIC_CPU, hogs->cpu_max, 0},
        {"cpu-lifetime-max", METRIC_CPU_LIFETIME, hogs->lifetime_max, hogs->min_age_ms},
    };
    int r = 0;
    for (size_t i = 0; i < 2 && r == 0; i++)
        if (list[i].max >= 0)
            r = add_hog(hogs, &list[i], rules, diag);
    return r == 0 && hogs->enforcing ? add_enforcing(rules, diag) : r;
}
