/* The start time of a process, for those that have only its pid. */
#ifndef PROC_START_TIME_H
#define PROC_START_TIME_H

#include <stdint.h>
#include <sys/types.h>

struct proc_reader;

/* In clock ticks since boot, of the process with this folder, which stays the caller's.
 * Read by `reader`; NULL = here, which may wait for ever. Returns 0, -ETIMEDOUT, -EBUSY
 * or another -errno. */
int start_time_read(struct proc_reader *reader, int dirfd, uint64_t *ret_start);

#endif
