/* Which file an executable is: the host's file of that name, or another one (law 13).
 *
 * The kernel gives the path of an executable in the mount namespace of the file. Any user
 * can build one of its own (unshare -Urm) in which any file has any path, and can also
 * execute such a file from the host's mount namespace through /proc/PID/root. So the path
 * alone, and the mount namespace of the process, say nothing. A mount has an identity in
 * all namespaces: a file on a mount of the host has the path that the kernel gives. On
 * another mount it is the host's file if it is the same inode. A file that was removed
 * has no name any more that could be compared: there its folder must be the host's, in a
 * namespace that only root can have made. */
#ifndef PROC_ORIGIN_H
#define PROC_ORIGIN_H

#include "model/process.h"
#include "proc/lookup.h"

#include <stdatomic.h>

/* The host: the root and the namespaces of process 1 if they can be read, else ours. */
#define ORIGIN_MOUNTS 16 /* that are remembered */

struct origin_host {
    atomic_uint refs;  /* the source, and each job */
    int root_fd;       /* O_PATH */
    bool is_procfs;    /* otherwise every file counts as the host's */
    uint64_t mount_ns; /* inodes of nsfs; 0 = unknown */
    uint64_t user_ns;
    atomic_ullong mounts[ORIGIN_MOUNTS]; /* of the host, found in this scan; 0 = none */
};

/* `proc_fd`: the procfs mount. Returns 0 or -errno. The host is released with
 * origin_unref(). */
int origin_open(int proc_fd, bool is_procfs, struct origin_host **ret_host);
/* Returns the host itself. Both may be called in any thread. */
struct origin_host *origin_ref(struct origin_host *host);
/* NULL is fine. */
void origin_unref(struct origin_host *host);

/* Forgets the mounts, because the id of a mount that is gone may be used again. Call it
 * for each scan. */
void origin_begin(struct origin_host *host);

struct origin_file {
    const char *path; /* begins with "/", without " (deleted)" */
    bool deleted;
    struct file_identity id;
};
/* The origin of the executable of the process with the folder `dirfd`. Needs two
 * descriptors, and may wait for a file system: call it in the reader. Returns 0, -EMFILE
 * or -ENFILE. */
int origin_find(struct origin_host *host, int dirfd, const struct origin_file *file,
                enum path_origin *ret_origin);

#endif
