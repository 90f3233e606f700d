#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/pidfile.h"
#include "proc/task_record.h"
#include "proc/thread.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { EXITING = 0x00000004 }; /* PF_EXITING, include/linux/sched.h */

void refresh_start(const struct procfs *c, struct record *record,
                   const struct stat_line *line)
{
    record->p.start = line->field[STAT_START];
    record->p.start_ms = stat_ticks_to_ms(record->p.start, c->ticks);
    record->exec_ms = record->p.start_ms;
}

/* Its memory is gone or going, which takes a while if there is much of it, and with it
 * executable and arguments: what is known of them is kept, as for a zombie. One whose
 * first thread alone has ended is read through another thread. */
static bool is_exiting(uint64_t flags, uint64_t threads, char state)
{
    return (flags & EXITING) != 0 && threads <= 1 && !process_is_dead(state);
}

static bool is_other(uint64_t mark, uint64_t old, uint64_t unknown)
{
    return mark != unknown && old != unknown && mark != old;
}

/* Updates the record; returns whether cached text is to be read again.
 *
 * An exec is noticed without events: it makes a new stack, so that the random addresses
 * of stack, arguments and environment change. They are visible with permission to ptrace
 * the process (root with CAP_SYS_PTRACE, or the same user); without it they are 0, and
 * only another comm or other ids show an exec. Missed are then an exec with the same comm
 * and ids, and with or without permission changes that come without an exec: titles
 * (setproctitle), moves to another cgroup, setcon(3), and an exec of a program of the
 * same sizes with the same comm while randomisation is off. Because of these everything
 * cached is read again after half the age of the process, at most after verify_ms:
 * daemons set title, ids and cgroup early. So a change of a process with the age T is
 * missed for T/2 or verify_ms at most, plus the time to the next scan. Attributes that
 * are followed (struct source_follow) are read with every scan. */
static bool apply(const struct procfs *c, struct record *record,
                  const struct stat_sample *sample)
{
    struct process *p = &record->p;
    const uint64_t *f = sample->line->field;
    uint64_t mark = sample->exec_mark;
    bool was_dead = record_is_dead(record);
    bool kernel = (f[STAT_FLAGS] & KERNEL_THREAD) != 0;
    bool ids = p->euid != sample->euid || p->egid != sample->egid;
    bool adopted = p->ppid != (pid_t)f[STAT_PPID];
    record->renamed =
        record_set_comm(record, c->pool, sample->line->comm, sample->line->comm_len) > 0;
    p->state = sample->line->state;
    bool executed = is_other(mark, record->exec_mark, MARK_UNKNOWN);
    bool other_task = is_other(sample->task_mark, record->task_mark, 0);
    record->exiting = is_exiting(f[STAT_FLAGS], f[STAT_THREADS], sample->line->state);
    executed = (executed || other_task) && !record->exiting;
    bool other =
        executed || kernel != p->kernel || ids || was_dead != record_is_dead(record);
    record->changed = record->renamed || adopted || ids || kernel != p->kernel;
    if (executed)
        record_stop_waiting(record);
    if ((mark != MARK_UNKNOWN || other_task) && !record->exiting)
        record->exec_mark = mark;
    if (sample->task_mark != 0 && !record->exiting)
        record->task_mark = sample->task_mark;
    p->kernel = kernel;
    p->ppid = (pid_t)f[STAT_PPID];
    p->euid = sample->euid;
    p->egid = sample->egid;
    p->tty = (int)f[STAT_TTY];
    p->threads = (uint32_t)f[STAT_THREADS];
    p->faults = f[STAT_MINFLT] + f[STAT_MAJFLT];
    if (sample->cpu_ms > p->cpu_ms) /* ticks are coarser than a task's time */
        p->cpu_ms = sample->cpu_ms;
    p->vsz_kib = f[STAT_VSIZE] / 1024;
    p->rss_kib = f[STAT_RSS] * c->page_kib;
    p->sampled_ms = c->sample_ms;
    /* The comm of a kernel worker names its work: it changes all the time, without exec.
     */
    return other || (record->renamed && !kernel);
}

/* The attributes that it did not answer for, if they may be tried again. */
static uint32_t due_again(const struct procfs *c, const struct record *record)
{
    bool tries = record_backoff(record, RECORD_STUCK).wait_s > 0 &&
                 !record_is_stuck(record, c->batch.reader, c->sample_ms);
    return tries ? process_denied_by(&record->p, ETIMEDOUT) : 0;
}

