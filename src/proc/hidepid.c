#include "proc/hidepid.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { CAP_SYS_PTRACE_BIT = 19, TEXT_MAX = 4 << 20, GROUPS_MAX = 65536 };

/* The number behind `key` at the start of a line of root/self/NAME. */
static bool read_number(int root_fd, const char *name, const char *key, int base,
                        unsigned long long *ret_value)
{
    CLEANUP_BUF struct buf text = {0};
    if (file_read_at(root_fd, name, TEXT_MAX, &text) < 0)
        return false;
    const char *line = buf_text(&text);
    while (line && strncmp(line, key, strlen(key)) != 0) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (!line)
        return false;
    *ret_value = strtoull(line + strlen(key), NULL, base);
    return true;
}

static const char *find_mount(const char *mountinfo, unsigned long mount_id)
{
    for (const char *line = mountinfo; line && *line != '\0';) {
        char *end;
        if (strtoul(line, &end, 10) == mount_id && *end == ' ')
            return line;
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return NULL;
}

/* The value of `key` ("hidepid=") among the options of the superblock, or NULL. */
static const char *find_option(const char *line, const char *key)
{
    size_t len = strcspn(line, "\n");
    const char *dash = memmem(line, len, " - ", 3);
    if (!dash)
        return NULL;
    size_t rest = len - (size_t)(dash - line);
    const char *found = memmem(dash, rest, key, strlen(key));
    if (!found || (found[-1] != ',' && found[-1] != ' '))
        return NULL;
    return found + strlen(key);
}

/* "0" to "4" until Linux 5.7, then words; gid= has no effect on "ptraceable" (4). */
bool hidepid_of_mount(const char *mountinfo, unsigned long mount_id, long *ret_gid)
{
    const char *line = find_mount(mountinfo, mount_id);
    const char *value = line ? find_option(line, "hidepid=") : NULL;
    if (!value || *value == '0' || strncmp(value, "off", 3) == 0)
        return false;
    const char *gid = find_option(line, "gid=");
    bool has_group = gid && *value != '4' && strncmp(value, "ptraceable", 10) != 0;
    *ret_gid = has_group ? strtol(gid, NULL, 10) : -1;
    return true;
}

static bool is_in_group(long gid)
{
    if (gid < 0)
        return false;
    if (getegid() == (gid_t)gid)
        return true;
    int n = getgroups(0, NULL);
    if (n <= 0 || n > GROUPS_MAX)
        return false;
    CLEANUP_FREE gid_t *groups = calloc((size_t)n, sizeof(*groups));
    if (!groups)
        return false;
    n = getgroups(n, groups);
    for (int i = 0; i < n; i++)
        if (groups[i] == (gid_t)gid)
            return true;
    return false;
}

bool hidepid_hides(int root_fd)
{
    char name[64];
    unsigned long long mount_id, caps = 0;
    CLEANUP_BUF struct buf mounts = {0};
    long gid;
    snprintf(name, sizeof(name), "self/fdinfo/%d", root_fd);
    if (!read_number(root_fd, name, "mnt_id:", 10, &mount_id) || mount_id > ULONG_MAX ||
        file_read_at(root_fd, "self/mountinfo", TEXT_MAX, &mounts) < 0 ||
        !hidepid_of_mount(buf_text(&mounts), (unsigned long)mount_id, &gid))
        return false;
    bool may_ptrace = read_number(root_fd, "self/status", "CapEff:", 16, &caps) &&
                      (caps >> CAP_SYS_PTRACE_BIT & 1) != 0;
    return !may_ptrace && !is_in_group(gid);
}
