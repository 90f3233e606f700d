/* Jobs for the reader, collected by a scan and handed over together.
 * Most of them read a file of /proc/PID that may block. */
#ifndef PROC_BATCH_H
#define PROC_BATCH_H

#include "base/buf.h"
#include "proc/reader.h"

struct record;

#define BATCH_JOBS 256

struct file_job {
    struct reader_job job;
    int fd;           /* the file; its folder until the thread opens the file */
    const char *name; /* in the folder; NULL: `fd` is the file */
    size_t max;
    struct buf text; /* all of the file; empty if there is more than `max` */
};

struct batch {
    struct proc_reader *reader;
    struct proc_reader *second;              /* for jobs that do not wait for memory */
    struct reader_job *jobs[BATCH_JOBS + 1]; /* NULL after the run: no answer */
    size_t n;
    struct file_job *spare[BATCH_JOBS];
    size_t n_spare;
};

/* Returns 0 or -ENOMEM. */
int batch_init(struct batch *batch, unsigned deadline_ms);
void batch_free(struct batch *batch);
/* Adds a job that reads a file of the process, whose result is -EFBIG if it has more than
 * `max` bytes. `name` is a literal. At most BATCH_JOBS jobs are added, and one
 * more after the run. Returns 0, -ENOMEM
 * or -errno of the open. */
int batch_add_file(struct batch *batch, const struct record *record, int dirfd,
                   const char *name, size_t max);
/* The same for a file whose open may block: the thread opens it. */
int batch_add_late_file(struct batch *batch, const struct record *record, int dirfd,
                        const char *name, size_t max);
/* Adds any other job, owned by the batch from now on. */
void batch_add(struct batch *batch, struct reader_job *job);
/* Begins a new round of the readers: reader_begin(). */
void batch_begin(struct batch *batch);
/* A job with `is_light` that did not run, because processes do not answer, runs in the
 * second reader. */
void batch_run(struct batch *batch);
/* Runs one job of type struct file_job again, with another `max`. */
void batch_run_again(struct batch *batch, struct reader_job **job, size_t max);
/* Removes the jobs from this one on. */
void batch_cut(struct batch *batch, size_t first);

#endif
