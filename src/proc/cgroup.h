/* The systemd units and the container that a process belongs to, by the text of its file
 * /proc/PID/cgroup. Pure. */
#ifndef PROC_CGROUP_H
#define PROC_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* The path in the text of /proc/PID/cgroup: the v2 path; if that is "/" or missing (v1,
 * hybrid) the path of name=systemd; on hosts without that hierarchy the path of the
 * controller `memory` or, where that is "/", of the first hierarchy with another path.
 * `dead` (a zombie): a " (deleted)" that the kernel has added is removed. Returns its
 * length, 0 = none; *ret_path is in `text`. */
size_t cgroup_find_path(const char *text, size_t len, bool dead, const char **ret_path);

#define CGROUP_WORD_MAX 256

struct cgroup_units {
    /* Of the system manager: the first component after the slices. It is
     * "user@1000.service" for everything below a user's manager, and the outer unit if a
     * service divides its cgroup further. "" = none. */
    char system[CGROUP_WORD_MAX];
    /* Of the user's manager: the first component after the slices that follow
     * "user@1000.service". "" = none. */
    char user[CGROUP_WORD_MAX];
};

/* The units in a cgroup path. */
void cgroup_find_units(const char *path, size_t len, struct cgroup_units *ret_units);
/* The id (64 hex digits) or name of the outermost container, "" = none: that of the path
 * which cgroup_find_path() returns, else the first one that another hierarchy has.
 * Monitors that run on the host in a container's cgroup (conmon, nspawn's supervisor,
 * qemu) are in none. `text` is that of the file. */
void cgroup_find_container(const char *text, size_t len, bool dead,
                           char ret_id[CGROUP_WORD_MAX]);

#endif
