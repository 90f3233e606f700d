/* A live thread of a process whose first thread has ended. main() may call
 * pthread_exit(3) while other threads go on; /proc/PID/stat then shows a zombie without
 * memory, program and arguments, although the process is alive. */
#ifndef PROC_THREAD_H
#define PROC_THREAD_H

#include <sys/types.h>

struct stat_line;

/* If `line` (stat of the process with the folder `dirfd`) is of such a process: finds a
 * live thread and copies from it what the first one has lost: state, memory, addresses.
 * Returns the id of the thread, or 0 with `line` unchanged. */
pid_t thread_find_live(int dirfd, struct stat_line *line);
/* The folder of the thread in that of its process, or -errno. Its files are about the
 * process's memory; only `io` counts the thread alone. */
int thread_open_folder(int dirfd, pid_t thread);

#endif
