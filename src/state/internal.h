/* The store's own structures; state_text.c writes and reads them as text. */
#ifndef STATE_INTERNAL_H
#define STATE_INTERNAL_H

#include "state/state_store.h"

#include <stddef.h>

#define STATE_INDEX_MAX 0x7fffffffu
#define STATE_EVENT_MAX INT64_MAX
#define STATE_BLOCK     1000  /* event numbers that are reserved at a time */
#define STATE_RETIRED   10000 /* names without a row that are kept */

struct strmap;
struct strpool;

struct state_condition {
    const char *name;
    uint32_t index;
};

struct state_entry {
    const char *name; /* in the pool */
    uint32_t index;
    enum group_admin admin;
    int64_t until_ms; /* of struct group_admin_term */
    char *reason;     /* NULL = "" */
    struct state_condition *conditions;
    size_t n_conditions;
    uint32_t last_condition; /* the highest index ever assigned */
    uint64_t retired; /* sequence number of the removal of its row; 0 = it has a row */
};

struct state_store {
    struct state_entry **entries; /* ascending by index */
    size_t n_entries;
    size_t n_retired;
    uint64_t last_retired;
    struct strmap *by_name;
    struct strpool *names;
    uint32_t next_index; /* where the search for a free index begins */
    uint32_t max_index;  /* STATE_INDEX_MAX; tests use less */
    bool reuses;         /* an index was assigned that another name may have had */
    uint64_t next_event;
    uint64_t reserved_to; /* numbers below it may be used */
    bool notify_on;
    bool dirty;
};

/* After reading: no name has a row yet. */
void state_retire_all(struct state_store *store);
bool state_has(const struct state_store *store, const char *name);
/* Both return NULL when memory is short. */
struct state_entry *state_insert(struct state_store *store, const char *name,
                                 uint32_t index);
struct state_condition *state_insert_condition(struct state_store *store,
                                               struct state_entry *entry,
                                               const char *name, uint32_t index);

#endif
