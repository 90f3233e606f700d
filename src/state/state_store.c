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
    store->max_index = STATE_INDEX_MAX;
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
        free(store->entries[i]->reason);
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
    free(entry->reason);
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

/* The position of the first entry with this index or a higher one. */
static size_t position(const struct state_store *store, uint32_t index)
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
    return low;
}

/* The first index from `from` on that no entry has; 0 = none. */
static uint32_t free_index(const struct state_store *store, uint32_t from)
{
    size_t at = position(store, from);
    for (; at < store->n_entries && store->entries[at]->index == from; at++)
        from++;
    return from <= store->max_index ? from : 0;
}

/* Forgets the name that has been without a row the longest and returns its index; 0 =
 * there is none. */
static uint32_t take_oldest(struct state_store *store)
{
    size_t found = store->n_entries;
    for (size_t i = 0; i < store->n_entries; i++) {
        const struct state_entry *e = store->entries[i];
        if (e->retired && e->admin == GROUP_MONITORED &&
            (found == store->n_entries || e->retired < store->entries[found]->retired))
            found = i;
    }
    if (found == store->n_entries)
        return 0;
    uint32_t index = store->entries[found]->index;
    forget(store, store->entries[found]);
    store->n_entries--;
    memmove(store->entries + found, store->entries + found + 1,
            (store->n_entries - found) * sizeof(struct state_entry *));
    return index;
}

/* The search goes on where the last one ended, also over a restart: after the highest
 * index an index that has become free is not used again soon. */
static uint32_t choose_index(struct state_store *store)
{
    uint32_t index = free_index(store, store->next_index);
    if (index)
        return index;
    store->reuses = true;
    index = free_index(store, 1);
    return index ? index : take_oldest(store);
}

static int entry_for(struct state_store *store, const char *name,
                     struct state_entry **ret_entry)
{
    struct state_entry *entry = find(store, name);
    if (!entry) {
        uint32_t index = choose_index(store);
        if (!index)
            return -ENOSPC;
        entry = state_insert(store, name, index);
        if (!entry)
            return -ENOMEM;
        store->next_index = index + 1;
        store->dirty = true;
    }
    *ret_entry = entry;
    return 0;
}

int state_group_index(struct state_store *store, const char *name, uint32_t *ret_index)
{
    struct state_entry *entry;
    int r = entry_for(store, name, &entry);
    if (r < 0)
        return r;
    set_retired(store, entry, false);
    *ret_index = entry->index;
    return 0;
}

bool state_reuses_indexes(const struct state_store *store)
{
    return store->reuses;
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

static const struct state_condition *find_condition(const struct state_entry *entry,
                                                    const char *name, uint32_t index)
{
    for (size_t i = 0; i < entry->n_conditions; i++)
        if (name ? strcmp(entry->conditions[i].name, name) == 0
                 : entry->conditions[i].index == index)
            return &entry->conditions[i];
    return NULL;
}

/* After the highest index those that no condition has. 0 = none. */
static uint32_t choose_condition_index(const struct state_store *store,
                                       const struct state_entry *entry)
{
    if (entry->last_condition < store->max_index)
        return entry->last_condition + 1;
    uint32_t index = 1;
    while (index <= store->max_index && find_condition(entry, NULL, index))
        index++;
    return index <= store->max_index ? index : 0;
}

int state_condition_index(struct state_store *store, const char *group,
                          const char *condition, uint32_t *ret_index)
{
    struct state_entry *entry;
    int r = entry_for(store, group, &entry);
    if (r < 0)
        return r;
    const struct state_condition *found = find_condition(entry, condition, 0);
    if (!found) {
        uint32_t index = choose_condition_index(store, entry);
        if (!index)
            return -ENOSPC;
        found = state_insert_condition(store, entry, condition, index);
        if (!found)
            return -ENOMEM;
        store->dirty = true;
    }
    *ret_index = found->index;
    return 0;
}

static struct state_entry *by_index(const struct state_store *store, uint32_t index)
{
    size_t at = position(store, index);
    if (at < store->n_entries && store->entries[at]->index == index)
        return store->entries[at];
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

struct group_admin_term state_admin_term(const struct state_store *store,
                                         const char *name)
{
    const struct state_entry *entry = find(store, name);
    return (struct group_admin_term){.until_ms = entry ? entry->until_ms : 0,
                                     .reason =
                                         entry && entry->reason ? entry->reason : ""};
}

int state_set_admin(struct state_store *store, const char *name, enum group_admin admin,
                    const struct group_admin_term *term)
{
    struct state_entry *entry;
    char *reason = strdup(term->reason);
    int r = reason ? entry_for(store, name, &entry) : -ENOMEM;
    if (r < 0) {
        free(reason);
        return r;
    }
    store->dirty |= entry->admin != admin || entry->until_ms != term->until_ms ||
                    strcmp(entry->reason ? entry->reason : "", reason) != 0;
    free(entry->reason);
    entry->reason = reason;
    entry->until_ms = term->until_ms;
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

uint64_t state_coming_event(const struct state_store *store)
{
    return store->next_event + !(store->next_event & UINT32_MAX);
}

uint64_t state_next_event(struct state_store *store)
{
    store->next_event = state_coming_event(store);
    if (store->next_event + 2 >= store->reserved_to) {
        store->reserved_to = store->next_event + STATE_BLOCK;
        store->dirty = true;
    }
    return store->next_event++;
}

void state_continue_at(struct state_store *store, uint64_t number)
{
    store->next_event = number;
}

uint64_t state_reserved(const struct state_store *store)
{
    return store->reserved_to;
}

bool state_is_dirty(const struct state_store *store)
{
    return store->dirty;
}

void state_set_dirty(struct state_store *store)
{
    store->dirty = true;
}
