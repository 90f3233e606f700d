#include "proc/pidfile.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

int pidfile_read_open_stat(int fd, char ret_text[STAT_TEXT_MAX],
                           struct stat_line *ret_line)
{
    ssize_t n;
    do {
        n = pread(fd, ret_text, STAT_TEXT_MAX, 0);
        if (n < 0 && errno == ESPIPE)
            n = read(fd, ret_text, STAT_TEXT_MAX);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return n < STAT_TEXT_MAX ? stat_parse(ret_text, (size_t)n, ret_line) : -EFBIG;
}

int pidfile_read_stat(int dirfd, const char *name, char ret_text[STAT_TEXT_MAX],
                      struct stat_line *ret_line)
{
    int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = pidfile_read_open_stat(fd, ret_text, ret_line);
    close(fd);
    return r;
}

int pidfile_read(int dirfd, const char *name, size_t max, struct buf *out)
{
    buf_clear(out);
    return file_read_record(dirfd, name, max, out);
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
