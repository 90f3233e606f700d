#include "label/providers.h"

#include "label/attr.h"

#include <errno.h>
#include <selinux/avc.h>
#include <selinux/selinux.h>
#include <string.h>

/* is_selinux_enabled() returns 0 also without permission to read (domains httpd_t and
 * chronyd_t in enforcing mode) and in containers. The kernel makes the folder
 * /sys/fs/selinux if and only if SELinux is on (init_sel_fs(),
 * security/selinux/selinuxfs.c), and a permission denied (EACCES, not EINVAL) for the
 * context of this process means that there is one. */
static bool probe(const char *fs_root)
{
    char *own = NULL;
    bool is_host = *fs_root == '\0';
    if (is_host && is_selinux_enabled() == 1)
        return true;
    if (attr_is_there(fs_root, "/sys/fs/selinux"))
        return true;
    bool refused = is_host && getcon_raw(&own) < 0 && errno == EACCES;
    freecon(own);
    return refused;
}

/* Not getpidcon(3), which takes a pid: see attr_read(). */
static int read_context(int proc_dirfd, struct buf *out)
{
    return attr_read(proc_dirfd, "attr/current", out);
}

/* user:role:type:level, where the level may have ':' and ',' ("s0-s0:c0.c1023",
 * "s0:c1,c3"). Before a policy is loaded a context is one word ("kernel"). */
static void split(const char *text, size_t len, struct label_parts *ret_parts)
{
    struct label_span part[3];
    const char *at = text;
    size_t rest = len;
    *ret_parts = (struct label_parts){.domain = {text, len}};
    for (size_t i = 0; i < 3; i++) {
        const char *colon = memchr(at, ':', rest);
        if (!colon && i < 2)
            return;
        part[i] = (struct label_span){at, colon ? (size_t)(colon - at) : rest};
        at += part[i].len + (colon ? 1 : 0);
        rest = len - (size_t)(at - text);
    }
    ret_parts->user = part[0];
    ret_parts->role = part[1];
    ret_parts->domain = part[2];
    if (rest > 0)
        ret_parts->level = (struct label_span){at, rest};
}

/* libselinux knows where selinuxfs is mounted, unless it was not mounted at the start. */
static int read_enforcing(const char *fs_root)
{
    int value = *fs_root == '\0' ? security_getenforce() : -1;
    if (value >= 0)
        return value > 0;
    int c = attr_first_character(fs_root, "/sys/fs/selinux/enforce");
    return c == '1' ? 1 : c == '0' ? 0 : -1;
}

/* A single domain may be permissive (semanage permissive); every decision of the kernel
 * about it has a flag for that (AVD_FLAGS_PERMISSIVE, security_compute_av(),
 * security/selinux/ss/services.c). Needs the permission compute_av, which only confined
 * domains lack. */
static const char *read_mode(const char *text)
{
    struct av_decision decision = {0};
    security_class_t process = string_to_security_class("process");
    if (process == 0 ||
        security_compute_av_flags_raw(text, text, process, 0, &decision) < 0)
        return "";
    return decision.flags & SELINUX_AVD_FLAGS_PERMISSIVE ? "permissive" : "enforcing";
}

/* The number of policy loads, from a page that is mapped once. */
static int read_generation(void)
{
    return selinux_status_open(0) < 0 ? -1 : selinux_status_policyload();
}

const struct label_provider label_selinux = {
    .name = "selinux",
    .probe = probe,
    .read = read_context,
    .split = split,
    .mode = read_mode,
    .generation = read_generation,
    .host = read_enforcing,
};
