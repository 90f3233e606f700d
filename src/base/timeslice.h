/* How soon the scheduler lets this program run beside others that use the CPU. */
#ifndef BASE_TIMESLICE_H
#define BASE_TIMESLICE_H

/* Asks for a slice of 0.1 ms in place of about 3 ms, for this thread and for threads and
 * processes that it starts: the scheduler prefers those that ask for less at a time, and
 * gives as much in all (sched_setattr(2), Linux 6.12). Needs no privilege. Returns 0 or
 * -errno: all is as before. */
int timeslice_shorten(void);

#endif
