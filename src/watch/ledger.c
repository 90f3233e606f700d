#include "watch/ledger.h"

#include "base/map.h"
#include "base/strpool.h"
#include "watch/ledger_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ledger *ledger_create(void)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    if (!ledger)
        return NULL;
    ledger->notify_on = true;
    ledger->next_index = 1;
    ledger->next_event = 1;
    ledger->by_name = map_create();
    ledger->names = strpool_create();
    if (!ledger->by_name || !ledger->names) {
        ledger_destroy(ledger);
        return NULL;
    }
    return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
    if (!ledger)
        return;
    for (size_t i = 0; i < ledger->n_entries; i++) {
        free(ledger->entries[i]->conditions);
        free(ledger->entries[i]);
    }
    free(ledger->entries);
    map_destroy(ledger->by_name);
    strpool_destroy(ledger->names);
    free(ledger);
}

static uint64_t key_of(const char *pooled)
{
    return (uint64_t)(uintptr_t)pooled;
}

static struct ledger_entry *find(const struct ledger *ledger, const char *name)
{
    /* A name is one pointer in the pool; a new one is put back there. */
    const char *pooled = strpool_get(ledger->names, name, strlen(name));
    if (!pooled)
        return NULL;
    struct ledger_entry *entry = map_get(ledger->by_name, key_of(pooled));
    strpool_put(ledger->names, pooled);
    return entry;
}

bool ledger_has(const struct ledger *ledger, const char *name)
{
    return find(ledger, name);
}

struct ledger_entry *ledger_insert(struct ledger *ledger, const char *name,
                                   uint32_t index)
{
    struct ledger_entry **grown = reallocarray(ledger->entries, ledger->n_entries + 1,
                                               sizeof(struct ledger_entry *));
    if (!grown)
        return NULL;
    ledger->entries = grown;
    struct ledger_entry *entry = calloc(1, sizeof(*entry));
    const char *pooled = strpool_get(ledger->names, name, strlen(name));
    if (!entry || !pooled || map_put(ledger->by_name, key_of(pooled), entry) < 0) {
        strpool_put(ledger->names, pooled);
        free(entry);
        return NULL;
    }
    entry->name = pooled;
    entry->index = index;
    entry->admin = GROUP_MONITORED;
    /* Ascending by index: one read from a file may come anywhere. */
    size_t at = ledger->n_entries++;
    for (; at > 0 && grown[at - 1]->index > index; at--)
        grown[at] = grown[at - 1];
    grown[at] = entry;
    if (index >= ledger->next_index)
        ledger->next_index = index + 1;
    return entry;
}

static void set_retired(struct ledger *ledger, struct ledger_entry *entry, bool retired)
{
    ledger->n_retired -= entry->retired != 0;
    entry->retired = retired ? ++ledger->last_retired : 0;
    ledger->n_retired += retired;
}

static void forget(struct ledger *ledger, struct ledger_entry *entry)
{
    ledger->n_retired--;
    map_remove(ledger->by_name, key_of(entry->name));
    strpool_put(ledger->names, entry->name);
    for (size_t i = 0; i < entry->n_conditions; i++)
        strpool_put(ledger->names, entry->conditions[i].name);
    free(entry->conditions);
    free(entry);
}

static size_t count_retired_since(const struct ledger *ledger, uint64_t stamp)
{
    size_t n = 0;
    for (size_t i = 0; i < ledger->n_entries; i++)
        n += ledger->entries[i]->retired >= stamp;
    return n;
}

/* Of too many the first that went: a quarter at once, so that it is seldom done. */
static void forget_some(struct ledger *ledger)
{
    uint64_t low = 0, high = ledger->last_retired; /* the first stamp that stays */
    size_t kept = 0;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (count_retired_since(ledger, middle) >= LEDGER_RETIRED / 4 * 3)
            low = middle;
        else
            high = middle - 1;
    }
    for (size_t i = 0; i < ledger->n_entries; i++) {
        struct ledger_entry *entry = ledger->entries[i];
        if (entry->retired && entry->retired < low && entry->admin == GROUP_MONITORED)
            forget(ledger, entry);
        else
            ledger->entries[kept++] = entry;
    }
    ledger->n_entries = kept;
    ledger->dirty = true;
}