/* The cached attributes to be read now: the missing ones, or all that the record has. */
static uint32_t choose(const struct procfs *c, struct record *record, uint32_t attributes,
                       bool other)
{
    uint32_t held = record->p.have | record->p.denied;
    uint32_t follow = record->same_task ? 0 : record->follow;
    uint32_t wanted = attributes & (~held | follow) & PROCESS_CACHED;
    if (record->exiting)
        return wanted & ~held;
    wanted |= due_again(c, record) & PROCESS_CACHED;
    if (other || c->sample_ms >= record->verify_ms) {
        if (other && held != 0)
            record->exec_ms = c->sample_ms;
        wanted |=
            other ? (held | attributes) & PROCESS_CACHED : verification_due(c, record);
        verification_plan(c, record, attributes);
        return wanted;
    }
    if (record->renamed)
        wanted |= held & PROCESS_NAME;
    if ((attributes & ~held & PROCESS_CACHED) !=
        0) { /* the plan was made without these */
        int64_t planned = record->verify_ms;
        verification_plan(c, record, attributes);
        if (planned < record->verify_ms)
            record->verify_ms = planned;
    }
    return wanted;
}

/* Whether text is empty although the process is not a zombie: it has none (rare), or it
 * ended between two reads, and its memory is gone. A second stat sample decides. */
static bool may_have_ended(const struct record *record, uint32_t read)
{
    const struct process *p = &record->p;
    if (p->kernel || record_is_dead(record))
        return false;
    return ((read & p->have & PROCESS_EXE) != 0 && *p->path == '\0') ||
           ((read & p->have & PROCESS_CMDLINE) != 0 && p->cmdline_len == 0);
}

static void lose_empty(struct procfs *c, struct record *record)
{
    struct process *p = &record->p;
    uint32_t empty = 0;
    if ((p->have & PROCESS_EXE) != 0 && *p->path == '\0')
        empty |= PROCESS_EXE;
    if ((p->have & PROCESS_CMDLINE) != 0 && p->cmdline_len == 0)
        empty |= PROCESS_CMDLINE;
    for (uint32_t left = empty; left != 0; left &= left - 1)
        process_set_error(p, left & -left, EBUSY);
    record_release_texts(record, c->pool, empty);
    record->verify_ms = 0;
}

static int sample_again(struct procfs *c, struct record *record, int dirfd)
{
    struct one_sample one;
    int r = samples_read(c, record->p.pid, record->p.euid, dirfd, &one);
    if (r < 0 && r != -ESRCH) {
        record->verify_ms = 0; /* it exists, as far as is known */
        return 0;
    }
    if (r < 0)
        return r;
    if (one.line.field[STAT_START] != record->p.start)
        return -ESRCH;
    bool changed = record->changed;
    /* The first thread has ended since the sample: what it shows is not the process. */
    if (one.sample.thread != 0 && record->thread == 0)
        lose_empty(c, record);
    record->thread = one.sample.thread;
    /* The process has changed, before or after the text was read. */
    if (apply(c, record, &one.sample)) {
        record->verify_ms = 0;
        record->exe_settled = false;
    }
    record->changed = record->changed || changed;
    return 0;
}

/* Through the folder of the process, or of its live thread. */
static int begin_attributes(struct procfs *c, struct visit *v, int dirfd)
{
    struct record *record = v->record;
    CLEANUP_FD int folder = -1;
    if (record->thread != 0)
        folder = thread_open_folder(dirfd, record->thread);
    if (folder < 0)
        record->thread = 0;
    return attributes_begin(c, v, folder >= 0 ? folder : dirfd);
}

static int fail(struct record *record, int error)
{
    record->verify_ms = 0; /* next time read everything and make a new gen */
    record->p.gen = 0;
    return error;
}

/* Of these attributes, those that need not be read. */
static uint32_t recall(struct procfs *c, const struct stat_sample *sample,
                       struct record *record, uint32_t attributes)
{
    uint32_t known = 0;
    if ((attributes & PROCESS_EXE) != 0 &&
        recall_set(&c->recall, c->pool, PROCESS_EXE, sample->exe_mark, record,
                   c->sample_ms))
        known |= PROCESS_EXE;
    if ((attributes & PROCESS_CGROUP) != 0 &&
        recall_set(&c->recall, c->pool, PROCESS_CGROUP, sample->cgroup_mark, record,
                   c->sample_ms))
        known |= PROCESS_CGROUP;
    record->cgroup_is_exact = (sample->cgroup_mark & CGROUP_MARK_EXACT) != 0;
    return known;
}

