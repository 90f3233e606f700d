/* What a cgroup path tells: the systemd unit and the container. Pure. */
#ifndef PROC_CGROUP_H
#define PROC_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* The path in the text of /proc/PID/cgroup: the v2 path; where that is "/" or missing
 * (v1, hybrid), the path of name=systemd. `dead` (a zombie): the kernel may have written
 * " (deleted)" behind it. Returns its length; *ret_path is in `text`. 0 = none. */
size_t cgroup_find_path(const char *text, size_t len, bool dead, const char **ret_path);

#define CGROUP_WORD_MAX 256

/* The system manager's unit: the first component after the slices, as systemd's
 * cg_path_get_unit() has it. So it is "user@1000.service" for everything below a user's
 * manager, and the outer unit where a service divides its cgroup further. "" = none. */
void cgroup_find_unit(const char *path, size_t len, char ret_unit[CGROUP_WORD_MAX]);
/* The outermost container's id (64 hex digits) or name; "" = none. Monitors that run on
 * the host in a container's cgroup (conmon, nspawn's supervisor, qemu) are in none. */
void cgroup_find_container(const char *path, size_t len, char ret_id[CGROUP_WORD_MAX]);

#endif
