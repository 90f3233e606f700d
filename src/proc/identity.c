/* Which process of this procfs is this program, or a child of it, and which others run
 * the same program? The procfs may be that of another pid namespace (-P), where pids
 * differ.
 */
#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/key_value.h"
#include "proc/lookup.h"
#include "proc/pidfile.h"
#include "proc/start_time.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDINFO_MAX 4096

/* `Pid:` of a pidfd is the pid in the namespace of this procfs
 * (pidfd_show_fdinfo(), kernel/fork.c). -ENODATA without pidfds (Linux before 5.3). */
static int find_pid(struct procfs *c, pid_t pid, pid_t *ret_pid)
{
    char path[40];
    uint64_t found = 0;
    struct key_value row = {.key = "Pid:", .value = {&found}};
    CLEANUP_FD int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return errno == ENOSYS ? -ENODATA : -errno;
    snprintf(path, sizeof(path), "self/fdinfo/%d", fd);
    int r = pidfile_read(c->root_fd, path, FDINFO_MAX, &c->scratch);
    if (r < 0)
        return r;
    key_value_parse(c->scratch.data, c->scratch.len, &row, 1);
    if (!row.found)
        return -ENODATA;
    if (found == 0 || found > INT32_MAX) /* not in that namespace */
        return -ESRCH;
    *ret_pid = (pid_t)found;
    return 0;
}

int procfs_identify(struct procfs *c, pid_t pid, uint64_t *ret_key)
{
    struct process found = {.pid = pid};
    int r = find_pid(c, pid, &found.pid);
    if (r == -ENODATA && c->ns_depth <= 1) /* the same namespace */
        r = 0;
    if (r < 0)
        return r;
    CLEANUP_FD int dirfd = pidfile_open_folder(c->root_fd, found.pid);
    if (dirfd < 0)
        return dirfd;
    r = start_time_read(c->batch.reader, dirfd, &found.start);
    if (r < 0)
        return r;
    *ret_key = process_key(&found);
    return 0;
}

static int find_program(struct procfs *c, uint64_t key, struct file_identity *ret_file)
{
    struct process found = {.pid = process_key_pid(key)};
    CLEANUP_FD int dirfd = pidfile_open_folder(c->root_fd, found.pid);
    if (dirfd < 0)
        return dirfd;
    int r = start_time_read(c->batch.reader, dirfd, &found.start);
    if (r < 0)
        return r;
    return process_key(&found) == key ? lookup_link(dirfd, "exe", ret_file) : -ESRCH;
}

bool procfs_runs_same(struct procfs *c, uint64_t key, uint64_t other)
{
    struct file_identity a, b;
    return find_program(c, key, &a) == 0 && find_program(c, other, &b) == 0 &&
           lookup_is_same(&a, &b);
}
