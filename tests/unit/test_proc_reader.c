/* Jobs that wait on a pipe until the test writes to it, in place of a kernel that waits.
 */
#include "heap.h"
#include "proc/reader.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 30 };

struct pipe_job {
    struct reader_job job;
    int fd;           /* a byte ends the wait; -1 = none */
    unsigned busy_ms; /* then it computes */
    unsigned wait_ms; /* then it sleeps */
    int result;
};

static atomic_int destroyed;

static int64_t cpu_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int run_job(struct reader_job *job, struct buf *scratch)
{
    struct pipe_job *p = (struct pipe_job *)job;
    char byte;
    buf_append(scratch, "xyz", 3);
    if (p->fd >= 0 && read(p->fd, &byte, 1) != 1)
        return -EIO;
    for (int64_t end = cpu_ms() + p->busy_ms; p->busy_ms && cpu_ms() < end;)
        continue;
    struct timespec wait = {.tv_nsec = (long)p->wait_ms * 1000000};
    nanosleep(&wait, NULL);
    return scratch->len == 3 ? p->result : -EIO;
}

static void destroy_job(struct reader_job *job)
{
    atomic_fetch_add(&destroyed, 1);
    free(job);
}

static struct reader_job *make_job(struct pipe_job job)
{
    struct pipe_job *p = malloc(sizeof(*p));
    assert_non_null(p);
    *p = job;
    p->job = (struct reader_job){.run = run_job, .destroy = destroy_job};
    return &p->job;
}

static struct reader_job *quick(int result)
{
    return make_job((struct pipe_job){.fd = -1, .result = result});
}

static struct reader_job *stuck(int fd)
{
    return make_job((struct pipe_job){.fd = fd});
}

static struct proc_reader *start(unsigned max_abandoned)
{
    struct reader_options options = {DEADLINE_MS, max_abandoned};
    struct proc_reader *reader = reader_create(&options);
    assert_non_null(reader);
    atomic_store(&destroyed, 0);
    return reader;
}

static void free_jobs(struct reader_job **jobs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (jobs[i])
            jobs[i]->destroy(jobs[i]);
}

/* Abandoned threads end soon after the test has written to their pipe. */
static void wait_until_left(struct proc_reader *reader, unsigned abandoned)
{
    for (int i = 0; i < 5000 && reader_abandoned(reader) > abandoned; i++)
        usleep(1000);
    assert_int_equal(reader_abandoned(reader), abandoned);
}

static void test_jobs_run_in_order_and_give_results(void **state)
{
    (void)state;
    /* No job waits, but on a machine with load a thread may not run for a while. */
    const struct reader_options patient = {1000 * DEADLINE_MS, 0};
    struct proc_reader *reader = reader_create(&patient);
    assert_non_null(reader);
    struct reader_job *jobs[300];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 300; i++)
            jobs[i] = quick(i % 3 ? 0 : -i);
        reader_run(reader, jobs, 300);
        for (int i = 0; i < 300; i++)
            assert_int_equal(jobs[i]->result, i % 3 ? 0 : -i);
        free_jobs(jobs, 300);
    }
    reader_run(reader, jobs, 0);
    reader_destroy(reader);
}

static void test_a_job_that_waits_is_given_up(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct proc_reader *reader = start(0);
    struct reader_job *jobs[] = {quick(-1), stuck(fds[0]), quick(-3)};
    reader_run(reader, jobs, 3);
    assert_int_equal(jobs[0]->result, -1);
    assert_null(jobs[1]);
    assert_int_equal(jobs[2]->result, -3);
    assert_int_equal(reader_abandoned(reader), 1);
    assert_int_equal(atomic_load(&destroyed), 0);
    /* Once the kernel lets it go the thread ends and frees the job. */
    assert_int_equal(write(fds[1], "x", 1), 1);
    wait_until_left(reader, 0);
    assert_int_equal(atomic_load(&destroyed), 1);
    jobs[1] = quick(-2);
    reader_run(reader, jobs, 3);
    assert_int_equal(jobs[1]->result, -2);
    free_jobs(jobs, 3);
    reader_destroy(reader);
    close(fds[0]);
    close(fds[1]);
}

