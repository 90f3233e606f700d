#include "agent/daemon/run_folder.h"

#include "agent/daemon/lock_file.h"
#include "base/cleanup.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

/* Of root the group of the account, if there is one. Files inherit it: the daemon has no
 * capability later that could give it to them. */
static void set_group(int fd)
{
    const struct group *group = geteuid() == 0 ? getgrnam(RUN_FOLDER_GROUP) : NULL;
    if (group)
        (void)!fchown(fd, (uid_t)-1, group->gr_gid);
}

static int open_folder(const char *path)
{
    bool is_new = mkdir(path, 0700) == 0;
    CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (is_new)
        set_group(fd);
    return !is_new || fchmod(fd, 02750) == 0 ? TAKE_FD(fd) : -errno;
}

/* A socket of that name belongs to a daemon that did not stop: the lock is held. */
static int make_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(name) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, name, strlen(name));
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    (void)unlink(name);
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        chmod(name, 0660) < 0 || listen(fd, BACKLOG) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int run_folder_open(const char *path, struct log *log, struct run_folder *ret_folder)
{
    struct run_folder f = {.path = path, .fd = -1, .lock_fd = -1, .socket_fd = -1};
    CLEANUP_FREE char *lock = NULL;
    CLEANUP_FREE char *name = NULL;
    struct stat st;
    int r = f.fd = open_folder(path);
    if (r < 0) {
        log_warn(log, "%s: %s", path, strerror(-r));
        goto out;
    }
    if (fstat(f.fd, &st) < 0) {
        r = -errno;
        goto out;
    }
    f.gid = st.st_gid;
    if (asprintf(&lock, "%s/" RUN_FOLDER_LOCK, path) < 0 ||
        asprintf(&name, "%s/" RUN_FOLDER_SOCKET, path) < 0) {
        r = -ENOMEM;
        goto out;
    }
    r = f.lock_fd = lock_file_take(lock, "folder", log);
    if (r < 0)
        goto out;
    (void)unlinkat(f.fd, RUN_FOLDER_TABLE, 0);
    r = f.socket_fd = make_socket(name);
    if (r < 0)
        log_warn(log, "%s: %s", name, strerror(-r));
out:
    if (r >= 0)
        *ret_folder = f;
    else
        run_folder_close(&f);
    return r < 0 ? r : 0;
}

void run_folder_close(struct run_folder *folder)
{
    struct run_folder *f = folder;
    if (f->socket_fd >= 0)
        (void)unlinkat(f->fd, RUN_FOLDER_SOCKET, 0);
    cleanup_close_fd(&f->socket_fd);
    cleanup_close_fd(&f->fd);
    cleanup_close_fd(&f->lock_fd);
}
