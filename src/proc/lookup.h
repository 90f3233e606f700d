/* Identifies files without waiting for their file system.
 * A stat(2) of a file on FUSE or a dead network may wait for ever, on FUSE in a way that
 * cannot be killed, so that even exit(2) waits. These use what the kernel knows already.
 */
#ifndef PROC_LOOKUP_H
#define PROC_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

struct file_identity {
    uint64_t device;
    uint64_t inode;
    uint32_t links; /* 0 = removed */
    uint32_t mode;  /* its type, as in st_mode */
    uint64_t mount; /* the id of its mount, unique in all namespaces, plus 1; 0 = unknown
                       (Linux before 5.8) */
};

/* Of the file that a link of /proc, such as `exe`, leads to. Returns 0 or -errno. */
int lookup_link(int dirfd, const char *name, struct file_identity *ret_identity);
/* Of the file with this path below `dirfd`, which is the root for it and for symbolic
 * links. Returns 0,
 * -EAGAIN (not all of the path is in the kernel's cache: only a walk that may wait knows;
 * Linux before 5.12: always), or -errno. The path of a running program is in the cache as
 * long as it is its name. */
int lookup_cached(int dirfd, const char *path, struct file_identity *ret_identity);
/* The same without symbolic links, by a walk that may wait for a file system. That can be
 * killed except on FUSE: -EAGAIN if the path leads there in our mount namespace. */
int lookup_walk(int dirfd, const char *path, struct file_identity *ret_identity);
bool lookup_is_same(const struct file_identity *a, const struct file_identity *b);

#endif
