/* Which selectors can match a process: found by what they demand of its name, path, unit,
 * ids, ..., without a test of the others. */
#ifndef SELECT_CANDIDATES_H
#define SELECT_CANDIDATES_H

#include "model/process.h"

struct buf;
struct candidates;
struct selector;

/* NULL = no memory. */
struct candidates *candidates_create(void);
void candidates_destroy(struct candidates *candidates);
/* Adds a selector under a number that is above those before. It is not needed afterwards.
 * Returns 0 or -ENOMEM (it may be missing). */
int candidates_add(struct candidates *candidates, const struct selector *selector,
                   uint32_t number);
/* Appends the numbers (uint32_t, ascending) of all selectors that match the process, or
 * for which it is undecided; there may be others among them. An attribute that was not
 * read can have any value. Returns 0 or -ENOMEM. */
int candidates_find(const struct candidates *candidates, const struct process *process,
                    struct buf *out);

#endif
