#include "proc/reader.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/helper_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    DEADLINE_MS = 100,
    MAX_ABANDONED = 64,
    MAX_IN_ROUND = 4,
    MAX_OF_ACCOUNT = 2,
    STACK_SIZE = 128 * 1024,
    SLOW_SHARE = 10,     /* a job is slow from a tenth of the deadline on */
    SLOW_DEADLINES = 10, /* that slow jobs may take in a round */
    BUSY_DEADLINES = 20, /* that a thread may compute in one job */
};

/* Shared by the owner and its threads; the last of them frees it. */
struct core {
    pthread_mutex_t lock; /* for all that follows */
    pthread_cond_t work;  /* to the thread: there are jobs, or an order to stop */
    pthread_cond_t done;  /* to the owner: all jobs have ended */
    unsigned refs;
    struct worker *left; /* abandoned threads */
    unsigned n_left, account_max;
    bool stop;
    struct worker *live; /* the thread that takes jobs; NULL = none */
    struct reader_job **jobs;
    size_t n, next;
    int64_t slow_us, slow_max_us;
    int64_t allowance_us;
    int64_t slow_from_us; /* never changes */
};

struct worker {
    struct worker *next; /* of core->left */
    struct core *core;
    struct reader_job *job; /* in hand */
    bool abandoned;
    pid_t tid;
    int64_t begin_us; /* of the job in hand; written with the lock */
    int64_t end_us;   /* of the one before */
    long waits;       /* voluntary context switches when the job in hand began */
    struct buf scratch;
};

struct reader_limits {
    int64_t deadline_us;
    int64_t busy_us; /* more, that a thread may compute in one job */
    unsigned max_abandoned;
};

struct proc_reader {
    struct core *core;
    pthread_t thread; /* of core->live */
    struct reader_limits limits;
    struct buf scratch; /* where no thread can be made */
    unsigned spent;     /* threads that were abandoned in this round */
};

/* ------------------------------------------------------------ in the thread */

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static long count_waits(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : 0;
}

static void unref(struct core *core)
{
    bool last = --core->refs == 0;
    pthread_mutex_unlock(&core->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&core->lock);
    pthread_cond_destroy(&core->work);
    pthread_cond_destroy(&core->done);
    free(core);
}

static bool has_job(const struct core *core)
{
    return core->next < core->n && core->slow_us < core->slow_max_us;
}

/* After a job. Returns the time that it took in us if it was slow: it took long and has
 * waited, and not only for a CPU. Otherwise 0. */
static int64_t measure_wait(struct worker *w, int64_t slow_from_us)
{
    w->end_us = now_us();
    int64_t took = w->end_us - w->begin_us;
    if (took < slow_from_us)
        return 0;
    long waits = count_waits();
    bool waited = waits > w->waits;
    w->waits = waits;
    return waited ? took : 0;
}

/* Before a job. Waiting for the lock, or for jobs, does not count as its wait. */
static void begin_measure(struct worker *w)
{
    w->begin_us = now_us();
    if (w->begin_us - w->end_us >= w->core->slow_from_us)
        w->waits = count_waits();
}

/* Waiting for the lock is not part of the next job: waits are counted anew. */
static void lock_uncounted(struct worker *w)
{
    if (pthread_mutex_trylock(&w->core->lock) == 0)
        return;
    pthread_mutex_lock(&w->core->lock);
    w->end_us = 0;
}

/* Whether the user of the job has not used up its share of the threads. */
static bool is_allowed(const struct core *core, const struct reader_job *job)
{
    unsigned n = 0;
    for (const struct worker *w = core->left; w && job->account != 0; w = w->next)
        n += w->job->account == job->account;
    return n < core->account_max;
}

static struct reader_job *next_job(struct core *core)
{
    while (has_job(core)) {
        struct reader_job *job = core->jobs[core->next++];
        if (job->is_expensive && core->allowance_us <= 0)
            job->result = -EAGAIN;
        else if (is_allowed(core, job))
            return job;
    }
    return NULL;
}

/* Takes the next job, or waits for one. False: the thread is to end. */
static bool take(struct worker *w)
{
    struct core *core = w->core;
    while (!core->stop && !(w->job = next_job(core))) {
        pthread_cond_signal(&core->done);
        pthread_cond_wait(&core->work, &core->lock);
        w->end_us = 0;
    }
    begin_measure(w);
    return !core->stop;
}

