/* Reads the files of one process through its folder, so that the values of two processes
 * are never mixed when a pid is used again. */
#ifndef PROC_PIDFILE_H
#define PROC_PIDFILE_H

#include "proc/stat.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;

/* The folder of `pid` (O_PATH: needs no permission on the folder itself) or -errno. */
int pidfile_open_folder(int root_fd, pid_t pid);
/* Reads and parses `name` (stat, or that of a thread); ret_line->comm points into
 * `ret_text`. Returns 0 or -errno, -EBADMSG for another text. */
int pidfile_read_stat(int dirfd, const char *name, char ret_text[STAT_TEXT_MAX],
                      struct stat_line *ret_line);
/* The same of a file that is open, from its begin on. */
int pidfile_read_open_stat(int fd, char ret_text[STAT_TEXT_MAX],
                           struct stat_line *ret_line);
/* The whole file in place of what `out` has. Only for files that the kernel gives in one
 * piece (file_read_record()), and that cannot block: those are for the batch. Returns 0
 * or -errno, -EFBIG for more than `max` bytes. */
int pidfile_read(int dirfd, const char *name, size_t max, struct buf *out);
/* Whether the process of this folder exists (a zombie does). */
bool pidfile_is_alive(int dirfd);
/* Whether the error means that the process, or at least the file, does not exist. */
bool pidfile_is_gone(int error);

#endif
