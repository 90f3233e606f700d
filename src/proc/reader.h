/* Runs system calls that another process can block, in a thread of its own.
 * A read of /proc/PID/cmdline waits for the memory of the process, a stat(2) for its file
 * system; either may never end. The owner hands over a list of jobs and waits as long
 * as the thread makes progress. A thread that makes none is left where it is, with the
 * job in hand, and a new one goes on. It ends by itself once the kernel lets it go; it
 * does not delay exit(2). */
#ifndef PROC_READER_H
#define PROC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct proc_reader;

/* The first member of a struct that has what the job needs, which no other code uses: the
 * job may be given up at any time, and then runs on alone. */
struct reader_job {
    /* Called in the thread. `scratch` is an empty buffer of the thread. Returns 0 or
     * -errno. Uses nothing but its arguments, and makes no system call that cannot be
     * killed (stat(2) on FUSE is one: see lookup.h). */
    int (*run)(struct reader_job *job, struct buf *scratch);
    /* Frees the job. The thread calls it for a job that was given up. */
    void (*destroy)(struct reader_job *job);
    /* What it is about, 0 = nothing: when a job is given up, those that follow for the
     * same owner are not tried and give -ETIMEDOUT. */
    uint64_t owner;
    /* The user that can make it wait. For a user other than root at most 2 threads wait:
     * one user does not keep the processes of others from being read. */
    uint32_t account;
    bool is_light;     /* does not wait for the memory of a process: see batch_run() */
    bool is_expensive; /* its CPU time is taken from the allowance: reader_allow() */
    int result;        /* of reader_run() */
};

struct reader_options {
    unsigned deadline_ms;   /* without progress; 0 = 100 */
    unsigned max_abandoned; /* threads that were left at the same time; 0 = 64 */
};

/* NULL = no memory. The first thread is made by the first job: after a daemon has forked
 * and dropped its capabilities. */
struct proc_reader *reader_create(const struct reader_options *options);
/* Abandoned threads are not waited for. NULL is fine. */
void reader_destroy(struct proc_reader *reader);
/* Begins a new round: in one round at most 4 threads are abandoned, and
 * jobs that wait for long, but less than the deadline, take at most ten deadlines. */
void reader_begin(struct proc_reader *reader);
/* So much CPU time may the jobs with `is_expensive` take from now on; without a call, any
 * amount. The last of them may take more than is left. */
void reader_allow(struct proc_reader *reader, int64_t us);
/* What is left of it; less than 0: it took more. */
int64_t reader_allowance(struct proc_reader *reader);
/* Runs the jobs in their order. Afterwards `result` of a job is what it returned, or
 * -EBUSY: it did not run, because too many others do not answer; or -EAGAIN: there is no
 * allowance left for it. A job that missed the
 * deadline belongs to its thread now; its pointer in `jobs` becomes NULL. */
void reader_run(struct proc_reader *reader, struct reader_job **jobs, size_t n);
/* Threads that were abandoned and have not ended yet. */
unsigned reader_abandoned(struct proc_reader *reader);
/* Whether one of them waits with a job of this owner. */
bool reader_is_waiting(struct proc_reader *reader, uint64_t owner);
unsigned reader_deadline_ms(const struct proc_reader *reader);

#endif
