/* What all security modules have in common: files under /proc/PID/attr, files under /sys.
 */
#ifndef LABEL_ATTR_H
#define LABEL_ATTR_H

#include <stdbool.h>

struct buf;

/* Appends the text of a file of the process's folder, without NULs and newlines at its
 * end: the kernel ends a context with a NUL under SELinux, with a newline under AppArmor
 * (proc_pid_attr_read() in fs/proc/base.c). By way of the folder, never by pid: that may
 * be another's by now, and the folder of a dead process gives ESRCH. EINVAL means that no
 * such module labels processes: nothing is appended, 0 returned. 0 or -errno. */
int attr_read(int proc_dirfd, const char *name, struct buf *out);
/* attr/MODULE/current (Linux 5.8), or where there is no such file attr/current, which the
 * first module that has labels answers. */
int attr_read_of(int proc_dirfd, const char *module, struct buf *out);
/* Is there such a file below `fs_root`? "May not look" says that there is something. */
bool attr_is_there(const char *fs_root, const char *path);
/* The first character of a small file below `fs_root`; -errno where it can't be read. */
int attr_first_character(const char *fs_root, const char *path);

#endif
