#include "proc/lookup.h"

#include "base/cleanup.h"
#include "proc/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000
#endif
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

enum { ATTEMPTS = 4 };

/* AT_STATX_DONT_SYNC: fuse_getattr() and nfs_getattr() send no request to the server. */
static int identify(int dirfd, const char *name, int flags,
                    struct file_identity *ret_identity)
{
    struct statx st;
    if (statx(dirfd, name, AT_STATX_DONT_SYNC | flags,
              STATX_INO | STATX_NLINK | STATX_TYPE | STATX_MNT_ID, &st) < 0)
        return -errno;
    *ret_identity = (struct file_identity){
        .device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor,
        .inode = st.stx_ino,
        .links = st.stx_nlink,
        .mode = st.stx_mode,
        .mount = st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id + 1 : 0,
    };
    return 0;
}

int lookup_link(int dirfd, const char *name, struct file_identity *ret_identity)
{
    return identify(dirfd, name, 0, ret_identity);
}

/* Returns a descriptor or -errno. "/" is `dirfd` itself. */
static int open_below(int dirfd, const char *path, uint64_t resolve)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_IN_ROOT | resolve};
    int fd =
        (int)syscall(SYS_openat2, dirfd, *path != '\0' ? path : ".", &how, sizeof(how));
    return fd >= 0 ? fd : -errno;
}

/* systemd's RestrictSUIDSGID= and older filters of containers refuse openat2(2). */
static bool is_refused(int error)
{
    return error == -ENOSYS || error == -EPERM;
}

/* A rename anywhere makes the walk over the cache fail once. */
int lookup_cached(int dirfd, const char *path, struct file_identity *ret_identity)
{
    int r = -EAGAIN;
    if (*path == '\0')
        return identify(dirfd, "", AT_EMPTY_PATH, ret_identity);
    for (int i = 0; i < ATTEMPTS && r == -EAGAIN; i++) {
        r = open_below(dirfd, path, RESOLVE_CACHED);
        CLEANUP_FD int fd = r;
        if (fd >= 0)
            return identify(fd, "", AT_EMPTY_PATH, ret_identity);
    }
    return r == -EINVAL || is_refused(r) ? -EAGAIN : r;
}

/* The same without openat2(2), one part of the path after the other: a symbolic link is
 * opened itself, and nothing is below it. */
static int open_parts(int dirfd, const char *path)
{
    CLEANUP_FD int fd = -1;
    char part[NAME_MAX + 1];
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        if (len > NAME_MAX)
            return -ENAMETOOLONG;
        memcpy(part, path, len);
        part[len] = '\0';
        path += len + (path[len] == '/');
        int next = openat(fd >= 0 ? fd : dirfd, len > 0 ? part : ".",
                          O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            return -errno;
        cleanup_close_fd(&fd);
        fd = next;
    }
    return fd >= 0 ? TAKE_FD(fd) : -ENOENT;
}

int lookup_walk(int dirfd, const char *path, struct file_identity *ret_identity)
{
    if (mounts_have_fuse(path))
        return -EAGAIN;
    int r = open_below(dirfd, path, RESOLVE_NO_SYMLINKS);
    CLEANUP_FD int fd = is_refused(r) ? open_parts(dirfd, path) : r;
    return fd >= 0 ? identify(fd, "", AT_EMPTY_PATH, ret_identity) : fd;
}

bool lookup_is_same(const struct file_identity *a, const struct file_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}
