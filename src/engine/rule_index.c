#include "engine/rule_index.h"

#include "rule/metrics.h"
#include "rule/rules.h"
#include "rule/template.h"
#include "select/candidates.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>

static bool is_value(enum metric metric)
{
    enum metric_kind kind = metric_info(metric)->kind;
    return kind == METRIC_LEVEL || kind == METRIC_RATE || metric == METRIC_BLOCKED;
}

/* A process may be moved to another cgroup or change its context at any time. */
static bool is_judged(const struct group *rule)
{
    const uint32_t moves = PROCESS_CGROUP | PROCESS_LABEL;
    uint32_t attributes = rule->selector ? selector_attributes(rule->selector) : 0;
    if (rule->is_template)
        attributes |= template_attributes(rule->name);
    bool judged = (attributes & moves) != 0 || rule->measure != 0;
    for (size_t i = 0; i < rule->n_conditions && !judged; i++)
        judged = is_value(rule->conditions[i].metric);
    return judged;
}

static int add_rule(struct rule_index *index, const struct group *rule, uint32_t number)
{
    index->is_judged[number] = is_judged(rule);
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
        .is_judged = calloc(rules->n_groups + 1, sizeof(*index->is_judged)),
    };
    bool complete =
        index->lasting && index->unsettled && index->templates && index->is_judged;
    int r = complete ? 0 : -ENOMEM;
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
    free(index->is_judged);
    *index = (struct rule_index){0};
}