int refresh_begin(struct procfs *c, struct record *record, int dirfd,
                  const struct stat_sample *sample, uint32_t attributes, bool anew,
                  struct visit *ret_visit)
{
    struct process *p = &record->p;
    struct visit v = {.record = record, .first_job = c->batch.n};
    record->changed = record->renamed = false;
    if (sample) {
        record->thread = sample->thread;
        v.other = apply(c, record, sample);
    }
    if (!p->comm)
        return fail(record, -ENOMEM);
    v.thread = record->thread;
    record->exe_settled = record->exe_settled && !v.other;
    uint32_t dropped = anew ? PROCESS_MEASURED : attributes & PROCESS_MEASURED;
    p->have &= ~dropped;
    p->denied &= ~dropped;
    v.had = p->have;
    v.refused = p->denied;
    v.wanted = choose(c, record, attributes, v.other) | (attributes & PROCESS_MEASURED);
    if (sample) {
        /* The others are to be verified. */
        uint32_t missing = v.other ? v.wanted : v.wanted & ~(p->have | p->denied);
        v.wanted &= ~recall(c, sample, record, missing);
        if ((v.wanted & missing & PROCESS_EXE) != 0 && inherit_path(c, record, sample))
            v.wanted &= ~(uint32_t)PROCESS_EXE;
    }
    p->have |= PROCESS_STAT;
    int r = v.wanted != 0 ? begin_attributes(c, &v, dirfd) : 0;
    if (r < 0) {
        batch_cut(&c->batch, v.first_job);
        return fail(record, r);
    }
    v.n_jobs = c->batch.n - v.first_job;
    if (v.n_jobs == 0)
        return refresh_end(c, &v, dirfd);
    *ret_visit = v;
    return REFRESH_WAITS;
}

int refresh_end(struct procfs *c, struct visit *v, int dirfd)
{
    struct record *record = v->record;
    struct process *p = &record->p;
    if (v->wanted != 0) {
        int r = attributes_end(c, v, dirfd);
        if (r == 0 && may_have_ended(record, v->wanted))
            r = sample_again(c, record, dirfd);
        if (r < 0)
            return fail(record, r);
        if (v->thread != 0 && (p->denied & v->wanted) != 0)
            record->verify_ms = 0; /* the thread may have ended: try another one */
        uint32_t moved = (v->had ^ p->have) | (v->refused ^ p->denied);
        record->changed = record->changed || (moved & PROCESS_CACHED) != 0;
    }
    if (record->changed || p->gen == 0)
        p->gen = ++c->gen;
    return 0;
}

void refresh_unanswered(struct procfs *c, struct record *record, uint32_t attributes,
                        int error)
{
    struct process *p = &record->p;
    const uint32_t of_program =
        PROCESS_EXE | PROCESS_CMDLINE | PROCESS_LABEL | PROCESS_NS | PROCESS_NAME;
    uint32_t lost = attributes & PROCESS_MEASURED;
    p->have &= ~(uint32_t)PROCESS_MEASURED;
    p->denied &= ~(uint32_t)PROCESS_MEASURED;
    if (error == ETIMEDOUT)
        lost |= (p->have | p->denied | attributes) & of_program;
    bool changed = (lost & p->have & of_program) != 0;
    for (uint32_t left = lost; left != 0; left &= left - 1) {
        uint32_t bit = left & -left;
        changed = changed || (bit & of_program & ~p->denied) != 0;
        process_set_error(p, bit, error);
    }
    record_release_texts(record, c->pool, lost);
    record->verify_ms = 0;
    if (changed || p->gen == 0)
        p->gen = ++c->gen;
}

/* ------------------------------------------------------------ from a task */

/* stat says more of a kernel thread's name. */
static void keep_kernel_comm(const struct record *record, struct stat_line *line)
{
    if (!record->p.kernel)
        return;
    line->comm = record->p.comm;
    line->comm_len = strlen(line->comm);
}

/* Whether it is the same program under the same name and account, as alive as it was. */
static bool is_same_program(const struct record *record, const struct task_record *t,
                            const struct stat_line *line)
{
    const struct process *p = &record->p;
    bool dead = process_is_dead((char)t->state);
    bool exiting = is_exiting(t->flags, t->threads, (char)t->state);
    return (record->task_mark == t->mark || exiting) && p->euid == t->euid &&
           p->egid == t->egid && p->kernel == ((t->flags & KERNEL_THREAD) != 0) &&
           record_is_dead(record) == dead && !(dead && t->threads > 1) &&
           strlen(p->comm) == line->comm_len &&
           memcmp(p->comm, line->comm, line->comm_len) == 0;
}

