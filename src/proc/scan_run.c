/* A scan of all processes, and an update of some. */
#include "proc/internal.h"

#include "proc/task_pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { FD_RESERVE = 64 /* for the rest of the program */ };

static int64_t monotonic_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static size_t count_allowed(const struct procfs *c)
{
    struct rlimit limit;
    size_t allowed = 0;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > FD_RESERVE)
        allowed = (size_t)limit.rlim_cur - FD_RESERVE;
    if (c->max_kept_fds != 0 && c->max_kept_fds < allowed)
        allowed = c->max_kept_fds;
    return allowed;
}

static void begin(struct procfs *c, struct moment now)
{
    c->now = now;
    c->began_ms = clock_boot_ms();
    c->sample_ms = now.boot_ms;
    c->may_keep = count_allowed(c);
    batch_begin(&c->batch);
    origin_begin(c->host);
}

static void set_list(struct procfs *c)
{
    struct snapshot *s = &c->snapshot;
    s->list = c->known.list;
    s->pids = c->known.pids;
    s->ppids = c->known.ppids;
    s->count = c->known.count;
    s->hidden_pids = c->hidden;
    s->state = s->hidden > 0 || s->uncounted ? SNAPSHOT_PARTIAL : SNAPSHOT_COMPLETE;
}

static void read_host(struct procfs *c)
{
    if (c->labels.host)
        c->snapshot.host = c->labels.host(c->labels.ctx);
}

/* A refresh needs no list of all. */
static void forget_tasks(struct procfs *c)
{
    task_pass_forget(c->pass);
    buf_free(&c->tasks);
}

int scan_run(struct procfs *c, uint32_t attributes, struct moment now)
{
    struct snapshot *s = &c->snapshot;
    int64_t began_us = monotonic_us();
    begin(c, now);
    strings_count_long(c);
    *s = (struct snapshot){.taken = now, .host.module = "none"};
    read_host(c);
    int r = listing_make(c);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        s->state = SNAPSHOT_FAILED;
        s->error = r;
    } else {
        const struct scan_wish all = {
            .pids = c->pid_list.pids,
            .n = c->pid_list.count,
            .tasks = c->tasks.len > 0 ? (const void *)c->tasks.data : NULL,
            .attributes = attributes,
        };
        r = scan_merge(c, &all);
        forget_tasks(c);
        if (r < 0)
            return r;
        s->uncounted = listing_is_incomplete(c);
        set_list(c);
    }
    s->duration_us = monotonic_us() - began_us;
    return 0;
}

/* Whether the process has ended, or does not fit. */
static bool is_ruled_out(const struct procfs *c, pid_t pid,
                         bool (*fits)(void *ctx, uint32_t euid, uint32_t egid), void *ctx)
{
    char name[16];
    struct stat st;
    snprintf(name, sizeof(name), "%d", (int)pid);
    if (fstatat(c->root_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || errno == ESRCH;
    return !fits(ctx, st.st_uid, st.st_gid);
}

int procfs_scan_ids(struct procfs *c, struct moment now,
                    bool (*fits)(void *ctx, uint32_t euid, uint32_t egid), void *ctx,
                    const struct snapshot **ret_snapshot)
{
    struct snapshot *s = &c->snapshot;
    int64_t began_us = monotonic_us();
    begin(c, now);
    if (pid_list_read(&c->pid_list, c->root_fd) < 0 || !c->pid_list.is_proc)
        return -EAGAIN;
    for (size_t i = 0; i < c->pid_list.count; i++)
        if (!is_ruled_out(c, c->pid_list.pids[i], fits, ctx))
            return -EAGAIN;
    *s = (struct snapshot){.taken = now, .host.module = "none"};
    if (c->labels.host)
        s->host = c->labels.host(c->labels.ctx);
    s->uncounted = listing_is_incomplete(c);
    s->state = s->uncounted ? SNAPSHOT_PARTIAL : SNAPSHOT_COMPLETE;
    s->duration_us = monotonic_us() - began_us;
    *ret_snapshot = s;
    return 0;
}

/* What is counted of these processes is counted anew. */
static void uncount(struct procfs *c, const pid_t *pids, size_t n)
{
    struct snapshot *s = &c->snapshot;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct process *p = snapshot_find(s, pids[i]);
        if (!p)
            continue;
        s->unreadable -= p->denied != 0;
        s->unresponsive -= process_denied_by(p, ETIMEDOUT) != 0;
    }
    for (size_t i = 0; i < s->hidden; i++)
        if (!bsearch(&c->hidden[i], pids, n, sizeof(*pids), process_compare_pids))
            c->hidden[kept++] = c->hidden[i];
    s->hidden = kept;
}

/* The tasks of these processes, for `tasks`. Without them, all is read from /proc. */
static int read_tasks(struct procfs *c, const pid_t *pids, size_t n)
{
    const struct task_record *read;
    buf_clear(&c->some_tasks);
    buf_clear(&c->tasks);
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i += TASKS_ASKED) {
        size_t some = n - i < TASKS_ASKED ? n - i : TASKS_ASKED;
        r = task_sample_read(c, pids + i, some, &read);
        if (r == 0)
            r = buf_append(&c->some_tasks, read, some * sizeof(*read));
    }
    read = (const void *)c->some_tasks.data;
    for (size_t i = 0; i < n && r == 0; i++) {
        const struct task_record *task = read[i].pid != 0 ? &read[i] : NULL;
        r = buf_append(&c->tasks, &task, sizeof(const struct task_record *));
    }
    return r;
}

int scan_update(struct procfs *c, const pid_t *pids, size_t n, uint32_t attributes,
                struct moment now)
{
    struct scan_wish some = {
        .pids = pids, .n = n, .attributes = attributes, .is_update = true};
    int64_t began_us = monotonic_us();
    begin(c, now);
    /* It visits all records, and is exact only after a scan: what ends is not subtracted.
     */
    if (c->long_bytes > PROCESS_CMDLINE_TOTAL / 2)
        strings_count_long(c);
    uncount(c, pids, n);
    read_host(c);
    if (read_tasks(c, pids, n) == 0)
        some.tasks = (const void *)c->tasks.data;
    int r = scan_merge(c, &some);
    c->snapshot.taken = now;
    set_list(c);
    c->snapshot.duration_us = monotonic_us() - began_us;
    return r;
}
