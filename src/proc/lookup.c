#include "proc/lookup.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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
              STATX_INO | STATX_NLINK | STATX_TYPE, &st) < 0)
        return -errno;
    *ret_identity = (struct file_identity){
        .device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor,
        .inode = st.stx_ino,
        .links = st.stx_nlink,
        .mode = st.stx_mode,
    };
    return 0;
}

int lookup_link(int dirfd, const char *name, struct file_identity *ret_identity)
{
    return identify(dirfd, name, 0, ret_identity);
}

/* A rename anywhere makes the walk over the cache fail once. */
int lookup_cached(int dirfd, const char *path, struct file_identity *ret_identity)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    int error = EAGAIN;
    for (int i = 0; i < ATTEMPTS && error == EAGAIN; i++) {
        CLEANUP_FD int fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
        if (fd >= 0)
            return identify(fd, "", AT_EMPTY_PATH, ret_identity);
        error = errno;
    }
    return error == EINVAL || error == ENOSYS ? -EAGAIN : -error;
}

bool lookup_is_same(const struct file_identity *a, const struct file_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}
