#include "select/candidates.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "select/internal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define IDS_MAX   16 /* of a criterion, that are worth an entry each */
#define WORTH_MAX 1000

/* A selector is found by a criterion of the group, or by one of each `match` block: a
 * process that has none of its values does not match, whatever else is true of it. These
 * are the selectors that are found by the same value. */
struct entry {
    struct entry *next;
    uint32_t *numbers; /* ascending */
    size_t n;
};

/* A criterion that some selectors are found by. */
struct index_field {
    const struct criterion_info *info;
    struct entry all; /* the selectors: for a process without the attribute */
};

struct candidates {
    struct entry always; /* what cannot be found by a value */
    struct index_field *fields;
    size_t n_fields;
    struct map *by_value; /* value_key() -> struct entry */
    struct entry *entries;
};

struct candidates *candidates_create(void)
{
    struct candidates *candidates = calloc(1, sizeof(*candidates));
    if (candidates)
        candidates->by_value = map_create();
    if (candidates && candidates->by_value)
        return candidates;
    free(candidates);
    return NULL;
}

void candidates_destroy(struct candidates *candidates)
{
    if (!candidates)
        return;
    for (struct entry *entry = candidates->entries, *next; entry; entry = next) {
        next = entry->next;
        free(entry->numbers);
        free(entry);
    }
    for (size_t i = 0; i < candidates->n_fields; i++)
        free(candidates->fields[i].all.numbers);
    free(candidates->fields);
    free(candidates->always.numbers);
    map_destroy(candidates->by_value);
    free(candidates);
}

/* ------------------------------------------------------------ what a selector demands */

static size_t count_ids(const struct ids *ids)
{
    size_t n = 0;
    for (size_t i = 0; i < ids->count && n <= IDS_MAX; i++)
        n += (size_t)(ids->list[i].max - ids->list[i].min) + 1;
    return n;
}

/* How few processes the criterion is likely to leave; 0 = its values cannot be looked up.
 * What is cheaper to read of a process is more of its own. */
static unsigned worth_of(const struct criterion *c)
{
    const struct criterion_info *info = c->info;
    if (info->id)
        return count_ids(&c->ids) <= IDS_MAX ? 1 : 0;
    if (!info->text)
        return 0;
    for (size_t i = 0; i < c->n_values; i++)
        if (c->values[i].glob)
            return 0;
    return WORTH_MAX - info->cost;
}

static const struct criterion *best_of(const struct block *block)
{
    const struct criterion *best = NULL;
    for (size_t i = 0; i < block->n; i++) {
        unsigned worth = worth_of(block->list[i]);
        if (worth > (best ? worth_of(best) : 0))
            best = block->list[i];
    }
    return best;
}

/* ------------------------------------------------------------ adding */

/* Different values may have the same key: their selectors are candidates of both. */
static uint64_t value_key(size_t field, const void *value, size_t len)
{
    return (uint64_t)(field + 1) << 32 | hash_bytes(value, len);
}

static int add_number(struct entry *entry, uint32_t number)
{
    if (entry->n && entry->numbers[entry->n - 1] == number)
        return 0;
    uint32_t *numbers = array_grow(entry->numbers, entry->n, sizeof(*numbers));
    if (!numbers)
        return -ENOMEM;
    entry->numbers = numbers;
    numbers[entry->n++] = number;
    return 0;
}

static int add_value(struct candidates *candidates, uint64_t key, uint32_t number)
{
    struct entry *entry = map_get(candidates->by_value, key);
    if (entry)
        return add_number(entry, number);
    entry = calloc(1, sizeof(*entry));
    if (!entry || map_put(candidates->by_value, key, entry) < 0) {
        free(entry);
        return -ENOMEM;
    }
    entry->next = candidates->entries;
    candidates->entries = entry;
    return add_number(entry, number);
}

static int find_field(struct candidates *candidates, const struct criterion_info *info,
                      size_t *ret_field)
{
    size_t n = candidates->n_fields;
    for (size_t i = 0; i < n; i++) {
        if (candidates->fields[i].info == info) {
            *ret_field = i;
            return 0;
        }
    }
    struct index_field *fields = array_grow(candidates->fields, n, sizeof(*fields));
    if (!fields)
        return -ENOMEM;
    candidates->fields = fields;
    fields[n] = (struct index_field){.info = info};
    *ret_field = candidates->n_fields++;
    return 0;
}

static int add_criterion(struct candidates *candidates, const struct criterion *c,
                         uint32_t number)
{
    size_t field = 0;
    int r = find_field(candidates, c->info, &field);
    if (r == 0)
        r = add_number(&candidates->fields[field].all, number);
    for (size_t i = 0; i < c->n_values && c->info->text && r == 0; i++) {
        const char *text = c->values[i].text;
        r = add_value(candidates, value_key(field, text, strlen(text)), number);
    }
    for (size_t i = 0; i < c->ids.count && c->info->id; i++)
        for (uint64_t id = c->ids.list[i].min; id <= c->ids.list[i].max && r == 0; id++) {
            uint32_t value = (uint32_t)id;
            r = add_value(candidates, value_key(field, &value, sizeof(value)), number);
        }
    return r;
}

int candidates_add(struct candidates *candidates, const struct selector *selector,
                   uint32_t number)
{
    const struct criterion *best = best_of(&selector->main);
    const struct blocks *matches = &selector->matches;
    bool is_in_all = matches->n > 0;
    if (best)
        return add_criterion(candidates, best, number);
    for (size_t i = 0; i < matches->n; i++)
        is_in_all = is_in_all && best_of(&matches->list[i]);
    if (!is_in_all)
        return add_number(&candidates->always, number);
    int r = 0;
    for (size_t i = 0; i < matches->n && r == 0; i++)
        r = add_criterion(candidates, best_of(&matches->list[i]), number);
    return r;
}

/* ------------------------------------------------------------ finding */

static const struct entry *find_entry(const struct candidates *candidates, size_t field,
                                      const struct process *p)
{
    const struct index_field *f = &candidates->fields[field];
    if ((p->have & f->info->attributes) != f->info->attributes)
        return &f->all;
    if (f->info->text) {
        const char *text = f->info->text(p);
        return map_get(candidates->by_value, value_key(field, text, strlen(text)));
    }
    uint32_t id = f->info->id(p);
    return map_get(candidates->by_value, value_key(field, &id, sizeof(id)));
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Each number once, ascending. */
static void order(struct buf *out, size_t begin)
{
    uint32_t *numbers = (uint32_t *)(void *)(out->data + begin);
    size_t n = (out->len - begin) / sizeof(*numbers), kept = 0;
    qsort(numbers, n, sizeof(*numbers), compare_numbers);
    for (size_t i = 0; i < n; i++)
        if (!kept || numbers[i] != numbers[kept - 1])
            numbers[kept++] = numbers[i];
    out->len = begin + kept * sizeof(*numbers);
}

int candidates_find(const struct candidates *candidates, const struct process *process,
                    struct buf *out)
{
    const struct entry *always = &candidates->always;
    size_t begin = out->len, parts = always->n > 0;
    buf_append(out, always->numbers, always->n * sizeof(uint32_t));
    for (size_t i = 0; i < candidates->n_fields; i++) {
        const struct entry *entry = find_entry(candidates, i, process);
        if (!entry)
            continue;
        buf_append(out, entry->numbers, entry->n * sizeof(uint32_t));
        parts++;
    }
    if (parts > 1)
        order(out, begin);
    return out->error;
}
