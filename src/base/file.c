#include "base/file.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK       4096
#define PATIENCE_MS 1000
#define ASIDE_MAX   100 /* names of one second */

/* read(2) behind the data of `out`, whose length does not change; repeated after EINTR.
 * Returns the number of bytes or -errno. */
static ssize_t read_some(int fd, size_t want, struct buf *out)
{
    ssize_t n;
    if (buf_reserve(out, want) < 0)
        return -ENOMEM;
    do {
        n = read(fd, out->data + out->len, want);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

/* Waits for data or the end of the file; a FIFO without a writer has neither. Returns 0,
 * -ENODATA or another -errno. */
static int wait_for_data(int fd, int patience_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int n;
    do {
        n = poll(&poll_fd, 1, patience_ms);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n == 0 ? -ENODATA : 0;
}

/* `patience_ms` < 0: the file never makes the reader wait. `is_record`: a read that is
 * not filled is the end. */
static int read_all(int fd, size_t max, int patience_ms, bool is_record, struct buf *out)
{
    size_t begin = out->len, want;
    ssize_t n;
    do {
        size_t had = out->len - begin, left = max - had;
        n = patience_ms < 0 ? 0 : wait_for_data(fd, patience_ms);
        want = had > CHUNK ? had : CHUNK;
        /* One byte more than is wanted shows whether there is more. */
        want = left < want ? left + 1 : want;
        if (n == 0)
            n = read_some(fd, want, out);
        bool more = n > 0 && (size_t)n > left;
        /* After an error the caller gets no part of the file. */
        out->len = n < 0 ? begin : more ? out->len + left : out->len + (size_t)n;
        if (out->data)
            out->data[out->len] = '\0';
        if (more)
            return -EFBIG;
    } while (n > 0 && !(is_record && (size_t)n < want));
    return n < 0 ? (int)n : 0;
}

int file_read_at(int dirfd, const char *path, size_t max, struct buf *out)
{
    CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    return read_all(fd, max, -1, false, out);
}

int file_read_record(int dirfd, const char *path, size_t max, struct buf *out)
{
    CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    return read_all(fd, max, -1, true, out);
}

int file_read_open(int fd, size_t max, struct buf *out)
{
    /* A FIFO has no beginning. */
    if (lseek(fd, 0, SEEK_SET) < 0 && errno != ESPIPE)
        return -errno;
    return read_all(fd, max, -1, true, out);
}

int file_read_named(const char *path, size_t max, struct buf *out)
{
    struct stat st;
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max)
        return -EFBIG;
    return read_all(fd, max, PATIENCE_MS, false, out);
}

int file_write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The folder of `path`, to be freed; NULL = no memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int write_and_sync(int fd, const void *data, size_t len, unsigned mode)
{
    if (fchmod(fd, (mode_t)mode) < 0)
        return -errno;
    int r = file_write_all(fd, data, len);
    if (r < 0)
        return r;
    return fsync(fd) < 0 ? -errno : 0;
}

/* Some file systems cannot refuse to replace a file: the caller's lock keeps other
 * programs away. */
static int rename_to_new(const char *from, const char *to)
{
    struct stat st;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (lstat(to, &st) == 0)
        return -EEXIST;
    return rename(from, to) < 0 ? -errno : 0;
}

int file_set_aside(const char *path, int64_t wall_ms, char **ret_aside)
{
    CLEANUP_BUF struct buf aside = {0};
    int r = -EEXIST;
    for (int i = 1; i <= ASIDE_MAX && r == -EEXIST; i++) {
        buf_clear(&aside);
        buf_printf(&aside, "%s.damaged-%lld", path, (long long)(wall_ms / 1000));
        if (i > 1)
            buf_printf(&aside, "-%d", i);
        r = aside.error ? aside.error : rename_to_new(path, buf_text(&aside));
    }
    if (r == 0)
        *ret_aside = buf_take(&aside);
    return r;
}

/* ".NAME." and the six letters or digits of mkstemp(3). */
static bool is_temporary(const char *entry, const char *name)
{
    size_t len = strlen(name);
    if (entry[0] != '.' || strncmp(entry + 1, name, len) != 0 || entry[len + 1] != '.')
        return false;
    const char *tail = entry + len + 2;
    size_t n = 0;
    while (isalnum((unsigned char)tail[n]))
        n++;
    return n == strlen("XXXXXX") && !tail[n];
}

void file_sweep(const char *path)
{
    CLEANUP_FREE char *folder = folder_of(path);
    CLEANUP_DIR DIR *dir = folder ? opendir(folder) : NULL;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct stat st;
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (is_temporary(e->d_name, name) &&
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode))
            (void)unlinkat(dirfd(dir), e->d_name, 0);
}

int file_replace(const char *path, const void *data, size_t len, unsigned mode)
{
    CLEANUP_FREE char *folder = folder_of(path);
    CLEANUP_FREE char *temporary = NULL;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!folder || asprintf(&temporary, "%s/.%s.XXXXXX", folder, name) < 0) {
        temporary = NULL;
        return -ENOMEM;
    }
    CLEANUP_FD int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    CLEANUP_FD int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = write_and_sync(fd, data, len, mode);
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0) {
        unlink(temporary);
        return r;
    }
    return fsync(dir) < 0 ? -errno : 0;
}

int file_find_group(const char *path, char *ret_name, size_t size)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    const struct group *group = getgrgid(st.st_gid);
    if (group)
        snprintf(ret_name, size, "%s", group->gr_name);
    else
        snprintf(ret_name, size, "%u", st.st_gid);
    return 0;
}
