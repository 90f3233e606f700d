/* Lists of pids, ascending and each once, in a buffer. */
#ifndef ENGINE_PID_SET_H
#define ENGINE_PID_SET_H

#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

bool pid_set_has(const struct buf *set, pid_t pid);
/* Adds pids, which may be in any order, but each only once. 0 or -ENOMEM. */
int pid_set_add(struct buf *set, const pid_t *pids, size_t n);

#endif
