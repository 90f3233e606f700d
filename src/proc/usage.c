/* Readers of the measured attributes (PROCESS_MEASURED). */
#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/key_value.h"
#include "proc/pidfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { SMALL_MAX = 1 << 16 };

static bool set_id(uint32_t *field, uint64_t value)
{
    bool changed = *field != (uint32_t)value;
    *field = (uint32_t)value;
    return changed;
}

/* Ids are real, effective, saved, fs (proc_pid_status(5)). The context switches are those
 * of the main thread; the file has no sum over all threads. */
static int load_status(struct procfs *c, struct record *record, int dirfd)
{
    int r = pidfile_read(dirfd, "status", STATUS_MAX, &c->scratch);
    if (r < 0)
        return r;
    uint64_t u[4], g[4], swap = 0, wanted = 0, forced = 0;
    struct key_value rows[] = {
        {.key = "Uid:", .value = {&u[0], &u[1], &u[2], &u[3]}},
        {.key = "Gid:", .value = {&g[0], &g[1], &g[2], &g[3]}},
        {.key = "VmSwap:", .value = {&swap}}, /* kernel threads have none */
        {.key = "voluntary_ctxt_switches:", .value = {&wanted}},
        {.key = "nonvoluntary_ctxt_switches:", .value = {&forced}},
    };
    key_value_parse(c->scratch.data, c->scratch.len, rows,
                    sizeof(rows) / sizeof(rows[0]));
    if (!rows[0].found || !rows[1].found)
        return -EBADMSG;
    struct process_usage *usage = record->p.usage;
    bool changed = set_id(&usage->ruid, u[0]);
    changed |= set_id(&usage->suid, u[2]);
    changed |= set_id(&usage->fsuid, u[3]);
    changed |= set_id(&usage->rgid, g[0]);
    changed |= set_id(&usage->sgid, g[2]);
    changed |= set_id(&usage->fsgid, g[3]);
    record->changed = record->changed || changed;
    usage->swap_kib = swap;
    usage->switches = wanted + forced;
    return 0;
}

/* Reading waits for an exec of the process (do_io_accounting(), fs/proc/base.c), and that
 * for the file systems of the descriptors that it closes. */
static int load_io(struct procfs *c, struct record *record, int dirfd)
{
    /* The file of a thread counts that thread alone. */
    const char *name = record->thread != 0 ? "../../io" : "io";
    if (record_is_stuck(record, c->batch.reader, c->sample_ms))
        return -ETIMEDOUT;
    int r = batch_add_file(&c->batch, record, dirfd, name, SMALL_MAX);
    return r < 0 ? r : ATTRIBUTE_WAITS;
}

static int take_io(struct procfs *c, struct record *record, struct reader_job **job)
{
    (void)c;
    const struct file_job *f = (const struct file_job *)*job;
    if (f->job.result < 0)
        return f->job.result;
    uint64_t in = 0, out = 0;
    struct key_value rows[] = {
        {.key = "read_bytes:", .value = {&in}},
        {.key = "write_bytes:", .value = {&out}},
    };
    key_value_parse(buf_text(&f->text), f->text.len, rows, 2);
    if (!rows[0].found || !rows[1].found)
        return -EBADMSG;
    record->p.usage->read_bytes = in;
    record->p.usage->write_bytes = out;
    return 0;
}

static int count_entries(int dirfd, uint64_t *ret_count)
{
    CLEANUP_FD int fd = openat(dirfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    _Alignas(struct dirent64) char buffer[8192];
    uint64_t count = 0;
    for (;;) {
        ssize_t n = getdents64(fd, buffer, sizeof(buffer));
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *entry = (const void *)(buffer + at);
            count += entry->d_name[0] != '.';
            at += entry->d_reclen;
        }
    }
    *ret_count = count;
    return 0;
}

/* Since Linux 6.2 the size of the folder is the count (proc_fd_getattr(), fs/proc/fd.c):
 * one system call, which needs no permission. */
