/* Readers of the cached attributes (PROCESS_CACHED). */
#include "proc/internal.h"

#include "base/strpool.h"
#include "proc/cgroup.h"
#include "proc/exe.h"
#include "proc/key_value.h"
#include "proc/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CGROUP_MAX = 256 * 1024 };

/* A job that uses the folder of the process. */
struct folder_job {
    struct reader_job job;
    int dirfd;
    struct buf text; /* what was read */
    uint64_t inode;  /* of the pid namespace */
    struct label_fetch labels;
};

static void destroy_folder_job(struct reader_job *job)
{
    struct folder_job *f = (struct folder_job *)job;
    close(f->dirfd);
    buf_free(&f->text);
    free(f);
}

/* Returns ATTRIBUTE_WAITS or -errno. */
static int add_folder_job(struct procfs *c, struct record *record, int dirfd,
                          int (*run)(struct reader_job *job, struct buf *scratch))
{
    if (record_is_stuck(record, c->batch.reader, c->sample_ms))
        return -ETIMEDOUT;
    struct folder_job *f = calloc(1, sizeof(*f));
    if (!f)
        return -ENOMEM;
    f->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
    if (f->dirfd < 0) {
        free(f);
        return -errno;
    }
    f->job = (struct reader_job){.run = run,
                                 .destroy = destroy_folder_job,
                                 .owner = record_owner(record),
                                 .account = record->p.euid};
    f->labels = c->labels.fetch;
    batch_add(&c->batch, &f->job);
    return ATTRIBUTE_WAITS;
}

static size_t long_part(size_t len)
{
    return len > PROCESS_CMDLINE_SHORT ? len : 0;
}

void strings_count_long(struct procfs *c)
{
    size_t sum = 0;
    struct process *const *list = c->known.list;
    for (size_t i = 0; i < c->known.count && c->long_bytes > 0; i++)
        if (list[i]->cmdline_len > PROCESS_CMDLINE_SHORT)
            sum += list[i]->cmdline_len;
    c->long_bytes = sum;
}

/* Without trailing NULs: that of the last argument, and those behind a shorter title. */
static int set_cmdline(struct procfs *c, struct record *record, const char *text,
                       size_t len)
{
    while (len > 0 && text[len - 1] == '\0')
        len--;
    size_t before = record->p.cmdline_len;
    int r = record_set_text(record, c->pool, &record->p.cmdline, text, len);
    if (r < 0)
        return r;
    record->p.cmdline_len = (uint32_t)len; /* PROCESS_CMDLINE_MAX */
    c->long_bytes += long_part(len);
    c->long_bytes -= long_part(before) < c->long_bytes ? long_part(before) : 0;
    return 0;
}

static int load_cmdline(struct procfs *c, struct record *record, int dirfd)
{
    if (record->p.kernel || record_is_dead(record))
        return set_cmdline(c, record, "", 0);
    if (record_is_stuck(record, c->batch.reader, c->sample_ms))
        return -ETIMEDOUT;
    const struct backoff backoff = record_backoff(record, RECORD_LARGE);
    if (backoff_holds(&backoff, c->sample_ms))
        return -EFBIG;
    int r = batch_add_file(&c->batch, record, dirfd, "cmdline", PROCESS_CMDLINE_SHORT);
    return r < 0 ? r : ATTRIBUTE_WAITS;
}

/* Long arguments are read one after the other: they are not all in memory twice. */
static int read_long(struct procfs *c, struct reader_job **job)
{
    size_t held = c->long_bytes;
    size_t left = held < PROCESS_CMDLINE_TOTAL ? PROCESS_CMDLINE_TOTAL - held : 0;
    size_t max = left < PROCESS_CMDLINE_MAX ? left : PROCESS_CMDLINE_MAX;
    if (max <= PROCESS_CMDLINE_SHORT)
        return -EFBIG;
    batch_run_again(&c->batch, job, max);
    int r = *job ? (*job)->result : -ETIMEDOUT;
    if (r == -EFBIG)
        c->long_bytes += max; /* what is read in vain has the same limit */
    return r;
}

