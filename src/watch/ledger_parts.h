/* The ledger's inside: ledger.c keeps it, ledger_text.c writes and reads its text. */
#ifndef WATCH_LEDGER_PARTS_H
#define WATCH_LEDGER_PARTS_H

#include "watch/ledger.h"

#include <stddef.h>

#define LEDGER_INDEX_MAX 0x7fffffffu
#define LEDGER_BLOCK     1000  /* event numbers that are lent at a time */
#define LEDGER_RETIRED   10000 /* names that are kept though no row has them */

struct map;
struct strpool;

struct ledger_condition {
    const char *name;
    uint32_t index;
};

struct ledger_entry {
    const char *name; /* in the pool */
    uint32_t index;
    enum group_admin admin;
    struct ledger_condition *conditions;
    size_t n_conditions;
    uint32_t last_condition; /* the highest index ever given */
    uint64_t retired; /* when its row went, in the order of going; 0 = it has one */
};

struct ledger {
    struct ledger_entry **entries; /* ascending by index */
    size_t n_entries;
    size_t n_retired;
    uint64_t last_retired;
    struct map *by_name; /* the pooled name's address -> entry */
    struct strpool *names;
    uint32_t next_index;
    uint64_t next_event;
    uint64_t lent_to; /* numbers below it are ours to give */
    bool notify_on;
    bool dirty;
};

/* After reading: nobody has claimed any of them yet. */
void ledger_retire_all(struct ledger *ledger);
bool ledger_has(const struct ledger *ledger, const char *name);
/* Both return NULL when memory is short. */
struct ledger_entry *ledger_insert(struct ledger *ledger, const char *name,
                                   uint32_t index);
struct ledger_condition *ledger_insert_condition(struct ledger *ledger,
                                                 struct ledger_entry *entry,
                                                 const char *name, uint32_t index);

#endif
