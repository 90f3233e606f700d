#include "proc/internal.h"

#include "proc/name.h"
#include "proc/pidfile.h"

#include <errno.h>
#include <string.h>

/* Text that was not read again, because too many others do not answer. */
#define SKIPPED_AGAIN_MS 5000

/* A refusal is an answer (law 2), but a process that has ended gives none. */
static int record_result(struct procfs *c, const struct visit *v, int dirfd, uint32_t bit,
                         int r)
{
    struct record *record = v->record;
    /* The reason is in this program, not in the process: the scan may try again. */
    if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
        return r;
    /* A thread that has ended is not the process: the next scan finds another one. */
    if (pidfile_is_gone(r) && record->thread == 0 && !pidfile_is_alive(dirfd))
        return -ESRCH;
    if (r == -EBUSY && record->verify_ms > c->sample_ms + SKIPPED_AGAIN_MS)
        record->verify_ms = c->sample_ms + SKIPPED_AGAIN_MS;
    /* It did not answer before, and was not tried now. */
    if (r == -EBUSY && record_backoff(record, RECORD_STUCK).wait_s > 0 && !v->other)
        r = -ETIMEDOUT;
    /* What was read of the same program before stays valid. */
    if (r == -EBUSY && (record->p.have & bit) != 0 && !v->other)
        return 0;
    if (r == 0) {
        record->p.have |= bit;
        record->p.denied &= ~bit;
        record->recalled = (uint16_t)(record->recalled & ~bit);
        if ((bit & RECALL_ATTRIBUTES) != 0)
            recall_note(c, record);
        return 0;
    }
    if (process_error(&record->p, bit) != -r)
        record->changed = record->changed || (bit & PROCESS_CACHED) != 0;
    process_set_error(&record->p, bit, -r);
    record_release_texts(record, c->pool, bit);
    return 0;
}

static int read_one(struct procfs *c, struct visit *v, int dirfd,
                    const struct attribute_reader *reader)
{
    size_t job = c->batch.n;
    const struct process *p = &v->record->p;
    int r = record_add_usage(v->record, reader->bit);
    if (r == 0)
        r = reader->load(c, v->record, dirfd);
    if (r == ATTRIBUTE_WAITS) {
        c->job_of[job] = reader;
        return 0;
    }
    r = record_result(c, v, dirfd, reader->bit, r);
    /* Without a path, the arguments say whether the process may run a program. */
    if (r == 0 && (reader->bit & p->denied & PROCESS_EXE) != 0)
        v->wanted |= PROCESS_CMDLINE & ~(p->have | p->denied | v->borrowed);
    return r;
}

static int read_all(struct procfs *c, struct visit *v, int dirfd,
                    const struct attribute_reader *readers, bool by_job)
{
    int r = 0;
    for (; readers->bit != 0 && r == 0; readers++)
        if ((readers->bit & (v->wanted | v->borrowed)) != 0 && !readers->take == !by_job)
            r = read_one(c, v, dirfd, readers);
    return r;
}

bool attributes_have_labels(const struct procfs *c)
{
    return c->labels.fetch.run ? c->labels.fetch.modules != 0 : c->labels.read != NULL;
}

bool attributes_comm_is_name(const struct procfs *c, const struct record *record)
{
    return record->p.kernel || record_is_dead(record) ||
           !name_needs_more(c->names, record->p.comm);
}

int attributes_begin(struct procfs *c, struct visit *v, int dirfd)
{
    const struct process *p = &v->record->p;
    if ((v->wanted & PROCESS_NAME) != 0 && !attributes_comm_is_name(c, v->record))
        v->borrowed =
            (PROCESS_EXE | PROCESS_CMDLINE) & ~(p->have | p->denied | v->wanted);
    int r = read_all(c, v, dirfd, cached_readers, false);
    if (r == 0)
        r = read_all(c, v, dirfd, measured_readers, false);
    /* Last, because jobs hold descriptors until they have run. */
    if (r == 0)
        r = read_all(c, v, dirfd, cached_readers, true);
    if (r == 0)
        r = read_all(c, v, dirfd, measured_readers, true);
    return r;
}

/* ------------------------------------------------------------ after the jobs */

