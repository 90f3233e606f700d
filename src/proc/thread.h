/* The thread that stands in for a process whose first one has ended: main() may call
 * pthread_exit(3) while others go on, and stat of the process says Z then, without
 * memory, program or arguments, though it is as alive as before. */
#ifndef PROC_THREAD_H
#define PROC_THREAD_H

#include <sys/types.h>

struct stat_line;

/* Where `line` (PID/stat, `dirfd` being its folder) is such a one: finds a thread that
 * lives and takes from it what the first one has lost: state, memory, addresses. Returns
 * its number, or 0 with `line` as it was: the process is what its stat says. */
pid_t thread_stand_in(int dirfd, struct stat_line *line);
/* The thread's folder in that of its process, or -errno. It has the files that are read
 * through the memory; ../../io is the process's own. */
int thread_open_folder(int dirfd, pid_t thread);

#endif
