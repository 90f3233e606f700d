/* Stat samples, read by the reader: since Linux 6.18 the file stat waits for an exec of
 * the process too (do_task_stat(), fs/proc/array.c), and that for file systems. */
#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/pidfile.h"
#include "proc/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sample_job {
    struct reader_job job;
    pid_t pid;
    int dirfd, stat_fd;    /* the caller's, until the job is given up */
    bool keeps_stat;       /* `stat_fd` is to be opened */
    struct stat_line line; /* its comm is the one below */
    char comm[PROCESS_COMM_SIZE];
    uint32_t euid, egid;
    pid_t thread;               /* as in struct stat_sample */
    struct stat_sample by_task; /* `line` NULL: it is read from /proc */
};

/* ------------------------------------------------------------ in the thread */

static void keep_comm(struct sample_job *s)
{
    size_t len = s->line.comm_len;
    s->line.comm_len = len < sizeof(s->comm) ? len : sizeof(s->comm) - 1;
    memcpy(s->comm, s->line.comm, s->line.comm_len);
    s->line.comm = s->comm;
}

static int read_line(struct sample_job *s, char text[STAT_TEXT_MAX])
{
    if (s->stat_fd < 0 && s->keeps_stat)
        s->stat_fd = openat(s->dirfd, "stat", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return s->stat_fd >= 0 ? pidfile_read_open_stat(s->stat_fd, text, &s->line)
                           : pidfile_read_stat(s->dirfd, "stat", text, &s->line);
}

/* The owner of a folder of mode 0555 is euid and egid, also of a process that is not
 * dumpable (task_dump_owner(), fs/proc/base.c). It is read first: the folder of a process
 * that has ended has the owner 0:0, and the stat that follows fails. */
static int run_sample(struct reader_job *job, struct buf *scratch)
{
    struct sample_job *s = (struct sample_job *)job;
    char text[STAT_TEXT_MAX];
    struct stat st;
    (void)scratch;
    if (fstat(s->dirfd, &st) < 0)
        return -errno;
    int r = read_line(s, text);
    if (r < 0)
        return r;
    keep_comm(s);
    s->euid = st.st_uid;
    s->egid = st.st_gid;
    s->thread = thread_find_live(s->dirfd, &s->line);
    return 0;
}

static void destroy_sample(struct reader_job *job)
{
    struct sample_job *s = (struct sample_job *)job;
    close(s->dirfd);
    cleanup_close_fd(&s->stat_fd);
    free(s);
}

/* ------------------------------------------------------------ in the owner */

/* All programs of the process: a thread that waits for its exec does not know which. */
static uint64_t owner_of(pid_t pid)
{
    return (uint64_t)1 << 62 | (uint64_t)pid;
}

static int make_job(struct procfs *c, pid_t pid, uint32_t account, int dirfd,
                    struct sample_job **ret_job)
{
    struct samples *samples = &c->samples;
    uint64_t owner = owner_of(pid);
    if (samples->some_wait && reader_is_waiting(c->batch.reader, owner))
        return -ETIMEDOUT;
    struct sample_job *s =
        samples->n_spare > 0 ? samples->spare[--samples->n_spare] : malloc(sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->job = (struct reader_job){
        .run = run_sample, .destroy = destroy_sample, .owner = owner, .account = account};
    s->pid = pid;
    s->dirfd = dirfd;
    s->stat_fd = -1;
    s->keeps_stat = false;
    s->by_task.line = NULL;
    *ret_job = s;
    return 0;
}

int samples_add(struct procfs *c, pid_t pid, uint32_t account, int dirfd)
{
    struct samples *samples = &c->samples;
    struct sample_job *s;
    int r = make_job(c, pid, account, dirfd, &s);
    if (r < 0)
        return r;
    samples->jobs[samples->n] = &s->job;
    return (int)samples->n++;
}

void samples_keep_stat(struct procfs *c, int number, int stat_fd)
{
    struct sample_job *s = (struct sample_job *)c->samples.jobs[number];
    s->stat_fd = stat_fd;
    s->keeps_stat = true;
}

bool samples_settle(const struct procfs *c, int number, int *ret_stat_fd)
{
    const struct sample_job *s = (const struct sample_job *)c->samples.jobs[number];
    if (!s)
        return false;
    *ret_stat_fd = s->stat_fd;
    return true;
}

static void take_task(const struct procfs *c, struct sample_job *s,
                      const struct task_record *task)
{
    if (task->pid != s->pid || !task_sample_is_enough(task))
        return;
    task_sample_fill(c, task, &s->line, &s->by_task);
    keep_comm(s);
    s->job.result = 0;
}

/* The folders are open already: if the process of a folder had ended before, and its pid
 * was used again, the task has another start time. */
static void read_tasks(struct procfs *c)
{
    struct samples *samples = &c->samples;
    const struct task_record *tasks;
    pid_t pids[SAMPLES_MAX];
    _Static_assert(SAMPLES_MAX <= TASKS_ASKED, "they are read at once");
    for (size_t i = 0; i < samples->n; i++)
        pids[i] = ((const struct sample_job *)samples->jobs[i])->pid;
    if (task_sample_read(c, pids, samples->n, &tasks) < 0)
        return;
    for (size_t i = 0; i < samples->n; i++)
        take_task(c, (struct sample_job *)samples->jobs[i], &tasks[i]);
}

void samples_run(struct procfs *c)
{
    struct samples *samples = &c->samples;
    struct reader_job *left[SAMPLES_MAX];
    size_t n = 0;
    if (samples->n > 0)
        read_tasks(c);
    for (size_t i = 0; i < samples->n; i++)
        if (!((const struct sample_job *)samples->jobs[i])->by_task.line)
            left[n++] = samples->jobs[i];
    if (n > 0)
        reader_run(c->batch.reader, left, n);
    for (size_t i = samples->n; i-- > 0;)
        if (!((const struct sample_job *)samples->jobs[i])->by_task.line)
            samples->jobs[i] = left[--n];
    samples->some_wait = reader_abandoned(c->batch.reader) > 0;
}

static void fill(const struct procfs *c, const struct sample_job *s,
                 struct stat_sample *ret_sample)
{
    const uint64_t *f = s->line.field;
    if (s->by_task.line) {
        *ret_sample = s->by_task;
        return;
    }
    *ret_sample = (struct stat_sample){
        .line = &s->line,
        .euid = s->euid,
        .egid = s->egid,
        .exec_mark = stat_exec_mark(&s->line),
        .cpu_ms = (uint64_t)stat_ticks_to_ms(f[STAT_UTIME] + f[STAT_STIME], c->ticks),
        .thread = s->thread,
    };
}

int samples_take(const struct procfs *c, int number, struct stat_sample *ret_sample)
{
    const struct sample_job *s = (const struct sample_job *)c->samples.jobs[number];
    int r = s ? s->job.result : -ETIMEDOUT;
    if (r < 0)
        return pidfile_is_gone(r) ? -ESRCH : r;
    fill(c, s, ret_sample);
    return 0;
}

void samples_clear(struct procfs *c)
{
    struct samples *samples = &c->samples;
    for (size_t i = 0; i < samples->n; i++)
        if (samples->jobs[i])
            samples->spare[samples->n_spare++] = (struct sample_job *)samples->jobs[i];
    samples->n = 0;
}

void samples_free(struct procfs *c)
{
    samples_clear(c);
    while (c->samples.n_spare > 0)
        free(c->samples.spare[--c->samples.n_spare]);
}

int samples_read_lent(struct procfs *c, pid_t pid, uint32_t account, int dirfd,
                      struct one_sample *ret_one, bool *ret_lost)
{
    struct sample_job *s;
    *ret_lost = false;
    int r = make_job(c, pid, account, dirfd, &s);
    if (r < 0)
        return r;
    struct reader_job *job = &s->job;
    reader_run(c->batch.reader, &job, 1);
    if (!job) {
        c->samples.some_wait = *ret_lost = true;
        return -ETIMEDOUT;
    }
    r = job->result;
    if (r == 0) {
        fill(c, s, &ret_one->sample);
        ret_one->line = s->line;
        memcpy(ret_one->comm, s->comm, sizeof(s->comm));
        ret_one->line.comm = ret_one->comm;
        ret_one->sample.line = &ret_one->line;
    }
    free(s);
    return pidfile_is_gone(r) ? -ESRCH : r;
}

int samples_read(struct procfs *c, pid_t pid, uint32_t account, int dirfd,
                 struct one_sample *ret_one)
{
    bool lost;
    int copy = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return -errno;
    int r = samples_read_lent(c, pid, account, copy, ret_one, &lost);
    if (!lost)
        close(copy);
    return r;
}
