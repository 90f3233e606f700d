/* The systemd unit and the container that a cgroup path belongs to. Pure. */
#ifndef PROC_CGROUP_H
#define PROC_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* The path in the text of /proc/PID/cgroup: the v2 path, or if that is "/" or missing
 * (v1, hybrid) the path of name=systemd. `dead` (a zombie): a " (deleted)" that the
 * kernel has added is removed. Returns its length, 0 = none; *ret_path is in `text`. */
size_t cgroup_find_path(const char *text, size_t len, bool dead, const char **ret_path);

#define CGROUP_WORD_MAX 256

/* The unit of the system manager: the first component after the slices, as in systemd's
 * cg_path_get_unit(). It is "user@1000.service" for everything below a user's manager,
 * and the outer unit if a service divides its cgroup further. "" = none. */
void cgroup_find_unit(const char *path, size_t len, char ret_unit[CGROUP_WORD_MAX]);
/* The id (64 hex digits) or name of the outermost container, "" = none. Monitors that run
 * on the host in a container's cgroup (conmon, nspawn's supervisor, qemu) are in none. */
void cgroup_find_container(const char *path, size_t len, char ret_id[CGROUP_WORD_MAX]);

#endif
