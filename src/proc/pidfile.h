/* Reading the files of one process by way of its folder, so that a reused pid can never
 * mix two lives. */
#ifndef PROC_PIDFILE_H
#define PROC_PIDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;

/* The folder of `pid` (O_PATH: needs no permission on the folder itself) or -errno. */
int pidfile_open_folder(int root_fd, pid_t pid);
/* One read(2) of at most `size` bytes: all there is of `stat`. Returns the bytes read or
 * -errno (-ESRCH, -ENOENT: the process is gone). */
ssize_t pidfile_read_once(int dirfd, const char *name, char *ret_data, size_t size);
/* The whole file, or its first `max` bytes; replaces what `out` had. Returns 0 or -errno.
 * A short read is taken for the end: true of the single-record files of /proc/PID. */
int pidfile_read(int dirfd, const char *name, size_t max, struct buf *out);
/* Is the process of this folder still there (a zombie is)? */
bool pidfile_is_alive(int dirfd);
/* Does the error say that the process, or at least the file, is not there? */
bool pidfile_is_gone(int error);

#endif