/* Whether it is time to verify, and there is something that the task does not show. */
static bool has_to_verify(const struct procfs *c, struct record *record,
                          uint32_t attributes)
{
    if (c->sample_ms < record->verify_ms)
        return false;
    if (verification_due(c, record) != 0)
        return true;
    verification_plan(c, record, attributes);
    return false;
}

/* Whether all that is wanted has been read, and need not be read again yet. */
static bool is_up_to_date(const struct procfs *c, struct record *record,
                          uint32_t attributes)
{
    const struct process *p = &record->p;
    uint32_t cached = attributes & PROCESS_CACHED;
    uint32_t measured = attributes & PROCESS_MEASURED & ~(uint32_t)PROCESS_STATUS;
    return p->gen != 0 && measured == 0 && (cached & ~(p->have | p->denied)) == 0 &&
           due_again(c, record) == 0 && record->thread == 0 &&
           !has_to_verify(c, record, attributes);
}

/* What /proc/PID/status has. */
static void apply_status(const struct procfs *c, struct process *p,
                         const struct task_record *t)
{
    struct process_usage *usage = p->usage;
    usage->ruid = t->uid;
    usage->suid = t->suid;
    usage->fsuid = t->fsuid;
    usage->rgid = t->gid;
    usage->sgid = t->sgid;
    usage->fsgid = t->fsgid;
    usage->swap_kib = t->swap_pages * c->page_kib;
    usage->switches = t->switches;
    p->have |= PROCESS_STATUS;
}

static void apply_task(struct procfs *c, struct record *record,
                       const struct task_record *t, const struct stat_sample *sample)
{
    struct process *p = &record->p;
    apply(c, record, sample);
    p->have &= ~(uint32_t)PROCESS_MEASURED;
    p->denied &= ~(uint32_t)PROCESS_MEASURED;
    p->have |= PROCESS_STAT;
    if (p->usage) /* a rule has asked for some of it, and the rest costs nothing */
        apply_status(c, p, t);
    if (record->changed || p->gen == 0)
        p->gen = ++c->gen;
}

bool refresh_from_task(struct procfs *c, struct record *record,
                       const struct task_record *t, uint32_t attributes)
{
    struct stat_line line;
    struct stat_sample sample;
    task_sample_fill(c, t, &line, &sample);
    keep_kernel_comm(record, &line);
    if (line.field[STAT_START] != record->p.start)
        return false;
    record->same_task = is_same_program(record, t, &line);
    if (!record->same_task && record->task_mark != 0)
        record->verify_ms = 0; /* read all again */
    if (!record->same_task || !is_up_to_date(c, record, attributes) ||
        record_add_usage(record, attributes) < 0)
        return false;
    apply_task(c, record, t, &sample);
    return true;
}

int refresh_create(struct procfs *c, const struct task_record *t, uint32_t attributes,
                   struct record **ret_record)
{
    const uint32_t shown = PROCESS_STAT | PROCESS_STATUS | PROCESS_NAME;
    uint32_t needed = attributes & ~(shown | RECALL_ATTRIBUTES);
    if (!attributes_have_labels(c))
        needed &= ~(uint32_t)PROCESS_LABEL;
    if (needed != 0 || !task_sample_is_enough(t))
        return -EAGAIN;
    struct record *record = record_create(t->pid);
    if (!record || record_add_usage(record, attributes) < 0) {
        record_destroy(record, c->pool);
        return -ENOMEM;
    }
    struct stat_line line;
    struct stat_sample sample;
    struct process *p = &record->p;
    int r = 0;
    task_sample_fill(c, t, &line, &sample);
    refresh_start(c, record, &line);
    record->exec_mark = MARK_UNKNOWN;
    apply_task(c, record, t, &sample);
    record->same_task = true;
    uint32_t known = recall(c, &sample, record, attributes);
    if (!p->comm)
        r = -ENOMEM;
    else if ((attributes & RECALL_ATTRIBUTES & ~known) != 0)
        r = -EAGAIN;
    else if ((attributes & PROCESS_NAME) != 0 && !attributes_comm_is_name(c, record))
        r = -EAGAIN;
    if (r < 0) {
        record_destroy(record, c->pool);
        return r;
    }
    if ((attributes & PROCESS_NAME) != 0)
        record_use_text(record, c->pool, &p->name, p->comm);
    p->have |= attributes & (PROCESS_NAME | PROCESS_LABEL);
    verification_plan(c, record, attributes);
    *ret_record = record;
    return 0;
}
