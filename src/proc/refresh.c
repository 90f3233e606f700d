#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/pidfile.h"
#include "proc/thread.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { KERNEL_THREAD = 0x00200000 }; /* PF_KTHREAD, include/linux/sched.h */

/* The owner of a folder of mode 0555 is euid and egid, even of a process that is not
 * dumpable (task_dump_owner() in fs/proc/base.c). It is asked first, because the folder
 * of a dead process says 0:0: if stat then fails, the answer is thrown away with it. */
int refresh_sample(int dirfd, char text[STAT_TEXT_MAX], struct stat_line *ret_line,
                   struct stat_sample *ret_sample)
{
    struct stat st;
    if (fstat(dirfd, &st) < 0)
        return pidfile_is_gone(-errno) ? -ESRCH : -errno;
    int r = pidfile_read_stat(dirfd, "stat", text, ret_line);
    if (r < 0)
        return pidfile_is_gone(r) ? -ESRCH : r;
    *ret_sample = (struct stat_sample){ret_line, st.st_uid, st.st_gid,
                                       thread_stand_in(dirfd, ret_line)};
    return 0;
}

static int64_t ticks_to_ms(const struct procfs *c, uint64_t ticks)
{
    return (int64_t)(ticks / c->ticks * 1000 + ticks % c->ticks * 1000 / c->ticks);
}

void refresh_birth(const struct procfs *c, struct record *record,
                   const struct stat_line *line)
{
    record->p.start = line->field[STAT_START];
    record->p.start_ms = ticks_to_ms(c, record->p.start);
    record->born_ms = record->p.start_ms;
}

static bool set_comm(struct process *p, const struct stat_line *line)
{
    size_t n = line->comm_len < sizeof(p->comm) ? line->comm_len : sizeof(p->comm) - 1;
    if (memcmp(p->comm, line->comm, n) == 0 && p->comm[n] == '\0')
        return false;
    memcpy(p->comm, line->comm, n);
    p->comm[n] = '\0';
    return true;
}

/* How an exec is noticed without events. It lays out a new stack, so that the addresses
 * of stack, arguments and environment change (they are random); we see them if we may
 * ptrace the process (root with CAP_SYS_PTRACE, or the same user). Else they read 0, and
 * only another comm or other ids give it away. What is missed then is an exec of the same
 * comm under the same ids; and, privileged or not, what changes without any exec: titles
 * (setproctitle), moves to another cgroup, setcon(3), exec with randomisation switched
 * off and the same comm. For these everything cached is read again after half the
 * process's age, at most after verify_ms: daemons take their title, their ids and their
 * cgroup when they are young. So a change of a process that is T old is missed for T/2
 * or verify_ms at most, plus the time to the next scan. Attributes that
 * are followed (struct source_follow) are read with every scan. */
static bool apply(const struct procfs *c, struct record *record,
                  const struct stat_sample *g)
{
    struct process *p = &record->p;
    const uint64_t *f = g->line->field;
    uint64_t mark = stat_exec_mark(g->line);
    bool was_dead = record_is_dead(record);
    bool kernel = (f[STAT_FLAGS] & KERNEL_THREAD) != 0;
    bool ids = p->euid != g->euid || p->egid != g->egid;
    bool adopted = p->ppid != (pid_t)f[STAT_PPID];
    record->renamed = set_comm(p, g->line);
    p->state = g->line->state;
    bool other = mark != record->exec_mark || kernel != p->kernel || ids ||
                 was_dead != record_is_dead(record);
    record->changed = record->renamed || adopted || ids || kernel != p->kernel;
    record->exec_mark = mark;
    p->kernel = kernel;
    p->ppid = (pid_t)f[STAT_PPID];
    p->euid = g->euid;
    p->egid = g->egid;
    p->tty = (int)f[STAT_TTY];
    p->threads = (uint32_t)f[STAT_THREADS];
    p->faults = f[STAT_MINFLT] + f[STAT_MAJFLT];
    p->cpu_ms = (uint64_t)ticks_to_ms(c, f[STAT_UTIME] + f[STAT_STIME]);
    p->vsz_kib = f[STAT_VSIZE] / 1024;
    p->rss_kib = f[STAT_RSS] * c->page_kib;
    p->sampled_ms = c->sample_ms;
    /* A kernel worker's comm tells what it works at: new at each look, and no exec. */
    return other || (record->renamed && !kernel);
}

