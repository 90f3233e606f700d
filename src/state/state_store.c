#include "state/state_store.h"

#include "base/strmap.h"
#include "base/strpool.h"
#include "state/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct state_store *state_create(void)
{
    struct state_store *store = calloc(1, sizeof(*store));
    if (!store)
        return NULL;
    store->notify_on = true;
    store->next_index = 1;
    store->next_event = 1;
    store->by_name = strmap_create();
    store->names = strpool_create();
    if (!store->by_name || !store->names) {
        state_destroy(store);
        return NULL;
    }
    return store;
}

void state_destroy(struct state_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->n_entries; i++) {
        free(store->entries[i]->conditions);
        free(store->entries[i]);
    }
    free(store->entries);
    strmap_destroy(store->by_name);
    strpool_destroy(store->names);
    free(store);
}

static struct state_entry *find(const struct state_store *store, const char *name)
{
    return strmap_get(store->by_name, name);
}

bool state_has(const struct state_store *store, const char *name)
{
    return find(store, name);
}

struct state_entry *state_insert(struct state_store *store, const char *name,
                                 uint32_t index)
{
    struct state_entry **grown =
        reallocarray(store->entries, store->n_entries + 1, sizeof(struct state_entry *));
    if (!grown)
        return NULL;
    store->entries = grown;
    struct state_entry *entry = calloc(1, sizeof(*entry));
    const char *pooled = strpool_get(store->names, name, strlen(name));
    if (!entry || !pooled || strmap_add(store->by_name, pooled, entry) < 0) {
        strpool_put(store->names, pooled);
        free(entry);
        return NULL;
    }
    entry->name = pooled;
    entry->index = index;
    entry->admin = GROUP_MONITORED;
    /* Ascending by index; entries of a file may come in any order. */
    size_t at = store->n_entries++;
    for (; at > 0 && grown[at - 1]->index > index; at--)
        grown[at] = grown[at - 1];
    grown[at] = entry;
    if (index >= store->next_index)
        store->next_index = index + 1;
    return entry;
}

static void set_retired(struct state_store *store, struct state_entry *entry,
                        bool retired)
{
    store->n_retired -= entry->retired != 0;
    entry->retired = retired ? ++store->last_retired : 0;
    store->n_retired += retired;
}

static void forget(struct state_store *store, struct state_entry *entry)
{
    store->n_retired--;
    strmap_remove(store->by_name, entry->name);
    strpool_put(store->names, entry->name);
    for (size_t i = 0; i < entry->n_conditions; i++)
        strpool_put(store->names, entry->conditions[i].name);
    free(entry->conditions);
    free(entry);
}

static size_t count_retired_since(const struct state_store *store, uint64_t stamp)
{
    size_t n = 0;
    for (size_t i = 0; i < store->n_entries; i++)
        n += store->entries[i]->retired >= stamp;
    return n;
}

/* Forgets the names that have been without a row the longest: a quarter of the maximum at
 * once, so that it is seldom done. */
static void forget_some(struct state_store *store)
{
    uint64_t low = 0, high = store->last_retired; /* the first that is kept */
    size_t kept = 0;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (count_retired_since(store, middle) >= STATE_RETIRED / 4 * 3)
            low = middle;
        else
            high = middle - 1;
    }
    for (size_t i = 0; i < store->n_entries; i++) {
        struct state_entry *entry = store->entries[i];
        if (entry->retired && entry->retired < low && entry->admin == GROUP_MONITORED)
            forget(store, entry);
        else
            store->entries[kept++] = entry;
    }
    store->n_entries = kept;
    store->dirty = true;
}

void state_retire(struct state_store *store, const char *name)
{
    struct state_entry *entry = find(store, name);
    if (!entry)
        return;
    set_retired(store, entry, true);
    if (store->n_retired > STATE_RETIRED)
        forget_some(store);
}

void state_retire_all(struct state_store *store)
{
    for (size_t i = 0; i < store->n_entries; i++)
        set_retired(store, store->entries[i], true);
}

static struct state_entry *entry_for(struct state_store *store, const char *name)
{
    struct state_entry *entry = find(store, name);
    if (entry)
        return entry;
    if (store->next_index > STATE_INDEX_MAX)
        return NULL;
    entry = state_insert(store, name, store->next_index);
    if (entry)
        store->dirty = true;
    return entry;
}

uint32_t state_group_index(struct state_store *store, const char *name)
{
    struct state_entry *entry = entry_for(store, name);
    if (!entry)
        return 0;
    set_retired(store, entry, false);
    return entry->index;
}

struct state_condition *state_insert_condition(struct state_store *store,
                                               struct state_entry *entry,
                                               const char *name, uint32_t index)
{
    struct state_condition *grown =
        reallocarray(entry->conditions, entry->n_conditions + 1, sizeof(*grown));
    if (!grown)
        return NULL;
    entry->conditions = grown;
    const char *pooled = strpool_get(store->names, name, strlen(name));
    if (!pooled)
        return NULL;
    grown[entry->n_conditions] = (struct state_condition){pooled, index};
    if (index > entry->last_condition)
        entry->last_condition = index;
    return &grown[entry->n_conditions++];
}

uint32_t state_condition_index(struct state_store *store, const char *group,
                               const char *condition)
{
    struct state_entry *entry = entry_for(store, group);
    if (!entry)
        return 0;
    for (size_t i = 0; i < entry->n_conditions; i++)
        if (strcmp(entry->conditions[i].name, condition) == 0)
            return entry->conditions[i].index;
    if (entry->last_condition >= STATE_INDEX_MAX)
        return 0;
    const struct state_condition *added =
        state_insert_condition(store, entry, condition, entry->last_condition + 1);
    if (!added)
        return 0;
    store->dirty = true;
    return added->index;
}

static struct state_entry *by_index(const struct state_store *store, uint32_t index)
{
    size_t low = 0;
    size_t high = store->n_entries;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (store->entries[mid]->index < index)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < store->n_entries && store->entries[low]->index == index)
        return store->entries[low];
    return NULL;
}

const char *state_name(const struct state_store *store, uint32_t index)
{
    const struct state_entry *entry = by_index(store, index);
    return entry ? entry->name : NULL;
}

enum group_admin state_admin(const struct state_store *store, const char *name)
{
    const struct state_entry *entry = find(store, name);
    return entry ? entry->admin : GROUP_MONITORED;
}

int state_set_admin(struct state_store *store, const char *name, enum group_admin admin)
{
    struct state_entry *entry = entry_for(store, name);
    if (!entry)
        return -ENOMEM;
    if (entry->admin != admin)
        store->dirty = true;
    entry->admin = admin;
    return 0;
}

bool state_notify_on(const struct state_store *store)
{
    return store->notify_on;
}

void state_set_notify(struct state_store *store, bool on)
{
    if (store->notify_on != on)
        store->dirty = true;
    store->notify_on = on;
}

uint64_t state_next_event(struct state_store *store)
{
    if (store->next_event >= store->reserved_to) {
        store->reserved_to = store->next_event + STATE_BLOCK;
        store->dirty = true;
    }
    return store->next_event++;
}

bool state_is_dirty(const struct state_store *store)
{
    return store->dirty;
}

void state_set_dirty(struct state_store *store)
{
    store->dirty = true;
}
