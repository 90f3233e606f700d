#include "engine/group_list.h"

#include "base/array.h"
#include "base/map.h"
#include "base/strmap.h"
#include "engine/group_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int group_list_init(struct group_list *groups, size_t n_rules)
{
    *groups = (struct group_list){
        .by_index = map_create(),
        .by_name = strmap_create(),
        .rule_states = calloc(n_rules + 1, sizeof(*groups->rule_states)),
        .n_rules = n_rules,
    };
    if (groups->by_index && groups->by_name && groups->rule_states)
        return 0;
    group_list_destroy(groups);
    return -ENOMEM;
}

void group_list_destroy(struct group_list *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        group_state_destroy(groups->list[i]);
    free(groups->list);
    map_destroy(groups->by_index);
    strmap_destroy(groups->by_name);
    for (size_t i = 0; groups->rule_states && i < groups->n_rules; i++)
        free(groups->rule_states[i].refused);
    free(groups->rule_states);
    *groups = (struct group_list){0};
}

struct group_state *group_list_find_name(const struct group_list *groups,
                                         const char *name)
{
    return strmap_get(groups->by_name, name);
}

struct group_state *group_list_find(const struct group_list *groups, uint32_t index)
{
    return map_get(groups->by_index, index);
}

int group_list_add(struct group_list *groups, struct group_state *group)
{
    struct group_state **list =
        array_grow(groups->list, groups->n, sizeof(struct group_state *));
    if (!list)
        return -ENOMEM;
    groups->list = list;
    if (map_put(groups->by_index, group->index, group) < 0)
        return -ENOMEM;
    if (strmap_add(groups->by_name, group->name, group) < 0) {
        map_remove(groups->by_index, group->index);
        return -ENOMEM;
    }
    struct rule_state *rule = &groups->rule_states[group->rule_number];
    rule->n_groups++;
    if (!group->rule->is_template)
        rule->fixed = group;
    size_t at = groups->n++;
    for (; at > 0 && list[at - 1]->index > group->index; at--)
        list[at] = list[at - 1];
    list[at] = group;
    return 0;
}

void group_list_begin_cycle(struct rule_state *rule)
{
    memset(rule->unassigned, 0, sizeof(rule->unassigned));
    free(rule->refused);
    rule->refused = NULL;
}

int group_list_refuse(struct group_list *groups, uint32_t rule_number, const char *name)
{
    struct rule_state *rule = &groups->rule_states[rule_number];
    rule->unassigned[UNASSIGNED_INDEX]++;
    if (!rule->refused)
        rule->refused = strdup(name);
    return rule->refused ? 0 : -ENOMEM;
}

void group_list_forget_members(const struct group_list *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        group_state_forget_members(groups->list[i]);
}

void group_list_drop(struct group_list *groups, struct group_state *group)
{
    map_remove(groups->by_index, group->index);
    strmap_remove(groups->by_name, group->name);
    groups->rule_states[group->rule_number].n_groups--;
    group_state_destroy(group);
}

static int compare_rows(const void *a, const void *b)
{
    const struct group_state *const *x = a, *const *y = b;
    return ((*x)->index > (*y)->index) - ((*x)->index < (*y)->index);
}

void group_list_sort(struct group_state **list, size_t n)
{
    size_t sorted = 1;
    while (sorted < n && list[sorted - 1]->index < list[sorted]->index)
        sorted++;
    if (sorted < n)
        qsort(list, n, sizeof(*list), compare_rows);
}
