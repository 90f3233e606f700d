#include "cli/daemon_view.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 5

int daemon_view_connect(const char *folder, bool at_once)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", folder);
    if (n < 0 || (size_t)n >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    CLEANUP_FD int fd =
        socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | (at_once ? SOCK_NONBLOCK : 0), 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return TAKE_FD(fd);
    if (errno == EAGAIN)
        return at_once ? -EAGAIN : -ETIMEDOUT;
    return errno == ENOENT || errno == ECONNREFUSED ? -ESRCH : -errno;
}

/* Whether the daemon runs: 0 (also if it is stopped or hangs), -ESRCH or another error.
 * Nothing is sent. A queue of connections that is full belongs to a daemon that runs. */
static int find_daemon(const char *folder)
{
    CLEANUP_FD int fd = daemon_view_connect(folder, true);
    return fd >= 0 || fd == -EAGAIN ? 0 : fd;
}

/* The present bytes; what is added meanwhile is left out. */
static int read_bytes(int fd, char **ret_bytes, size_t *ret_len)
{
    struct stat st;
    size_t have = 0;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > TABLE_FILE_MAX)
        return -EBADMSG;
    size_t size = (size_t)st.st_size;
    CLEANUP_FREE char *bytes = malloc(size + 1);
    if (!bytes)
        return -ENOMEM;
    while (have < size) {
        ssize_t n = read(fd, bytes + have, size - have);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            break;
        have += n > 0 ? (size_t)n : 0;
    }
    *ret_bytes = TAKE_PTR(bytes);
    *ret_len = have;
    return 0;
}

static int read_file(const char *folder, struct daemon_view *view)
{
    CLEANUP_FREE char *path = NULL;
    size_t len = 0;
    if (asprintf(&path, "%s/table", folder) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT ? -ENODATA : -errno;
    int r = read_bytes(fd, &view->bytes, &len);
    return r < 0 ? r : table_file_read(view->bytes, len, &view->file);
}

void daemon_view_explain(const char *folder, int error, const struct table_image *last,
                         struct buf *out)
{
    char when[32];
    char group[64];
    if (error == -ESRCH && last) {
        clock_format_wall(table_scalars(last)->sampled_ms, when, sizeof(when));
        buf_printf(out,
                   "procgroupd is not running: it was killed or has crashed; its "
                   "last scan began at %s",
                   when);
    } else if (error == -ESRCH) {
        buf_printf(out, "procgroupd is not running: there is no %s/control", folder);
    } else if (error == -EACCES && file_find_group(folder, group, sizeof(group)) == 0) {
        buf_printf(out,
                   "%s: only root and members of the group %s may see what procgroupd "
                   "says: %s",
                   folder, group, strerror(EACCES));
    } else if (error == -ENODATA) {
        buf_printf(out,
                   "procgroupd runs, but there is no table in %s: its log has the "
                   "reason",
                   folder);
    } else if (error == -EPROTONOSUPPORT) {
        buf_printf(out, "%s/table is of another version of procgroupd: restart it",
                   folder);
    } else if (error == -EBADMSG) {
        buf_printf(out, "%s/table is damaged: restart procgroupd", folder);
    } else {
        buf_printf(out, "%s: %s", folder, strerror(-error));
    }
}

int daemon_view_read(const char *folder, struct moment now, struct daemon_view *ret_view,
                     struct buf *ret_why)
{
    struct daemon_view view = {0};
    int running = find_daemon(folder);
    int r = read_file(folder, &view);
    if (running < 0)
        r = running;
    if (r < 0) {
        daemon_view_explain(folder, r, view.file.image, ret_why);
        daemon_view_free(&view);
        return r;
    }
    table_age_of(table_scalars(view.file.image), clock_run_of(now), now.wall_ms,
                 &view.age);
    *ret_view = view;
    return 0;
}

void daemon_view_free(struct daemon_view *view)
{
    table_file_free(&view->file);
    free(view->bytes);
    view->bytes = NULL;
}