static void leave_list(struct worker *w)
{
    struct worker **at = &w->core->left;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    w->core->n_left--;
}

static void end_worker(struct worker *w)
{
    struct core *core = w->core;
    if (w->abandoned) {
        leave_list(w);
        w->job->destroy(w->job);
    }
    buf_free(&w->scratch);
    free(w);
    unref(core);
}

/* *ret_us: the CPU time that it took, if it is expensive. */
static int run_job(struct reader_job *job, struct buf *scratch, int64_t *ret_us)
{
    int64_t began_us = job->is_expensive ? clock_effort_us() : 0;
    int result = job->run(job, scratch);
    *ret_us = job->is_expensive ? clock_effort_us() - began_us : 0;
    return result;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct core *core = w->core;
    pthread_setname_np(pthread_self(), "reader");
    pthread_mutex_lock(&core->lock);
    w->tid = gettid();
    while (!w->abandoned && take(w)) {
        pthread_mutex_unlock(&core->lock);
        buf_clear(&w->scratch);
        int64_t effort_us;
        int result = run_job(w->job, &w->scratch, &effort_us);
        int64_t slow_us = measure_wait(w, core->slow_from_us);
        lock_uncounted(w);
        if (w->abandoned)
            break;
        w->job->result = result;
        w->job = NULL;
        core->slow_us += slow_us;
        core->allowance_us -= effort_us;
    }
    end_worker(w);
    return NULL;
}

/* ------------------------------------------------------------ in the owner */

static bool make_worker(struct proc_reader *r)
{
    struct worker *w = calloc(1, sizeof(*w));
    if (!w)
        return false;
    w->core = r->core;
    if (helper_thread_start(work, w, STACK_SIZE, &r->thread) < 0) {
        free(w);
        return false;
    }
    r->core->refs++;
    r->core->live = w;
    return true;
}

/* Whether the thread computes or waits for a CPU: the job is not given up because the
 * machine is busy. Without /proc it is taken as waiting. */
static bool is_running(pid_t tid)
{
    char name[48], text[256];
    snprintf(name, sizeof(name), "/proc/self/task/%d/stat", (int)tid);
    CLEANUP_FD int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    text[n > 0 ? n : 0] = '\0';
    const char *end = strrchr(text, ')');
    return end && strncmp(end, ") R", 3) == 0;
}

static bool has_ended(const struct core *core)
{
    return !has_job(core) && !(core->live && core->live->job);
}

static void wait_until(struct core *core, int64_t until_us)
{
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                             .tv_nsec = (long)(until_us % 1000000) * 1000};
    int error = 0;
    while (!has_ended(core) && error == 0)
        error = pthread_cond_timedwait(&core->done, &core->lock, &until);
}

/* Whether the job in hand waits, after its deadline. */
static bool is_waiting(struct core *core)
{
    size_t job = core->next;
    pid_t tid = core->live->tid;
    pthread_mutex_unlock(&core->lock);
    bool running = is_running(tid);
    pthread_mutex_lock(&core->lock);
    return !running && core->next == job && core->live->job;
}

/* Until all jobs have ended (true), or one has missed its deadline (false). */
static bool wait_for_thread(const struct reader_limits *limits, struct core *core)
{
    int64_t grace_us = 0;
    for (size_t job = 0; !has_ended(core);) {
        const struct worker *w = core->live;
        if (job != core->next)
            grace_us = 0;
        job = core->next;
        int64_t now = now_us();
        int64_t began = w->job ? w->begin_us : now;
        int64_t until = began + limits->deadline_us + grace_us;
        if (now < until)
            wait_until(core, until);
        else if (grace_us >= limits->busy_us || is_waiting(core))
            return false;
        else
            grace_us += limits->deadline_us;
    }
    return true;
}

static void abandon(struct proc_reader *r)
{
    struct core *core = r->core;
    struct worker *w = core->live;
    w->abandoned = true;
    if (w->job->is_expensive)
        core->allowance_us -= now_us() - w->begin_us;
    w->next = core->left;
    core->left = w;
    core->n_left++;
    core->live = NULL;
    core->jobs[core->next - 1] = NULL;
    pthread_detach(r->thread);
    r->spent++;
    uint64_t owner = w->job->owner;
    for (; owner && has_job(core) && core->jobs[core->next]->owner == owner; core->next++)
        core->jobs[core->next]->result = -ETIMEDOUT;
}

