#include "proc/pidfile.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 4096 };

int pidfile_open_folder(int root_fd, pid_t pid)
{
    char name[16];
    char *p = name + sizeof(name) - 1;
    *p = '\0';
    for (unsigned rest = (unsigned)pid; p == name + sizeof(name) - 1 || rest > 0;
         rest /= 10)
        *--p = (char)('0' + rest % 10);
    int fd = openat(root_fd, p, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}

ssize_t pidfile_read_once(int dirfd, const char *name, char *ret_data, size_t size)
{
    int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n;
    do {
        n = read(fd, ret_data, size);
    } while (n < 0 && errno == EINTR);
    ssize_t result = n >= 0 ? n : -errno;
    close(fd);
    return result;
}

int pidfile_read(int dirfd, const char *name, size_t max, struct buf *out)
{
    CLEANUP_FD int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    buf_clear(out);
    while (out->len < max) {
        size_t room = out->len > 0 ? out->len : CHUNK;
        if (room > max - out->len)
            room = max - out->len;
        if (buf_reserve(out, room + 1) < 0)
            return -ENOMEM;
        ssize_t n = read(fd, out->data + out->len, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        out->len += (size_t)n;
        out->data[out->len] = '\0';
        if ((size_t)n < room)
            break;
    }
    return 0;
}

bool pidfile_is_alive(int dirfd)
{
    struct stat st;
    return fstatat(dirfd, "stat", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
           !pidfile_is_gone(-errno);
}

bool pidfile_is_gone(int error)
{
    return error == -ESRCH || error == -ENOENT;
}
