/* The processes that a refresh reads in turn, a part of all each time: what no event
 * reports, such as a move to another cgroup, is noticed within a minute, and no cycle
 * has to read all at once for it. */
#ifndef ENGINE_ROUND_H
#define ENGINE_ROUND_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdbool.h>

struct engine;

#define ROUND_MS 60000 /* all have their turn within this time */

/* How many have it now. */
size_t round_size(const struct engine *engine, struct moment now);
/* Those, for round_add() and round_finds(), in `round`, which is to be freed. 0 or
 * -ENOMEM. */
int round_take(struct engine *engine, struct moment now, struct buf *round);
/* Adds their pids to a set (pid_set.h). 0 or -ENOMEM. */
int round_add(const struct buf *round, struct buf *set);
/* After they were read: whether one that is not in `reported` has ended or is not what it
 * was. */
bool round_finds(const struct engine *engine, const struct buf *round,
                 const struct buf *reported);

#endif
