/* Files that all security modules use: below /proc/PID/attr and below /sys. */
#ifndef LABEL_ATTR_H
#define LABEL_ATTR_H

#include <stdbool.h>

struct buf;

/* Appends the text of a file below /proc/PID, without NULs and newlines at its end: a
 * context ends with a NUL under SELinux and with a newline under AppArmor
 * (proc_pid_attr_read(), fs/proc/base.c). It is read through the folder, because the pid
 * may be that of another process by now; the folder of a process that has ended gives
 * ESRCH. With EINVAL no such module labels processes: nothing is appended. Returns 0 or
 * -errno. */
int attr_read(int proc_dirfd, const char *name, struct buf *out);
/* The same for attr/MODULE/current (Linux 5.8), or if there is no such file for
 * attr/current, which is that of the first module with labels. */
int attr_read_of(int proc_dirfd, const char *module, struct buf *out);
/* Whether there is such a file below `fs_root`. "Permission denied" counts as yes. */
bool attr_is_there(const char *fs_root, const char *path);
/* The first character of a small file below `fs_root`, or -errno. */
int attr_first_character(const char *fs_root, const char *path);

#endif
