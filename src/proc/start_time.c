#include "proc/start_time.h"

#include "proc/pidfile.h"
#include "proc/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct start_job {
    struct reader_job job;
    int dirfd;
    uint64_t start;
};

static int run_start(struct reader_job *job, struct buf *scratch)
{
    struct start_job *s = (struct start_job *)job;
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    (void)scratch;
    int r = pidfile_read_stat(s->dirfd, "stat", text, &line);
    if (r == 0)
        s->start = line.field[STAT_START];
    return r;
}

static void destroy_start(struct reader_job *job)
{
    close(((struct start_job *)job)->dirfd);
    free(job);
}

int start_time_read(struct proc_reader *reader, int dirfd, uint64_t *ret_start)
{
    struct start_job *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->job = (struct reader_job){.run = run_start, .destroy = destroy_start};
    s->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
    if (s->dirfd < 0) {
        free(s);
        return -errno;
    }
    struct reader_job *job = &s->job;
    if (reader)
        reader_run(reader, &job, 1);
    else
        job->result = run_start(job, NULL);
    if (!job)
        return -ETIMEDOUT;
    int r = job->result;
    if (r == 0)
        *ret_start = s->start;
    destroy_start(job);
    return r;
}
