#include "select/ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ids_add(struct ids *ids, const struct id_range *list, size_t n)
{
    if (n == 0)
        return 0;
    struct id_range *all = reallocarray(ids->list, ids->count + n, sizeof(*all));
    if (!all)
        return -ENOMEM;
    memcpy(all + ids->count, list, n * sizeof(*all));
    ids->list = all;
    ids->count += n;
    return 0;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct id_range *x = a;
    const struct id_range *y = b;
    return (x->min > y->min) - (x->min < y->min);
}

void ids_finish(struct ids *ids)
{
    size_t kept = 0;
    if (ids->count == 0)
        return;
    qsort(ids->list, ids->count, sizeof(ids->list[0]), compare_ranges);
    for (size_t i = 1; i < ids->count; i++) {
        struct id_range *last = &ids->list[kept];
        struct id_range next = ids->list[i];
        if (last->max == UINT32_MAX || next.min <= last->max + 1) {
            last->max = next.max > last->max ? next.max : last->max;
        } else {
            ids->list[++kept] = next;
        }
    }
    ids->count = kept + 1;
}

bool ids_has(const struct ids *ids, uint32_t id)
{
    size_t low = 0;
    size_t high = ids->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (id < ids->list[mid].min) {
            high = mid;
        } else if (id > ids->list[mid].max) {
            low = mid + 1;
        } else {
            return true;
        }
    }
    return false;
}

bool ids_equal(const struct ids *a, const struct ids *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (a->list[i].min != b->list[i].min || a->list[i].max != b->list[i].max)
            return false;
    }
    return true;
}

void ids_free(struct ids *ids)
{
    free(ids->list);
    *ids = (struct ids){0};
}
