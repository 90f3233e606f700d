#include "proc/batch.h"

#include "base/file.h"
#include "proc/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Larger buffers are not kept. */
#define TEXT_KEPT    ((size_t)4 << 10)
#define SCRATCH_KEPT ((size_t)128 << 10)

/* ------------------------------------------------------------ in the thread */

static int open_late(struct file_job *f)
{
    int fd = openat(f->fd, f->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int error = fd < 0 ? -errno : 0;
    close(f->fd);
    f->fd = fd;
    f->name = NULL;
    return error;
}

static int run_file(struct reader_job *job, struct buf *scratch)
{
    struct file_job *f = (struct file_job *)job;
    int r = f->name ? open_late(f) : 0;
    if (r < 0)
        return r;
    r = file_read_open(f->fd, f->max, scratch);
    if (r == 0)
        r = buf_append(&f->text, scratch->data, scratch->len);
    if (r != -EFBIG) { /* otherwise it may be run again */
        close(f->fd);
        f->fd = -1;
    }
    if (scratch->cap > SCRATCH_KEPT)
        buf_free(scratch);
    return r;
}

static void destroy_file(struct reader_job *job)
{
    struct file_job *f = (struct file_job *)job;
    if (f->fd >= 0)
        close(f->fd);
    buf_free(&f->text);
    free(f);
}

/* ------------------------------------------------------------ in the owner */

int batch_init(struct batch *b, unsigned deadline_ms)
{
    struct reader_options options = {.deadline_ms = deadline_ms};
    *b = (struct batch){.reader = reader_create(&options),
                        .second = reader_create(&options)};
    return b->reader && b->second ? 0 : -ENOMEM;
}

void batch_free(struct batch *b)
{
    batch_cut(b, 0);
    while (b->n_spare > 0)
        destroy_file(&b->spare[--b->n_spare]->job);
    reader_destroy(b->reader);
    reader_destroy(b->second);
    b->reader = b->second = NULL;
}

static struct file_job *take_spare(struct batch *b)
{
    struct file_job *f =
        b->n_spare > 0 ? b->spare[--b->n_spare] : calloc(1, sizeof(struct file_job));
    if (f)
        f->job = (struct reader_job){.run = run_file, .destroy = destroy_file};
    return f;
}

static int add_file(struct batch *b, const struct record *record, int fd,
                    const char *name, size_t max)
{
    if (fd < 0)
        return -errno;
    struct file_job *f = take_spare(b);
    if (!f) {
        close(fd);
        return -ENOMEM;
    }
    f->job.owner = record_owner(record);
    f->job.account = record->p.euid;
    f->fd = fd;
    f->name = name;
    f->max = max;
    batch_add(b, &f->job);
    return 0;
}

int batch_add_file(struct batch *b, const struct record *record, int dirfd,
                   const char *name, size_t max)
{
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return add_file(b, record, fd, NULL, max);
}

int batch_add_late_file(struct batch *b, const struct record *record, int dirfd,
                        const char *name, size_t max)
{
    int fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
    return add_file(b, record, fd, name, max);
}

void batch_add(struct batch *b, struct reader_job *job)
{
    b->jobs[b->n++] = job;
}

void batch_begin(struct batch *b)
{
    reader_begin(b->reader);
    reader_begin(b->second);
}

void batch_run(struct batch *b)
{
    if (b->n > 0)
        reader_run(b->reader, b->jobs, b->n);
    for (size_t i = 0; i < b->n; i++)
        if (b->jobs[i] && b->jobs[i]->is_light && b->jobs[i]->result == -EBUSY)
            reader_run(b->second, &b->jobs[i], 1);
}

void batch_run_again(struct batch *b, struct reader_job **job, size_t max)
{
    struct file_job *f = (struct file_job *)*job;
    f->max = max;
    reader_run(b->reader, job, 1);
}

/* Files are the most frequent jobs: they are used again. */
static void release(struct batch *b, struct reader_job *job)
{
    struct file_job *f = (struct file_job *)job;
    if (job->run != run_file || b->n_spare == BATCH_JOBS) {
        job->destroy(job);
        return;
    }
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    if (f->text.cap > TEXT_KEPT)
        buf_free(&f->text);
    else
        buf_clear(&f->text);
    b->spare[b->n_spare++] = f;
}

void batch_cut(struct batch *b, size_t first)
{
    for (size_t i = first; i < b->n; i++)
        if (b->jobs[i])
            release(b, b->jobs[i]);
    b->n = first < b->n ? first : b->n;
}