static void test_few_threads_are_abandoned(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct proc_reader *reader = start(2);
    struct reader_job *jobs[] = {stuck(fds[0]), quick(-1), stuck(fds[0]), stuck(fds[0]),
                                 quick(-2)};
    reader_run(reader, jobs, 5);
    assert_null(jobs[0]);
    assert_int_equal(jobs[1]->result, -1);
    assert_null(jobs[2]);
    assert_int_equal(jobs[3]->result, -EBUSY);
    assert_int_equal(jobs[4]->result, -EBUSY);
    assert_int_equal(reader_abandoned(reader), 2);
    reader_begin(reader);
    reader_run(reader, jobs + 4, 1);
    assert_int_equal(jobs[4]->result, -EBUSY);
    assert_int_equal(write(fds[1], "x", 1), 1);
    wait_until_left(reader, 1);
    reader_begin(reader);
    reader_run(reader, jobs + 4, 1);
    assert_int_equal(jobs[4]->result, -2);
    free_jobs(jobs, 5);
    assert_int_equal(write(fds[1], "x", 1), 1);
    wait_until_left(reader, 0);
    reader_destroy(reader);
    close(fds[0]);
    close(fds[1]);
}

static struct reader_job *of(struct reader_job *job, uint64_t owner, uint32_t account)
{
    job->owner = owner;
    job->account = account;
    return job;
}

/* What belongs together is given up together. */
static void test_the_jobs_of_an_owner(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct proc_reader *reader = start(0);
    struct reader_job *jobs[] = {of(quick(-1), 7, 0), of(stuck(fds[0]), 7, 0),
                                 of(quick(-2), 7, 0), of(quick(-3), 8, 0)};
    reader_run(reader, jobs, 4);
    assert_int_equal(jobs[0]->result, -1);
    assert_null(jobs[1]);
    assert_int_equal(jobs[2]->result, -ETIMEDOUT);
    assert_int_equal(jobs[3]->result, -3);
    assert_true(reader_is_waiting(reader, 7));
    assert_false(reader_is_waiting(reader, 8));
    assert_int_equal(write(fds[1], "x", 1), 1);
    wait_until_left(reader, 0);
    assert_false(reader_is_waiting(reader, 7));
    free_jobs(jobs, 4);
    reader_destroy(reader);
    close(fds[0]);
    close(fds[1]);
}

/* A user takes half of the threads; root may take all. */
static void test_a_user_has_a_share(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct proc_reader *reader = start(4);
    struct reader_job *jobs[] = {of(stuck(fds[0]), 1, 1000), of(stuck(fds[0]), 2, 1000),
                                 of(quick(-3), 3, 1000),     of(quick(-4), 4, 1001),
                                 of(stuck(fds[0]), 5, 0),    of(quick(-6), 6, 0),
                                 of(quick(-7), 7, 1000)};
    reader_run(reader, jobs, 7);
    assert_null(jobs[0]);
    assert_null(jobs[1]);
    assert_int_equal(jobs[2]->result, -EBUSY);
    assert_int_equal(jobs[3]->result, -4);
    assert_null(jobs[4]);
    assert_int_equal(jobs[5]->result, -6);
    assert_int_equal(jobs[6]->result, -EBUSY);
    assert_int_equal(write(fds[1], "xxx", 3), 3);
    wait_until_left(reader, 0);
    reader_begin(reader);
    reader_run(reader, jobs + 6, 1);
    assert_int_equal(jobs[6]->result, -7);
    free_jobs(jobs, 7);
    reader_destroy(reader);
    close(fds[0]);
    close(fds[1]);
}

/* The reader may be gone when an abandoned thread ends. */
static void test_an_abandoned_thread_outlives_the_reader(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct proc_reader *reader = start(0);
    struct reader_job *job = stuck(fds[0]);
    reader_run(reader, &job, 1);
    assert_null(job);
    reader_destroy(reader);
    assert_int_equal(write(fds[1], "x", 1), 1);
    for (int i = 0; i < 5000 && atomic_load(&destroyed) == 0; i++)
        usleep(1000);
    assert_int_equal(atomic_load(&destroyed), 1);
    close(fds[0]);
    close(fds[1]);
}

/* A thread that computes, or does not get a CPU, is waited for. */
static void test_a_busy_thread_is_waited_for(void **state)
{
    (void)state;
    struct reader_options options = {.deadline_ms = 400}; /* for a machine with load */
    struct proc_reader *reader = reader_create(&options);
    struct reader_job *job =
        make_job((struct pipe_job){.fd = -1, .busy_ms = 600, .result = -7});
    reader_run(reader, &job, 1);
    assert_non_null(job);
    assert_int_equal(job->result, -7);
    job->destroy(job);
    reader_destroy(reader);
}

