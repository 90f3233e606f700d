#include "proc/exe.h"

#include "base/cleanup.h"
#include "proc/lookup.h"
#include "proc/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ATTEMPTS = 3 };

static const char suffix[] = " (deleted)";
#define SUFFIX_LEN (sizeof(suffix) - 1)

/* ------------------------------------------------------------ in the reader */

struct exe_job {
    struct reader_job job;
    int dirfd;
    struct origin_host *host;
    char *known; /* the path that is known to be the host's; NULL = none */
    /* The result. */
    bool is_unchanged; /* `known`; nothing else is set */
    char path[PATH_MAX];
    bool deleted;
    enum path_origin origin;
    struct file_identity id;
};

static void destroy_job(struct reader_job *job)
{
    struct exe_job *e = (struct exe_job *)job;
    cleanup_close_fd(&e->dirfd);
    origin_unref(e->host);
    free(e->known);
    free(e);
}

static bool is_exhausted(int error)
{
    return error == -EMFILE || error == -ENFILE;
}

static int read_link(int dirfd, char ret_path[PATH_MAX])
{
    ssize_t n = readlinkat(dirfd, "exe", ret_path, PATH_MAX);
    if (n < 0)
        return -errno;
    if (n == PATH_MAX)
        return -ENAMETOOLONG;
    ret_path[n] = '\0';
    return 0;
}

/* The path and the identity of the same file, which an exec may replace in between.
 * *ret_is_known: the identity could be read. */
static int read_file(struct exe_job *e, bool *ret_is_known)
{
    struct file_identity before;
    bool same = false;
    for (int i = 0; i < ATTEMPTS && !same; i++) {
        int known = lookup_link(e->dirfd, "exe", &before);
        int r = read_link(e->dirfd, e->path);
        if (r < 0)
            return r;
        *ret_is_known = lookup_link(e->dirfd, "exe", &e->id) == 0;
        same = (known == 0) == *ret_is_known &&
               (known < 0 ||
                (lookup_is_same(&before, &e->id) && before.mount == e->id.mount));
    }
    return same ? 0 : -EAGAIN;
}

static bool has_suffix(const char *path)
{
    size_t len = strlen(path);
    return len > SUFFIX_LEN && strcmp(path + len - SUFFIX_LEN, suffix) == 0;
}

/* d_path() adds " (deleted)" to the name of a file that was removed, but a file may have
 * such a name. Without links the file is deleted. With links left it has such a name if
 * the name leads to the same file from the root of the process; otherwise it has other
 * names (hard links), and this one was removed. If the file cannot be read (EACCES), or
 * its name is not in the kernel's cache, where that of a running program is, the suffix
 * is believed: upgraded programs are common, and such names are not. */
static bool is_deleted(const struct exe_job *e, bool is_known)
{
    struct file_identity named;
    if (!has_suffix(e->path))
        return false;
    if (!is_known || e->id.links == 0 || e->path[0] != '/')
        return true;
    int root = openat(e->dirfd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return true;
    int r = lookup_cached(root, e->path + 1, &named);
    close(root);
    return r < 0 || !lookup_is_same(&named, &e->id);
}

static int identify(struct exe_job *e)
{
    bool is_known = false;
    int r = e->known ? read_link(e->dirfd, e->path) : 0;
    e->is_unchanged = r == 0 && e->known && strcmp(e->known, e->path) == 0;
    if (r < 0 || e->is_unchanged)
        return r;
    r = read_file(e, &is_known);
    if (r < 0)
        return r;
    e->deleted = is_deleted(e, is_known);
    if (e->deleted)
        e->path[strlen(e->path) - SUFFIX_LEN] = '\0';
    const struct origin_file file = {e->path, e->deleted, e->id};
    e->origin = PATH_UNKNOWN;
    return is_known || !e->host->is_procfs
               ? origin_find(e->host, e->dirfd, &file, &e->origin)
               : 0;
}

/* The folder is closed, so that those that follow have a descriptor more. */
static int run_job(struct reader_job *job, struct buf *scratch)
{
    struct exe_job *e = (struct exe_job *)job;
    (void)scratch;
    int r = identify(e);
    if (!is_exhausted(r))
        cleanup_close_fd(&e->dirfd);
    return r;
}

/* ------------------------------------------------------------ in the scan */

/* Without an exec, the path is that of the same file as before. What is known of the host
 * does not change until then; of another file it may: the host's file may be replaced by
 * it. */
static bool is_settled(const struct record *record)
{
    const struct process *p = &record->p;
    return record->exe_settled && (p->have & PROCESS_EXE) != 0 && !p->path_deleted &&
           p->path_origin == PATH_HOST;
}

static int add_job(struct procfs *c, struct record *record, int dirfd)
{
    struct exe_job *e = malloc(sizeof(*e)); /* the path is large */
    if (!e)
        return -ENOMEM;
    e->job = (struct reader_job){.run = run_job,
                                 .destroy = destroy_job,
                                 .owner = record_owner(record),
                                 .account = record->p.euid,
                                 .is_light = true};
    e->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
    if (e->dirfd < 0) {
        free(e);
        return -errno;
    }
    e->host = origin_ref(c->host);
    e->known = is_settled(record) ? strdup(record->p.path) : NULL;
    e->id = (struct file_identity){0};
    batch_add(&c->batch, &e->job);
    return ATTRIBUTE_WAITS;
}

static int set_path(struct procfs *c, struct record *record, const char *path, size_t len,
                    bool deleted, enum path_origin origin)
{
    struct process *p = &record->p;
    record->changed =
        record->changed || p->path_deleted != deleted || p->path_origin != origin;
    p->path_deleted = deleted;
    p->path_origin = (uint8_t)origin;
    return record_set_text(record, c->pool, &p->path, path, len);
}

int exe_load(struct procfs *c, struct record *record, int dirfd)
{
    if (record->p.kernel || record_is_dead(record))
        return set_path(c, record, "", 0, false, PATH_HOST);
    if (record_is_stuck(record, c->batch.reader, c->sample_ms))
        return -ETIMEDOUT;
    return add_job(c, record, dirfd);
}

int exe_take(struct procfs *c, struct record *record, struct reader_job **job)
{
    struct process *p = &record->p;
    /* There were no descriptors; the other jobs have closed theirs by now. */
    if (is_exhausted((*job)->result))
        reader_run(c->batch.reader, job, 1);
    const struct exe_job *e = (const struct exe_job *)*job;
    if (!e)
        return -ETIMEDOUT;
    /* It exits, and its memory is gone. */
    if (e->job.result == -ENOENT)
        return (p->have & PROCESS_EXE) != 0
                   ? 0
                   : set_path(c, record, "", 0, false, PATH_HOST);
    if (e->job.result < 0)
        return e->job.result;
    if (e->is_unchanged)
        return 0;
    record->exe_settled = e->origin != PATH_UNKNOWN;
    scan_tick(c);
    record->exe_ms = c->sample_ms;
    record->changed = record->changed || p->path_inode != e->id.inode;
    p->path_device = PROCESS_DEVICE(e->id.device >> 32, (uint32_t)e->id.device);
    p->path_inode = e->id.inode;
    return set_path(c, record, e->path, strlen(e->path), e->deleted, e->origin);
}