/* Spread out by pid over an eighth, so that processes of one boot or one burst are not
 * all read again in the same scan. */
static void plan_verification(const struct procfs *c, struct record *record)
{
    int64_t wait = (c->sample_ms - record->born_ms) / 2;
    if (wait < 0)
        wait = 0;
    if (wait > c->verify_ms)
        wait = c->verify_ms;
    uint32_t spread = (uint32_t)record->p.pid * 2654435769u >> 24; /* 0..255 */
    record->verify_ms = c->sample_ms + wait - wait / 8 * (int64_t)spread / 255;
}

/* Cached sources that are to be read now: missing ones, or all that are held. */
static uint32_t choose(const struct procfs *c, struct record *record, uint32_t attributes,
                       bool other)
{
    uint32_t held = record->p.have | record->p.denied;
    uint32_t wanted = attributes & (~held | record->follow) & PROCESS_CACHED;
    if (other || c->sample_ms >= record->verify_ms) {
        if (other && held != 0)
            record->born_ms = c->sample_ms;
        wanted |= (held | attributes) & PROCESS_CACHED;
        plan_verification(c, record);
    } else if (record->renamed) {
        wanted |= held & PROCESS_NAME;
    }
    return wanted;
}

/* Empty text of a process that is no zombie: it has none (rare), or it ended between two
 * of our reads and its memory is gone. A second glance tells. */
static bool is_hollow(const struct record *record, uint32_t read)
{
    const struct process *p = &record->p;
    if (p->kernel || record_is_dead(record))
        return false;
    return ((read & p->have & PROCESS_EXE) != 0 && *p->path == '\0') ||
           ((read & p->have & PROCESS_CMDLINE) != 0 && p->cmdline_len == 0);
}

static int sample_again(struct procfs *c, struct record *record, int dirfd)
{
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    struct stat_sample sample;
    int r = refresh_sample(dirfd, text, &line, &sample);
    if (r < 0)
        return r;
    if (line.field[STAT_START] != record->p.start)
        return -ESRCH;
    bool changed = record->changed;
    record->thread = sample.thread;
    /* Something happened meanwhile: whether before or after our reads, nobody knows. */
    if (apply(c, record, &sample))
        record->verify_ms = 0;
    record->changed = record->changed || changed;
    return 0;
}

/* Reads `wanted` by way of the process's folder, or of the thread's that stands in. */
static int read_attributes(struct procfs *c, struct record *record, int dirfd,
                           uint32_t wanted)
{
    CLEANUP_FD int folder = -1;
    if (record->thread != 0)
        folder = thread_open_folder(dirfd, record->thread);
    int where = folder >= 0 ? folder : dirfd;
    if (folder < 0)
        record->thread = 0;
    int r = attributes_read(c, record, where, wanted);
    if (r == 0 && is_hollow(record, wanted))
        r = sample_again(c, record, dirfd);
    return r;
}

int refresh_record(struct procfs *c, struct record *record, int dirfd,
                   const struct stat_sample *sample, uint32_t attributes, bool anew)
{
    struct process *p = &record->p;
    record->thread = sample->thread;
    bool other = apply(c, record, sample);
    uint32_t dropped = anew ? PROCESS_MEASURED : attributes & PROCESS_MEASURED;
    p->have &= ~dropped;
    p->denied &= ~dropped;
    uint32_t had = p->have, refused = p->denied;
    uint32_t wanted =
        choose(c, record, attributes, other) | (attributes & PROCESS_MEASURED);
    p->have |= PROCESS_STAT;
    if (wanted != 0) {
        int r = read_attributes(c, record, dirfd, wanted);
        if (r < 0) {
            record->verify_ms = 0; /* all of it again, and a new gen, next time */
            p->gen = 0;
            return r;
        }
        if (sample->thread != 0 && (p->denied & wanted) != 0)
            record->verify_ms = 0; /* that thread may have ended: with the next one */
        uint32_t moved = (had ^ p->have) | (refused ^ p->denied);
        record->changed = record->changed || (moved & PROCESS_CACHED) != 0;
    }
    if (record->changed || p->gen == 0)
        p->gen = ++c->gen;
    return 0;
}
