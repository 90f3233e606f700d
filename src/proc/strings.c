/* Readers of the cached attributes (PROCESS_CACHED). */
#include "proc/internal.h"

#include "base/strpool.h"
#include "proc/cgroup.h"
#include "proc/key_value.h"
#include "proc/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CMDLINE_MAX = 64 * 1024, CGROUP_MAX = 256 * 1024 };

static const char deleted[] = " (deleted)";

/* d_path() adds " (deleted)" to the name of a file that was removed, but a file may have
 * such a name. Without links the file is deleted. With links left it has such a name if
 * the name leads to the same file from the root of the process; otherwise it has other
 * names (hard links), and this one was removed. If the file cannot be read (EACCES), the
 * suffix is believed: upgraded programs are common, and such names are not. */
static bool is_deleted(int dirfd, const char *target)
{
    struct stat exe, named;
    if (fstatat(dirfd, "exe", &exe, 0) < 0 || exe.st_nlink == 0 || *target != '/')
        return true;
    int root = openat(dirfd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return true;
    int r = fstatat(root, target + 1, &named, 0);
    close(root);
    return r < 0 || named.st_ino != exe.st_ino || named.st_dev != exe.st_dev;
}

static int set_path(struct procfs *c, struct record *record, const char *path, size_t len,
                    bool is_gone)
{
    record->changed = record->changed || record->p.path_deleted != is_gone;
    record->p.path_deleted = is_gone;
    return record_set_text(record, c->pool, &record->p.path, path, len);
}

static int load_exe(struct procfs *c, struct record *record, int dirfd)
{
    char target[PATH_MAX + 1];
    if (record->p.kernel || record_is_dead(record))
        return set_path(c, record, "", 0, false);
    ssize_t n = readlinkat(dirfd, "exe", target, sizeof(target) - 1);
    if (n < 0 && errno == ENOENT && pidfile_is_alive(dirfd))
        return set_path(c, record, "", 0, false);
    if (n < 0)
        return -errno;
    size_t len = (size_t)n;
    target[len] = '\0';
    const size_t suffix = sizeof(deleted) - 1;
    bool cut = len > suffix && strcmp(target + len - suffix, deleted) == 0 &&
               is_deleted(dirfd, target);
    return set_path(c, record, target, cut ? len - suffix : len, cut);
}

/* Without trailing NULs: that of the last argument, and those behind a shorter title. */
static int load_cmdline(struct procfs *c, struct record *record, int dirfd)
{
    struct buf *b = &c->scratch;
    buf_clear(b);
    if (!record->p.kernel && !record_is_dead(record)) {
        int r = pidfile_read(dirfd, "cmdline", CMDLINE_MAX, b);
        if (r < 0)
            return r;
    }
    while (b->len > 0 && b->data[b->len - 1] == '\0')
        b->len--;
    int r = record_set_text(record, c->pool, &record->p.cmdline,
                            b->len > 0 ? b->data : "", b->len);
    if (r == 0)
        record->p.cmdline_len = b->len;
    return r;
}

static int load_cgroup(struct procfs *c, struct record *record, int dirfd)
{
    struct process *p = &record->p;
    struct buf *b = &c->scratch;
    buf_clear(b);
    int r = pidfile_read(dirfd, "cgroup", CGROUP_MAX, b);
    /* -ENOENT: a kernel without cgroups. */
    if (r < 0 && !(r == -ENOENT && pidfile_is_alive(dirfd)))
        return r;
    const char *path;
    struct cgroup_units units;
    char container[CGROUP_WORD_MAX];
    bool dead = record_is_dead(record);
    size_t len = cgroup_find_path(buf_text(b), b->len, dead, &path);
    cgroup_find_units(path, len, &units);
    cgroup_find_container(buf_text(b), b->len, dead, container);
    r = record_set_text(record, c->pool, &p->cgroup, path, len);
    if (r == 0)
        r = record_set_text(record, c->pool, &p->unit, units.system,
                            strlen(units.system));
    if (r == 0)
        r = record_set_text(record, c->pool, &p->user_unit, units.user,
                            strlen(units.user));
    if (r == 0)
        r = record_set_text(record, c->pool, &p->container, container, strlen(container));
    return r;
}

static int load_labels(struct procfs *c, struct record *record, int dirfd)
{
    const struct label *labels[LABEL_STACK_MAX] = {NULL};
    int n = 0;
    if (c->labels.read)
        n = c->labels.read(c->labels.ctx, dirfd, labels);
    if (n < 0)
        return n;
    unsigned count = (unsigned)n;
    if (count != record->p.n_labels ||
        memcmp(labels, record->p.labels, count * sizeof(labels[0])) != 0)
        record->changed = true;
    memcpy(record->p.labels, labels, count * sizeof(labels[0]));
    record->p.n_labels = count;
    return 0;
}

/* The link in ns/ needs permission to ptrace. `NSpid:` of status does not; it has a
 * number for each pid namespace from that of the procfs down to that of the process, so
 * more than one is a container. This holds only if ours is that of the procfs: otherwise
 * a sibling of ours has as many. */
static int compare_depth(struct procfs *c, int dirfd, bool *ret_inside)
{
    if (c->ns_depth != 1)
        return -EACCES;
    int r = pidfile_read(dirfd, "status", STATUS_MAX, &c->scratch);
    if (r < 0)
        return r;
    size_t depth = key_value_count_numbers(c->scratch.data, c->scratch.len, "NSpid:");
    if (depth == 0)
        return -EACCES;
    *ret_inside = depth > 1;
    return 0;
}

static int load_namespace(struct procfs *c, struct record *record, int dirfd)
{
    bool inside = false;
    struct stat st;
    if (!record->p.kernel) {
        if (c->ours_pidns != 0 && fstatat(dirfd, "ns/pid", &st, 0) == 0) {
            inside = st.st_ino != c->ours_pidns;
        } else {
            int r = compare_depth(c, dirfd, &inside);
            if (r < 0)
                return r;
        }
    }
    record->changed = record->changed || inside != record->p.in_container;
    record->p.in_container = inside;
    return 0;
}

const struct attribute_reader cached_readers[] = {
    {PROCESS_EXE, load_exe},       {PROCESS_CMDLINE, load_cmdline},
    {PROCESS_CGROUP, load_cgroup}, {PROCESS_LABEL, load_labels},
    {PROCESS_NS, load_namespace},  {0},
};
