#include "engine/rule_index.h"

#include "rule/rules.h"
#include "select/candidates.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>

static int add_rule(struct rule_index *index, const struct group *rule, uint32_t number)
{
    if (rule->is_template)
        index->templates[index->n_templates++] = number;
    if (!rule->selector)
        return 0;
    unsigned changes = selector_changes(rule->selector);
    index->changes |= changes;
    return candidates_add(changes ? index->unsettled : index->lasting, rule->selector,
                          number);
}

int rule_index_init(struct rule_index *index, const struct rules *rules)
{
    *index = (struct rule_index){
        .lasting = candidates_create(),
        .unsettled = candidates_create(),
        .attributes = rules_attributes(rules),
        .templates = calloc(rules->n_groups + 1, sizeof(*index->templates)),
    };
    int r = index->lasting && index->unsettled && index->templates ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < rules->n_groups && r == 0; i++)
        r = add_rule(index, &rules->groups[i], i);
    if (r < 0)
        rule_index_destroy(index);
    return r;
}

void rule_index_destroy(struct rule_index *index)
{
    candidates_destroy(index->lasting);
    candidates_destroy(index->unsettled);
    free(index->templates);
    *index = (struct rule_index){0};
}
