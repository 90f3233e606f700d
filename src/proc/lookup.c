#include "proc/lookup.h"

#include "base/cleanup.h"
#include "proc/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
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

/* A rename anywhere makes the walk over the cache fail once. */
int lookup_cached(int dirfd, const char *path, struct file_identity *ret_identity)
{
    int r = -EAGAIN;
    for (int i = 0; i < ATTEMPTS && r == -EAGAIN; i++) {
        r = open_below(dirfd, path, RESOLVE_CACHED);
        CLEANUP_FD int fd = r;
        if (fd >= 0)
            return identify(fd, "", AT_EMPTY_PATH, ret_identity);
    }
    return r == -EINVAL || r == -ENOSYS ? -EAGAIN : r;
}

int lookup_walk(int dirfd, const char *path, struct file_identity *ret_identity)
{
    if (mounts_have_fuse(path))
        return -EAGAIN;
    CLEANUP_FD int fd = open_below(dirfd, path, RESOLVE_NO_SYMLINKS);
    return fd >= 0 ? identify(fd, "", AT_EMPTY_PATH, ret_identity) : fd;
}

bool lookup_is_same(const struct file_identity *a, const struct file_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}
