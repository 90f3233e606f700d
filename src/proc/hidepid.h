/* Whether the mount option hidepid= of a /proc hides processes from this program. */
#ifndef PROC_HIDEPID_H
#define PROC_HIDEPID_H

#include <stdbool.h>

/* `root_fd` is a procfs. True if it is mounted with hidepid= other than 0 and this
 * process has neither CAP_SYS_PTRACE nor the group of gid= (has_pid_permissions(),
 * fs/proc/base.c). False also if that is unknown: a procfs of a pid namespace without
 * this process. */
bool hidepid_hides(int root_fd);
/* Whether the mount `mount_id` in the text of mountinfo (proc_pid_mountinfo(5)) hides
 * processes from users outside of the group *ret_gid (-1 = there is no such group).
 * Pure. */
bool hidepid_of_mount(const char *mountinfo, unsigned long mount_id, long *ret_gid);

#endif