static int take_cmdline(struct procfs *c, struct record *record, struct reader_job **job)
{
    int r = (*job)->result;
    if (r == -EFBIG)
        r = read_long(c, job);
    if (r == -EFBIG && record_begin_backoff(record, RECORD_LARGE, c->sample_ms) < 0)
        return -ENOMEM;
    if (r < 0)
        return r;
    record_end_backoff(record, RECORD_LARGE);
    const struct buf *text = &((const struct file_job *)*job)->text;
    return set_cmdline(c, record, buf_text(text), text->len);
}

static int load_cgroup(struct procfs *c, struct record *record, int dirfd)
{
    struct buf *b = &c->scratch;
    buf_clear(b);
    int r = pidfile_read(dirfd, "cgroup", CGROUP_MAX, b);
    /* -ENOENT: a kernel without cgroups. */
    if (r < 0 && !(r == -ENOENT && pidfile_is_alive(dirfd)))
        return r;
    const char *path = "";
    struct cgroup_units units;
    char container[CGROUP_WORD_MAX];
    bool dead = record_is_dead(record);
    size_t len = cgroup_find_path(buf_text(b), b->len, dead, &path);
    cgroup_find_units(path, len, &units);
    cgroup_find_container(buf_text(b), b->len, dead, container);
    if (len > 0)
        b->data[path + len - b->data] = '\0';
    return record_set_cgroup(record, c->pool,
                             &(struct process_cgroup){len > 0 ? path : "", units.system,
                                                      units.user, container});
}

static int set_labels(struct procfs *c, struct record *record, int n,
                      const struct label *labels[LABEL_STACK_MAX])
{
    if (n < 0)
        return n;
    return record_set_labels(record, c->pool, labels, (size_t)n);
}

/* Opening the files of a context waits for an exec since Linux 6.18. */
static int run_label_job(struct reader_job *job, struct buf *scratch)
{
    struct folder_job *f = (struct folder_job *)job;
    (void)scratch;
    return f->labels.run(f->labels.modules, f->dirfd, &f->text);
}

static int load_labels(struct procfs *c, struct record *record, int dirfd)
{
    const struct label *labels[LABEL_STACK_MAX] = {NULL};
    int n = 0;
    if (c->labels.fetch.run && c->labels.fetch.modules != 0)
        return add_folder_job(c, record, dirfd, run_label_job);
    if (c->labels.read)
        n = c->labels.read(c->labels.ctx, dirfd, labels);
    return set_labels(c, record, n, labels);
}

static int take_labels(struct procfs *c, struct record *record, struct reader_job **job)
{
    const struct label *labels[LABEL_STACK_MAX] = {NULL};
    const struct folder_job *f = (const struct folder_job *)*job;
    if (f->job.result < 0)
        return f->job.result;
    int n = c->labels.take(c->labels.ctx, buf_text(&f->text), f->text.len, labels);
    return set_labels(c, record, n, labels);
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

static int set_namespace(struct record *record, bool inside)
{
    record->changed = record->changed || inside != record->p.in_container;
    record->p.in_container = inside;
    return 0;
}

/* The link waits for an exec since Linux 6.18. */
static int run_namespace_job(struct reader_job *job, struct buf *scratch)
{
    struct folder_job *f = (struct folder_job *)job;
    struct stat st;
    (void)scratch;
    if (fstatat(f->dirfd, "ns/pid", &st, 0) < 0)
        return -errno;
    f->inode = st.st_ino;
    return 0;
}

static int load_namespace(struct procfs *c, struct record *record, int dirfd)
{
    bool inside = false;
    if (record->p.kernel)
        return set_namespace(record, false);
    if (c->ours_pidns != 0)
        return add_folder_job(c, record, dirfd, run_namespace_job);
    int r = compare_depth(c, dirfd, &inside);
    return r < 0 ? r : set_namespace(record, inside);
}

static int take_namespace(struct procfs *c, struct record *record,
                          struct reader_job **job)
{
    const struct folder_job *f = (const struct folder_job *)*job;
    bool inside = f->inode != c->ours_pidns;
    int r = f->job.result < 0 ? compare_depth(c, f->dirfd, &inside) : 0;
    return r < 0 ? r : set_namespace(record, inside);
}

const struct attribute_reader cached_readers[] = {
    {PROCESS_EXE, exe_load, exe_take},
    {PROCESS_CMDLINE, load_cmdline, take_cmdline},
    {PROCESS_CGROUP, load_cgroup, NULL},
    {PROCESS_LABEL, load_labels, take_labels},
    {PROCESS_NS, load_namespace, take_namespace},
    {0},
};