static int find_name(struct procfs *c, struct record *record)
{
    struct process *p = &record->p;
    char name[NAME_SIZE];
    struct name_clues clues = {
        .comm = p->comm,
        .path = (p->have & PROCESS_EXE) != 0 && *p->path != '\0' ? p->path : NULL,
        .cmdline = p->cmdline,
        .cmdline_len = p->cmdline_len,
    };
    if (name_find(c->names, &clues, name))
        return record_set_text(record, c->pool, &p->name, name, strlen(name));
    int error = process_error(p, PROCESS_CMDLINE);
    if (error == 0)
        error = process_error(p, PROCESS_EXE);
    if (error != 0)
        return -error;
    return (p->have & PROCESS_CMDLINE) != 0 ? -EFBIG : -EACCES;
}

/* Composed of other attributes; if those were read for this only, a refusal of them is
 * not recorded. */
static int load_name(struct procfs *c, const struct visit *v)
{
    struct record *record = v->record;
    struct process *p = &record->p;
    /* A zombie keeps the name that it had when it was alive. */
    if (record_is_dead(record) && p->name && !record->renamed &&
        name_needs_more(c->names, p->comm))
        return 0;
    if (!attributes_comm_is_name(c, record))
        return find_name(c, record);
    record_use_text(record, c->pool, &p->name, p->comm);
    return 0;
}

/* *ret_late: the process did not answer. */
static int take_job(struct procfs *c, const struct visit *v, int dirfd, size_t job,
                    bool *ret_late)
{
    struct reader_job **slot = &c->batch.jobs[job];
    const struct attribute_reader *reader = c->job_of[job];
    int r = *slot ? (*slot)->result : -ETIMEDOUT;
    if (r != -ETIMEDOUT && r != -EBUSY)
        r = reader->take(c, v->record, slot);
    *ret_late = *ret_late || r == -ETIMEDOUT;
    return record_result(c, v, dirfd, reader->bit, r);
}

/* Returns `result`, or -ENOMEM. */
static int begin_waiting(const struct procfs *c, struct record *record, int result)
{
    int r = record_begin_backoff(record, RECORD_STUCK, c->sample_ms);
    return result < 0 ? result : r;
}

static int take_jobs(struct procfs *c, const struct visit *v, int dirfd)
{
    struct record *record = v->record;
    bool late = false, answered = true; /* all of them */
    int r = 0;
    for (size_t i = 0; i < v->n_jobs && r == 0; i++) {
        const struct reader_job *job = c->batch.jobs[v->first_job + i];
        answered = answered && job && job->result != -EBUSY && job->result != -EAGAIN;
        r = take_job(c, v, dirfd, v->first_job + i, &late);
    }
    if (late)
        return begin_waiting(c, record, r);
    if (answered && v->n_jobs > 0)
        record_end_backoff(record, RECORD_STUCK);
    return r;
}

/* Only the job shows whether the path can be read. If not, the arguments are read in its
 * place, by a job of their own. */
static int read_in_place_of_path(struct procfs *c, struct visit *v, int dirfd)
{
    const struct process *p = &v->record->p;
    const struct attribute_reader *reader = cached_readers;
    uint32_t missing = PROCESS_CMDLINE & ~(p->have | p->denied | v->wanted);
    size_t job = c->batch.n;
    bool late = false;
    if ((v->wanted & p->denied & PROCESS_EXE) == 0 || missing == 0)
        return 0;
    while (reader->bit != PROCESS_CMDLINE)
        reader++;
    v->wanted |= PROCESS_CMDLINE;
    int r = read_one(c, v, dirfd, reader);
    if (c->batch.n == job)
        return r;
    reader_run(c->batch.reader, &c->batch.jobs[job], 1);
    r = take_job(c, v, dirfd, job, &late);
    if (late)
        r = begin_waiting(c, v->record, r);
    batch_cut(&c->batch, job);
    return r;
}

int attributes_end(struct procfs *c, struct visit *v, int dirfd)
{
    int r = take_jobs(c, v, dirfd);
    if (r == 0)
        r = read_in_place_of_path(c, v, dirfd);
    if (r == 0 && (v->wanted & PROCESS_NAME) != 0)
        r = record_result(c, v, dirfd, PROCESS_NAME, load_name(c, v));
    v->record->p.denied &= ~v->borrowed;
    return r;
}
