/* Sets of user or group ids; id_names.h makes them from words. */
#ifndef SELECT_IDS_H
#define SELECT_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_range {
    uint32_t min;
    uint32_t max;
};

struct ids {
    struct id_range *list; /* after ids_finish(): ascending, not overlapping */
    size_t count;
};

/* Adds ranges. 0 or -ENOMEM. */
int ids_add(struct ids *ids, const struct id_range *list, size_t n);
/* Sorts and joins the ranges. Call it after the last id was added, before ids_has(). */
void ids_finish(struct ids *ids);
bool ids_has(const struct ids *ids, uint32_t id);
bool ids_equal(const struct ids *a, const struct ids *b);
void ids_free(struct ids *ids);

#endif
