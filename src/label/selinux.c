#include "label/providers.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <selinux/selinux.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is there such a file? "May not look" says that there is something. */
static bool is_there(const char *fs_root, const char *path)
{
    CLEANUP_BUF struct buf full = {0};
    struct stat st;
    if (buf_printf(&full, "%s%s", fs_root, path) < 0)
        return false;
    return stat(buf_text(&full), &st) == 0 || errno == EACCES || errno == EPERM;
}

/* is_selinux_enabled() says 0 also where our domain may not look (httpd_t, chronyd_t in
 * enforcing mode) and in containers. The kernel makes the folder /sys/fs/selinux if and
 * only if SELinux is on (init_sel_fs() in security/selinux/selinuxfs.c), and a context of
 * our own that may not be read (EACCES, not EINVAL) is one. */
static bool probe(const char *fs_root)
{
    char *own = NULL;
    bool is_host = *fs_root == '\0';
    if (is_host && is_selinux_enabled() == 1)
        return true;
    if (is_there(fs_root, "/sys/fs/selinux"))
        return true;
    bool refused = is_host && getcon_raw(&own) < 0 && errno == EACCES;
    freecon(own);
    return refused;
}

/* By way of the process's folder and not by getpidcon(3): its pid may be another's by
 * now. The kernel writes a NUL behind the context. EINVAL: no module labels processes. */
static int read_context(int proc_dirfd, struct buf *out)
{
    size_t before = out->len;
    int r = file_read_at(proc_dirfd, "attr/current", LABEL_TEXT_MAX, out);
    if (r == -EINVAL)
        return 0;
    if (r < 0)
        return r;
    while (out->len > before &&
           (out->data[out->len - 1] == '\0' || out->data[out->len - 1] == '\n'))
        out->data[--out->len] = '\0';
    return 0;
}

/* user:role:type:level; the level is the rest, with its ':' and ',' ("s0-s0:c0.c1023",
 * "s0:c1,c3"). Before a policy is loaded a context is one word ("kernel"). */
static void split(const char *text, size_t len, struct label_parts *ret_parts)
{
    struct label_span part[3];
    const char *at = text;
    size_t rest = len;
    *ret_parts = (struct label_parts){.domain = {text, len}};
    for (size_t i = 0; i < 3; i++) {
        const char *colon = memchr(at, ':', rest);
        if (colon == NULL && i < 2)
            return;
        part[i] = (struct label_span){at, colon != NULL ? (size_t)(colon - at) : rest};
        at += part[i].len + (colon != NULL);
        rest = len - (size_t)(at - text);
    }
    ret_parts->user = part[0];
    ret_parts->role = part[1];
    ret_parts->domain = part[2];
    if (rest > 0)
        ret_parts->level = (struct label_span){at, rest};
}

/* libselinux knows where selinuxfs is mounted, unless it found nothing at the start. */
static int ask_enforcing(const char *fs_root)
{
    CLEANUP_BUF struct buf path = {0};
    CLEANUP_BUF struct buf text = {0};
    int value = *fs_root == '\0' ? security_getenforce() : -1;
    if (value >= 0)
        return value > 0;
    if (buf_printf(&path, "%s/sys/fs/selinux/enforce", fs_root) < 0 ||
        file_read_at(AT_FDCWD, buf_text(&path), 16, &text) < 0)
        return -1;
    return buf_text(&text)[0] == '1' ? 1 : buf_text(&text)[0] == '0' ? 0 : -1;
}

const struct label_provider label_selinux = {
    .name = "selinux",
    .probe = probe,
    .read = read_context,
    .split = split,
    .host = ask_enforcing,
};