static int count_fds(const struct procfs *c, int dirfd, uint64_t *ret_count)
{
    struct stat st;
    if (!c->counts_fds)
        return count_entries(dirfd, ret_count);
    if (fstatat(dirfd, "fd", &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    *ret_count = (uint64_t)st.st_size;
    return 0;
}

/* Whether its turn has not come. */
static bool has_to_wait(const struct procfs *c, const struct record *record)
{
    return record_usage(record)->in_turn && !turns_may_read(&c->turns);
}

/* The value of the last read may do. */
static int postpone(struct procfs *c, struct record *record, struct turn *turn)
{
    turn_ask(turn, record->exec_ms, clock_run_of(c->now));
    int r = turns_postpone(&c->turns, turn, clock_run_of(c->now));
    int64_t *kept_ms = &record->p.usage->kept_ms;
    if (r == 0 && (*kept_ms == 0 || turn->since_ms < *kept_ms))
        *kept_ms = turn->since_ms;
    return r;
}

static void note_read(const struct procfs *c, const struct record *record,
                      struct turn *turn, int result)
{
    turn_ask(turn, record->exec_ms, clock_run_of(c->now));
    turn_take(turn, result, clock_run_of(c->now));
}

static int read_count(struct procfs *c, struct record *record, int dirfd,
                      uint64_t *ret_count)
{
    bool in_turn = record_usage(record)->in_turn && !c->counts_fds;
    int64_t began_us = in_turn ? clock_effort_us() : 0;
    int r = count_fds(c, dirfd, ret_count);
    if (!in_turn)
        return r;
    turns_charge(&c->turns, clock_effort_us() - began_us);
    note_read(c, record, &record_usage(record)->fds, r);
    return r;
}

static uint32_t saturate(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static int load_fds(struct procfs *c, struct record *record, int dirfd)
{
    uint64_t count = 0, limit = 0;
    bool has_some = !record->p.kernel && !record_is_dead(record);
    int r = 0;
    if (has_some && !c->counts_fds && has_to_wait(c, record))
        return postpone(c, record, &record_usage(record)->fds);
    if (has_some)
        r = read_count(c, record, dirfd, &count);
    if (r == 0)
        r = pidfile_read(dirfd, "limits", SMALL_MAX, &c->scratch);
    if (r < 0)
        return r;
    struct key_value row = {.key = "Max open files", .value = {&limit}};
    key_value_parse(c->scratch.data, c->scratch.len, &row, 1);
    /* The file of a zombie may be empty. */
    if (!row.found && !record_is_dead(record))
        return -EBADMSG;
    record->p.usage->fds = saturate(count);
    record->p.usage->fd_limit = saturate(limit);
    return 0;
}

/* The open waits for an exec of the process (mm_access(), kernel/fork.c), reading for its
 * memory. */
static int load_pss(struct procfs *c, struct record *record, int dirfd)
{
    /* Without memory of its own the read gives ESRCH (show_smaps_rollup()), which would
     * mean that the process has ended. */
    if (record->p.kernel || record_is_dead(record)) {
        record->p.usage->pss_kib = 0;
        return 0;
    }
    if (record_is_stuck(record, c->batch.reader, c->sample_ms))
        return -ETIMEDOUT;
    if (has_to_wait(c, record))
        return postpone(c, record, &record_usage(record)->pss);
    int r = batch_add_late_file(&c->batch, record, dirfd, "smaps_rollup", SMALL_MAX);
    if (r < 0)
        return r;
    c->batch.jobs[c->batch.n - 1]->is_expensive = record_usage(record)->in_turn;
    return ATTRIBUTE_WAITS;
}

static int parse_pss(struct record *record, const struct file_job *f)
{
    uint64_t pss = 0;
    struct key_value row = {.key = "Pss:", .value = {&pss}};
    if (f->job.result < 0)
        return f->job.result;
    key_value_parse(buf_text(&f->text), f->text.len, &row, 1);
    if (!row.found)
        return -EBADMSG;
    record->p.usage->pss_kib = pss;
    return 0;
}

static int take_pss(struct procfs *c, struct record *record, struct reader_job **job)
{
    const struct file_job *f = (const struct file_job *)*job;
    if (f->job.result == -EAGAIN)
        return postpone(c, record, &record_usage(record)->pss);
    int r = parse_pss(record, f);
    if (record_usage(record)->in_turn)
        note_read(c, record, &record_usage(record)->pss, r);
    return r;
}

const struct attribute_reader measured_readers[] = {
    {PROCESS_STATUS, load_status, NULL},
    {PROCESS_IO, load_io, take_io},
    {PROCESS_FDS, load_fds, NULL},
    {PROCESS_PSS, load_pss, take_pss},
    {0},
};
