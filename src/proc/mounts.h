/* The mounts of this process. */
#ifndef PROC_MOUNTS_H
#define PROC_MOUNTS_H

#include <stdbool.h>

/* Whether one of the mounts on the way to `path`, which has no symbolic links, is FUSE;
 * if that cannot be read, there may be one. */
bool mounts_have_fuse(const char *path);
/* The same for one line of mountinfo (proc_pid_mountinfo(5)), which is changed. */
bool mounts_is_fuse(char *line, const char *path);

#endif