void ledger_retire(struct ledger *ledger, const char *name)
{
    struct ledger_entry *entry = find(ledger, name);
    if (!entry)
        return;
    set_retired(ledger, entry, true);
    if (ledger->n_retired > LEDGER_RETIRED)
        forget_some(ledger);
}

void ledger_retire_all(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->n_entries; i++)
        set_retired(ledger, ledger->entries[i], true);
}

static struct ledger_entry *entry_for(struct ledger *ledger, const char *name)
{
    struct ledger_entry *entry = find(ledger, name);
    if (entry)
        return entry;
    if (ledger->next_index > LEDGER_INDEX_MAX)
        return NULL;
    entry = ledger_insert(ledger, name, ledger->next_index);
    if (entry)
        ledger->dirty = true;
    return entry;
}

uint32_t ledger_group_index(struct ledger *ledger, const char *name)
{
    struct ledger_entry *entry = entry_for(ledger, name);
    if (!entry)
        return 0;
    set_retired(ledger, entry, false);
    return entry->index;
}

struct ledger_condition *ledger_insert_condition(struct ledger *ledger,
                                                 struct ledger_entry *entry,
                                                 const char *name, uint32_t index)
{
    struct ledger_condition *grown =
        reallocarray(entry->conditions, entry->n_conditions + 1, sizeof(*grown));
    if (!grown)
        return NULL;
    entry->conditions = grown;
    const char *pooled = strpool_get(ledger->names, name, strlen(name));
    if (!pooled)
        return NULL;
    grown[entry->n_conditions] = (struct ledger_condition){pooled, index};
    if (index > entry->last_condition)
        entry->last_condition = index;
    return &grown[entry->n_conditions++];
}

uint32_t ledger_condition_index(struct ledger *ledger, const char *group,
                                const char *condition)
{
    struct ledger_entry *entry = entry_for(ledger, group);
    if (!entry)
        return 0;
    for (size_t i = 0; i < entry->n_conditions; i++)
        if (strcmp(entry->conditions[i].name, condition) == 0)
            return entry->conditions[i].index;
    if (entry->last_condition >= LEDGER_INDEX_MAX)
        return 0;
    const struct ledger_condition *added =
        ledger_insert_condition(ledger, entry, condition, entry->last_condition + 1);
    if (!added)
        return 0;
    ledger->dirty = true;
    return added->index;
}

static struct ledger_entry *by_index(const struct ledger *ledger, uint32_t index)
{
    size_t low = 0;
    size_t high = ledger->n_entries;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ledger->entries[mid]->index < index)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < ledger->n_entries && ledger->entries[low]->index == index)
        return ledger->entries[low];
    return NULL;
}

const char *ledger_name(const struct ledger *ledger, uint32_t index)
{
    const struct ledger_entry *entry = by_index(ledger, index);
    return entry ? entry->name : NULL;
}

enum group_admin ledger_admin(const struct ledger *ledger, const char *name)
{
    const struct ledger_entry *entry = find(ledger, name);
    return entry ? entry->admin : GROUP_MONITORED;
}

int ledger_set_admin(struct ledger *ledger, const char *name, enum group_admin admin)
{
    struct ledger_entry *entry = entry_for(ledger, name);
    if (!entry)
        return -ENOMEM;
    if (entry->admin != admin)
        ledger->dirty = true;
    entry->admin = admin;
    return 0;
}

bool ledger_notify_on(const struct ledger *ledger)
{
    return ledger->notify_on;
}

void ledger_set_notify(struct ledger *ledger, bool on)
{
    if (ledger->notify_on != on)
        ledger->dirty = true;
    ledger->notify_on = on;
}

uint64_t ledger_next_event(struct ledger *ledger)
{
    if (ledger->next_event >= ledger->lent_to) {
        ledger->lent_to = ledger->next_event + LEDGER_BLOCK;
        ledger->dirty = true;
    }
    return ledger->next_event++;
}

bool ledger_is_dirty(const struct ledger *ledger)
{
    return ledger->dirty;
}

void ledger_set_dirty(struct ledger *ledger)
{
    ledger->dirty = true;
}
