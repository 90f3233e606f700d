/* Does this /proc keep processes from us (mount option hidepid=)? */
#ifndef PROC_HIDEPID_H
#define PROC_HIDEPID_H

#include <stdbool.h>

/* `root_fd` is a procfs. True where it was mounted with hidepid= other than 0 and we have
 * neither CAP_SYS_PTRACE nor the group of gid= (has_pid_permissions(), fs/proc/base.c).
 * False also where that cannot be told: procfs of a pid namespace without us. */
bool hidepid_hides(int root_fd);
/* The same from the text of mountinfo (proc_pid_mountinfo(5)) for the mount `mount_id`:
 * does it hide, unless the reader is in the group *ret_gid (-1 = no such group)? Pure. */
bool hidepid_of_mount(const char *mountinfo, unsigned long mount_id, long *ret_gid);

#endif
