#include "proc/origin.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ------------------------------------------------------------ the host */

/* The inode of a namespace file; 0 if it cannot be read. */
static uint64_t namespace_of(int dirfd, const char *name)
{
    struct stat st;
    return fstatat(dirfd, name, &st, 0) == 0 ? st.st_ino : 0;
}

/* In a mount namespace of its own (ProtectSystem= and the like), "/" of this program is a
 * copy of the host's mounts: only the root of process 1 has the mounts themselves. */
int origin_open(int proc_fd, bool is_procfs, struct origin_host **ret_host)
{
    struct origin_host *host = calloc(1, sizeof(*host));
    if (!host)
        return -ENOMEM;
    host->refs = 1;
    host->is_procfs = is_procfs;
    host->mount_ns = namespace_of(proc_fd, "1/ns/mnt");
    host->user_ns = namespace_of(proc_fd, "1/ns/user");
    host->root_fd =
        is_procfs ? openat(proc_fd, "1/root", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (host->root_fd < 0)
        host->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (host->mount_ns == 0)
        host->mount_ns = namespace_of(proc_fd, "self/ns/mnt");
    if (host->user_ns == 0)
        host->user_ns = namespace_of(proc_fd, "self/ns/user");
    int error = host->root_fd < 0 ? -errno : 0;
    if (error == 0)
        *ret_host = host;
    else
        free(host);
    return error;
}

struct origin_host *origin_ref(struct origin_host *host)
{
    host->refs++;
    return host;
}

void origin_unref(struct origin_host *host)
{
    if (!host || --host->refs > 0)
        return;
    cleanup_close_fd(&host->root_fd);
    free(host);
}

/* ------------------------------------------------------------ the file */

void origin_begin(struct origin_host *host)
{
    for (size_t i = 0; i < ORIGIN_MOUNTS; i++)
        host->mounts[i] = 0;
}

static bool is_remembered(struct origin_host *host, uint64_t mount)
{
    for (size_t i = 0; i < ORIGIN_MOUNTS && mount != 0; i++) {
        if (host->mounts[i] == mount)
            return true;
    }
    return false;
}

static void remember(struct origin_host *host, uint64_t mount)
{
    for (size_t i = 0; i < ORIGIN_MOUNTS; i++) {
        unsigned long long none = 0;
        if (atomic_compare_exchange_strong(&host->mounts[i], &none, mount))
            return;
    }
}

/* What the host has at the path. */
struct host_place {
    int error; /* of the path itself */
    struct file_identity id;
    bool is_mount;      /* the file is on a mount of the host */
    char way[PATH_MAX]; /* the path without its first slash, cut to `folder` */
    size_t folder_len;  /* the longest part of it that the host has */
    struct file_identity folder;
};

static bool is_on(const struct file_identity *id, const struct file_identity *file)
{
    return file->mount != 0 && id->mount == file->mount;
}

static bool is_exhausted(int error)
{
    return error == -EMFILE || error == -ENFILE;
}

/* From the path up to the root. That any folder is on the same mount is enough: then the
 * mount is one of the host. Returns 0, -EMFILE or -ENFILE. */
static int find_place(int root_fd, const struct origin_file *file,
                      struct host_place *ret_place)
{
    struct host_place *p = ret_place;
    bool found = false;
    p->folder_len = 0;
    p->folder = (struct file_identity){0};
    snprintf(p->way, sizeof(p->way), "%s", file->path + 1);
    int r = p->error = lookup_cached(root_fd, p->way, &p->id);
    p->is_mount = p->error == 0 && is_on(&p->id, &file->id);
    for (size_t len = strlen(p->way); !p->is_mount && !is_exhausted(r) && len > 0;) {
        struct file_identity folder;
        while (len > 0 && p->way[--len] != '/')
            continue;
        p->way[len] = '\0';
        r = lookup_cached(root_fd, p->way, &folder);
        if (r < 0)
            continue;
        p->is_mount = is_on(&folder, &file->id);
        if (!found) {
            p->folder = folder;
            p->folder_len = len;
        }
        found = true;
    }
    snprintf(p->way, sizeof(p->way), "%.*s", (int)p->folder_len, file->path + 1);
    return is_exhausted(r) ? r : 0;
}

static bool is_absent(int error)
{
    return error == -ENOENT || error == -ENOTDIR;
}

/* A removed file on a mount that the host does not have: that of a service with a mount
 * namespace of its own (PrivateTmp= and the like), whose program was replaced. Its folder
 * must be the host's, on the mount of the file. In another user namespace its user could
 * have arranged both. */
static int find_removed(const struct origin_host *host, int dirfd,
                        const struct origin_file *file, const struct host_place *place,
                        enum path_origin *ret_origin)
{
    struct file_identity folder;
    uint64_t user_ns = namespace_of(dirfd, "ns/user");
    if (user_ns != host->user_ns) {
        *ret_origin = user_ns == 0 ? PATH_UNKNOWN : PATH_REMOVED;
        return 0;
    }
    CLEANUP_FD int root = openat(dirfd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r = root >= 0 ? lookup_cached(root, place->way, &folder) : -errno;
    if (is_exhausted(r))
        return r;
    if (r < 0)
        *ret_origin = is_absent(r) ? PATH_OTHER : PATH_UNKNOWN;
    else
        *ret_origin = lookup_is_same(&folder, &place->folder) && is_on(&folder, &file->id)
                          ? PATH_HOST
                          : PATH_OTHER;
    return 0;
}

/* A file on a mount that the host does not have. */
static int compare_file(const struct origin_host *host, int dirfd,
                        const struct origin_file *file, struct host_place *place,
                        enum path_origin *ret_origin)
{
    if (place->error == -EAGAIN)
        place->error = lookup_walk(host->root_fd, file->path + 1, &place->id);
    if (is_exhausted(place->error))
        return place->error;
    bool known = place->error == 0 || is_absent(place->error);
    if (place->error == 0 && lookup_is_same(&place->id, &file->id))
        *ret_origin = PATH_HOST;
    else if (file->deleted)
        return find_removed(host, dirfd, file, place, ret_origin);
    else
        *ret_origin = known ? PATH_OTHER : PATH_UNKNOWN;
    return 0;
}

int origin_find(struct origin_host *host, int dirfd, const struct origin_file *file,
                enum path_origin *ret_origin)
{
    struct host_place place;
    if (!host->is_procfs || file->path[0] != '/') {
        *ret_origin = host->is_procfs ? PATH_OTHER : PATH_HOST;
        return 0;
    }
    if (is_remembered(host, file->id.mount)) {
        *ret_origin = PATH_HOST;
        return 0;
    }
    int r = find_place(host->root_fd, file, &place);
    if (r < 0)
        return r;
    /* Without identities of mounts the namespace has to do. */
    if (place.is_mount ||
        (file->id.mount == 0 && namespace_of(dirfd, "ns/mnt") == host->mount_ns)) {
        if (place.is_mount)
            remember(host, file->id.mount);
        *ret_origin = PATH_HOST;
        return 0;
    }
    return compare_file(host, dirfd, file, &place, ret_origin);
}