/* Where no thread can be made, a job that blocks is less likely than that. */
static void run_here(struct proc_reader *r, struct reader_job **jobs, size_t n)
{
    int64_t us;
    for (size_t i = 0; i < n; i++) {
        buf_clear(&r->scratch);
        jobs[i]->result = -EAGAIN;
        if (jobs[i]->is_expensive && r->core->allowance_us <= 0)
            continue;
        jobs[i]->result = run_job(jobs[i], &r->scratch, &us);
        r->core->allowance_us -= us;
    }
}

void reader_run(struct proc_reader *r, struct reader_job **jobs, size_t n)
{
    struct core *core = r->core;
    for (size_t i = 0; i < n; i++)
        jobs[i]->result = -EBUSY;
    pthread_mutex_lock(&core->lock);
    core->jobs = jobs;
    core->n = n;
    core->next = 0;
    unsigned max = r->limits.max_abandoned;
    while (has_job(core) && core->n_left < max && r->spent < MAX_IN_ROUND &&
           (core->live || make_worker(r))) {
        pthread_cond_signal(&core->work);
        if (!wait_for_thread(&r->limits, core))
            abandon(r);
    }
    bool has_thread = core->live || core->left;
    core->jobs = NULL;
    core->n = core->next = 0;
    pthread_mutex_unlock(&core->lock);
    if (!has_thread)
        run_here(r, jobs, n);
}

void reader_begin(struct proc_reader *r)
{
    pthread_mutex_lock(&r->core->lock);
    r->core->slow_us = 0;
    r->spent = 0;
    pthread_mutex_unlock(&r->core->lock);
}

void reader_allow(struct proc_reader *r, int64_t us)
{
    pthread_mutex_lock(&r->core->lock);
    r->core->allowance_us = us;
    pthread_mutex_unlock(&r->core->lock);
}

int64_t reader_allowance(struct proc_reader *r)
{
    pthread_mutex_lock(&r->core->lock);
    int64_t us = r->core->allowance_us;
    pthread_mutex_unlock(&r->core->lock);
    return us;
}

unsigned reader_abandoned(struct proc_reader *r)
{
    pthread_mutex_lock(&r->core->lock);
    unsigned n = r->core->n_left;
    pthread_mutex_unlock(&r->core->lock);
    return n;
}

bool reader_is_waiting(struct proc_reader *r, uint64_t owner)
{
    pthread_mutex_lock(&r->core->lock);
    const struct worker *w = r->core->left;
    while (w && w->job->owner != owner)
        w = w->next;
    pthread_mutex_unlock(&r->core->lock);
    return w;
}

unsigned reader_deadline_ms(const struct proc_reader *r)
{
    return (unsigned)(r->limits.deadline_us / 1000);
}

static struct core *create_core(int64_t deadline_us, unsigned max_abandoned)
{
    struct core *core = calloc(1, sizeof(*core));
    if (!core)
        return NULL;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&core->lock, NULL);
    pthread_cond_init(&core->work, NULL);
    pthread_cond_init(&core->done, &attr);
    pthread_condattr_destroy(&attr);
    core->refs = 1;
    core->allowance_us = INT64_MAX;
    core->account_max = max_abandoned < MAX_OF_ACCOUNT ? max_abandoned : MAX_OF_ACCOUNT;
    core->slow_from_us = deadline_us / SLOW_SHARE;
    core->slow_max_us = deadline_us * SLOW_DEADLINES;
    return core;
}

struct proc_reader *reader_create(const struct reader_options *options)
{
    struct proc_reader *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    unsigned ms = options->deadline_ms ? options->deadline_ms : DEADLINE_MS;
    unsigned max = options->max_abandoned ? options->max_abandoned : MAX_ABANDONED;
    int64_t us = (int64_t)ms * 1000;
    r->limits = (struct reader_limits){us, us * BUSY_DEADLINES, max};
    r->core = create_core(us, max);
    if (r->core)
        return r;
    free(r);
    return NULL;
}

void reader_destroy(struct proc_reader *r)
{
    if (!r)
        return;
    struct core *core = r->core;
    pthread_mutex_lock(&core->lock);
    bool live = core->live;
    core->stop = true;
    pthread_cond_signal(&core->work);
    pthread_mutex_unlock(&core->lock);
    if (live)
        pthread_join(r->thread, NULL);
    pthread_mutex_lock(&core->lock);
    unref(core);
    buf_free(&r->scratch);
    free(r);
}
