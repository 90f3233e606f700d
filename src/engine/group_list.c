#include "base/map.h"
#include "engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int group_list_init(struct group_list *groups, size_t n_rules)
{
    *groups = (struct group_list){.by_index = map_create(),
                                  .by_name = map_create(),
                                  .rule_state =
                                      calloc(n_rules + 1, sizeof(*groups->rule_state))};
    if (groups->by_index && groups->by_name && groups->rule_state)
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
    map_destroy(groups->by_name);
    free(groups->rule_state);
    *groups = (struct group_list){0};
}

static uint64_t hash_of(const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

/* Names come from processes too: two may be made to have one hash. The first of them is
 * in the map; once that has happened the list is walked. */
struct group_state *group_list_find_name(const struct group_list *groups,
                                         const char *name)
{
    struct group_state *g = map_get(groups->by_name, hash_of(name));
    if (g && strcmp(g->name, name) == 0)
        return g;
    for (size_t i = 0; groups->has_twins && i < groups->n; i++)
        if (strcmp(groups->list[i]->name, name) == 0)
            return groups->list[i];
    return NULL;
}

struct group_state *group_list_find(const struct group_list *groups, uint32_t index)
{
    return map_get(groups->by_index, index);
}

int group_list_add(struct group_list *groups, struct group_state *gstate)
{
    if (groups->n == groups->cap) {
        size_t cap = groups->cap ? groups->cap * 2 : 32;
        struct group_state **grown =
            reallocarray(groups->list, cap, sizeof(struct group_state *));
        if (!grown)
            return -ENOMEM;
        groups->list = grown;
        groups->cap = cap;
    }
    uint64_t hash = hash_of(gstate->name);
    if (map_put(groups->by_index, gstate->index, gstate) < 0)
        return -ENOMEM;
    if (map_get(groups->by_name, hash)) {
        groups->has_twins = true;
    } else if (map_put(groups->by_name, hash, gstate) < 0) {
        map_remove(groups->by_index, gstate->index);
        return -ENOMEM;
    }
    struct rule_state *rule = &groups->rule_state[gstate->rule_number];
    rule->n_gstates++;
    if (!gstate->rule->is_template)
        rule->fixed = gstate;
    groups->list[groups->n++] = gstate;
    return 0;
}

void group_list_drop(struct group_list *groups, struct group_state *gstate)
{
    uint64_t hash = hash_of(gstate->name);
    map_remove(groups->by_index, gstate->index);
    if (map_get(groups->by_name, hash) == gstate)
        map_remove(groups->by_name, hash);
    groups->rule_state[gstate->rule_number].n_gstates--;
    group_state_destroy(gstate);
}
