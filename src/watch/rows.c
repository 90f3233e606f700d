#include "base/map.h"
#include "watch/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int rows_init(struct rows *rows, size_t n_rules)
{
    *rows = (struct rows){.by_index = map_create(),
                          .by_name = map_create(),
                          .rule_state = calloc(n_rules + 1, sizeof(*rows->rule_state))};
    if (rows->by_index && rows->by_name && rows->rule_state)
        return 0;
    rows_destroy(rows);
    return -ENOMEM;
}

void rows_destroy(struct rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        instance_destroy(rows->list[i]);
    free(rows->list);
    map_destroy(rows->by_index);
    map_destroy(rows->by_name);
    free(rows->rule_state);
    *rows = (struct rows){0};
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
struct instance *rows_find_name(const struct rows *rows, const char *name)
{
    struct instance *g = map_get(rows->by_name, hash_of(name));
    if (g && strcmp(g->name, name) == 0)
        return g;
    for (size_t i = 0; rows->has_twins && i < rows->n; i++)
        if (strcmp(rows->list[i]->name, name) == 0)
            return rows->list[i];
    return NULL;
}

struct instance *rows_find(const struct rows *rows, uint32_t index)
{
    return map_get(rows->by_index, index);
}

int rows_add(struct rows *rows, struct instance *instance)
{
    if (rows->n == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : 32;
        struct instance **grown =
            reallocarray(rows->list, cap, sizeof(struct instance *));
        if (!grown)
            return -ENOMEM;
        rows->list = grown;
        rows->cap = cap;
    }
    uint64_t hash = hash_of(instance->name);
    if (map_put(rows->by_index, instance->index, instance) < 0)
        return -ENOMEM;
    if (map_get(rows->by_name, hash)) {
        rows->has_twins = true;
    } else if (map_put(rows->by_name, hash, instance) < 0) {
        map_remove(rows->by_index, instance->index);
        return -ENOMEM;
    }
    struct rule_state *rule = &rows->rule_state[instance->rule_number];
    rule->n_instances++;
    if (!instance->rule->is_template)
        rule->fixed = instance;
    rows->list[rows->n++] = instance;
    return 0;
}

void rows_drop(struct rows *rows, struct instance *instance)
{
    uint64_t hash = hash_of(instance->name);
    map_remove(rows->by_index, instance->index);
    if (map_get(rows->by_name, hash) == instance)
        map_remove(rows->by_name, hash);
    rows->rule_state[instance->rule_number].n_instances--;
    instance_destroy(instance);
}
