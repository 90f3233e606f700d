#include "agent/daemon/lock_file.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void log_holder(int fd, const char *path, const char *what, struct log *log)
{
    char pid[32] = "";
    ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);
    pid[n > 0 ? n : 0] = '\0';
    pid[strcspn(pid, "\n")] = '\0';
    log_err(log, "%s: locked: another procgroupd (pid %s) uses this %s", path,
            *pid ? pid : "unknown", what);
}

int lock_file_take(const char *path, const char *what, struct log *log)
{
    CLEANUP_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fchmod(fd, 0600) < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int error = errno;
        if (error == EWOULDBLOCK)
            log_holder(fd, path, what, log);
        else
            log_err(log, "%s: %s", path, strerror(error));
        return -error;
    }
    if (ftruncate(fd, 0) == 0)
        (void)!dprintf(fd, "%d\n", (int)getpid());
    return TAKE_FD(fd);
}