static struct reader_job *expensive(unsigned busy_ms)
{
    struct reader_job *job = make_job((struct pipe_job){.fd = -1, .busy_ms = busy_ms});
    job->is_expensive = true;
    return job;
}

/* The CPU time of some jobs is limited; the others run all the same. */
static void test_an_allowance_of_cpu_time(void **state)
{
    (void)state;
    enum { N = 6 };
    struct reader_options options = {.deadline_ms = 400}; /* for a machine with load */
    struct proc_reader *reader = reader_create(&options);
    struct reader_job *jobs[N];
    for (int i = 0; i < N; i++)
        jobs[i] = i == 4 ? quick(-7) : expensive(20);
    reader_allow(reader, 30000);
    reader_run(reader, jobs, N);
    const int results[N] = {0, 0, -EAGAIN, -EAGAIN, -7, -EAGAIN};
    for (int i = 0; i < N; i++)
        assert_int_equal(jobs[i]->result, results[i]);
    assert_in_range(-reader_allowance(reader), 8000, 40000);
    reader_run(reader, jobs, 1); /* a debt is not paid by another run */
    assert_int_equal(jobs[0]->result, -EAGAIN);
    reader_allow(reader, 1);
    reader_run(reader, jobs, 2);
    assert_int_equal(jobs[0]->result, 0);
    assert_int_equal(jobs[1]->result, -EAGAIN);
    free_jobs(jobs, N);
    reader_destroy(reader);
}

/* Jobs that all answer just within the deadline do not delay a round without limit. */
static void test_slow_jobs_have_a_limit_in_a_round(void **state)
{
    (void)state;
    enum { N = 60 };
    struct proc_reader *reader = start(0);
    struct reader_job *jobs[N];
    for (int i = 0; i < N; i++)
        jobs[i] = make_job((struct pipe_job){.fd = -1, .wait_ms = DEADLINE_MS / 2});
    int64_t began = now_ms();
    reader_run(reader, jobs, N);
    assert_in_range(now_ms() - began, 0, N * DEADLINE_MS / 2 - 1);
    assert_non_null(jobs[N - 1]);
    assert_int_equal(jobs[N - 1]->result, -EBUSY);
    reader_run(reader, jobs + N - 1, 1);
    assert_int_equal(jobs[N - 1]->result, -EBUSY);
    reader_begin(reader);
    reader_run(reader, jobs + N - 1, 1);
    assert_int_equal(jobs[N - 1]->result, 0);
    free_jobs(jobs, N);
    reader_destroy(reader);
}

static int block_of_thread(struct reader_job *job, struct buf *scratch)
{
    (void)job, (void)scratch;
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    return sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGCHLD) == 1 ? 0 : -1;
}

static void test_signals_are_for_the_owner(void **state)
{
    (void)state;
    struct proc_reader *reader = start(0);
    struct reader_job job = {.run = block_of_thread};
    struct reader_job *jobs[] = {&job};
    reader_run(reader, jobs, 1);
    assert_int_equal(job.result, 0);
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    assert_int_equal(sigismember(&set, SIGTERM), 0);
    reader_destroy(reader);
}

static void test_exit_does_not_wait(void **state)
{
    (void)state;
    int fds[2], status = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct reader_options options = {DEADLINE_MS, 1};
        struct proc_reader *reader = reader_create(&options);
        struct reader_job *job = stuck(fds[0]);
        reader_run(reader, &job, 1);
        unsigned left = reader_abandoned(reader);
        reader_destroy(reader);
        _exit(left == 1 ? 42 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs_run_in_order_and_give_results),
        cmocka_unit_test(test_a_job_that_waits_is_given_up),
        cmocka_unit_test(test_few_threads_are_abandoned),
        cmocka_unit_test(test_the_jobs_of_an_owner),
        cmocka_unit_test(test_a_user_has_a_share),
        cmocka_unit_test(test_an_abandoned_thread_outlives_the_reader),
        cmocka_unit_test(test_a_busy_thread_is_waited_for),
        cmocka_unit_test(test_an_allowance_of_cpu_time),
        cmocka_unit_test(test_slow_jobs_have_a_limit_in_a_round),
        cmocka_unit_test(test_signals_are_for_the_owner),
        cmocka_unit_test(test_exit_does_not_wait),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
