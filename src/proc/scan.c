#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/pidfile.h"
#include "proc/task_record.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SPARE_AT_ONCE = 64,
    KEPT_STATS_MAX = 8192, /* the kernel uses 5 kB of memory for each */
    TICK_EVERY = 16,       /* processes: takes 150 us, sample_ms is in ms */
    RECALL_FIRST = 32,     /* samples before what was read is used for others */
};

static void close_stat(struct procfs *c, struct record *record)
{
    size_t had = record->stat_fd >= 0;
    cleanup_close_fd(&record->stat_fd);
    c->kept -= had;
    c->kept_stats -= had;
}

static void drop(struct procfs *c, struct record *record)
{
    if (record && record->dirfd >= 0)
        c->kept--;
    if (record)
        close_stat(c, record);
    record_destroy(record, c->pool);
}

/* A process whose stat is read with others. */
struct scan_entry {
    pid_t pid;
    const struct task_record *task; /* NULL: it was in no pass */
    struct record *record;          /* NULL: a new one */
    size_t slot;                    /* in c->next */
    int opened;                     /* its folder, if the record does not keep it; -1 */
    int sample;                     /* number, or -errno */
    bool keeps_stat;                /* counted in c->kept */
};

/* How far a scan has come. */
struct scan {
    struct procfs *c;
    struct scan_entry entries[SAMPLES_MAX];
    size_t n;
    size_t most;   /* entries that are read together, of processes with a task */
    size_t opened; /* of the entries: folders that no record keeps */
    size_t at; /* those from here on wait for their visit; SAMPLES_MAX = for samples */
    uint32_t attributes;
    size_t known;   /* records of c->known that were reached */
    bool is_update; /* records that are not listed are kept */
    bool has_gaps;  /* in c->next, and c->hidden is not sorted */
    int error;      /* -ENOMEM */
};

static size_t close_folders(struct procfs *c, struct process **list, size_t n,
                            size_t most)
{
    size_t closed = 0;
    for (size_t i = 0; i < n && closed < most; i++) {
        struct record *record = list[i] ? record_of(list[i]) : NULL;
        if (!record || record->dirfd < 0)
            continue;
        close(record->dirfd);
        record->dirfd = -1;
        close_stat(c, record);
        closed++;
    }
    c->kept -= closed;
    return closed;
}

/* The folders of processes whose samples have been read, but that wait for their visit.
 */
static size_t close_entries(struct scan *scan)
{
    size_t closed = 0;
    for (size_t i = scan->at; i < scan->n; i++) {
        struct scan_entry *e = &scan->entries[i];
        struct process *known = e->record ? &e->record->p : NULL;
        if (e->opened >= 0)
            closed++;
        cleanup_close_fd(&e->opened);
        if (known)
            closed += close_folders(scan->c, &known, 1, 1);
    }
    return closed;
}

/* For EMFILE: the rest of the program uses more than the reserve. Closes some folders; no
 * more than the others are kept from now on. */
static bool spare_descriptors(struct scan *scan)
{
    struct procfs *c = scan->c;
    size_t spared = close_folders(c, c->next.list, c->next.count, SPARE_AT_ONCE);
    spared += close_folders(c, c->known.list + scan->known, c->known.count - scan->known,
                            SPARE_AT_ONCE - spared);
    spared += close_entries(scan);
    c->may_keep = c->kept;
    if (spared > 0)
        c->max_kept_fds = c->kept > 0 ? (unsigned)c->kept : 1;
    return spared > 0;
}

static void count_record(struct snapshot *s, const struct record *record)
{
    s->unreadable += record->p.denied != 0;
    s->unresponsive += process_denied_by(&record->p, ETIMEDOUT) != 0;
}

/* A process that has ended (-ESRCH) or could not be read. */
static void lose(struct scan *scan, pid_t pid, struct record *record, int r)
{
    struct procfs *c = scan->c;
    if (r != -ESRCH)
        c->hidden[c->snapshot.hidden++] = pid;
    if (r == -ENOMEM)
        scan->error = r;
    drop(c, record);
}

static void end_visit(void *ctx, const struct visit *v, int r)
{
    struct scan *scan = ctx;
    if (r == 0) {
        count_record(&scan->c->snapshot, v->record);
        process_list_set(&scan->c->next, v->slot, &v->record->p);
        return;
    }
    scan->c->next.list[v->slot] = NULL;
    scan->has_gaps = true;
    lose(scan, v->record->p.pid, v->record, r);
}

/* Frees descriptors after -EMFILE. Jobs that wait have some, too. */
static bool make_room(struct scan *scan)
{
    struct procfs *c = scan->c;
    if (c->n_waiting > 0) {
        visits_finish(c, end_visit, scan);
        return true;
    }
    if (spare_descriptors(scan))
        return true;
    bool had_some = !c->is_short;
    spare_fds_close(c);
    return had_some;
}

static bool lacks_room(int r)
{
    return r == -EMFILE || r == -ENFILE;
}

/* A kept folder stays that of its process: if the pid is used again, it gives ESRCH. It
 * also saves the lookup from the root. */
static int open_folder(struct scan *scan, pid_t pid, int *ret_dirfd)
{
    int dirfd = pidfile_open_folder(scan->c->root_fd, pid);
    while (lacks_room(dirfd) && make_room(scan))
        dirfd = pidfile_open_folder(scan->c->root_fd, pid);
    if (dirfd < 0)
        return pidfile_is_gone(dirfd) ? -ESRCH : dirfd;
    *ret_dirfd = dirfd;
    return 0;
}

static int folder_of(const struct scan_entry *e)
{
    return e->opened >= 0 ? e->opened : e->record ? e->record->dirfd : -1;
}

/* The folder belongs to a thread that waits. */
static void forget_folder(struct scan *scan, struct scan_entry *e)
{
    if (e->opened < 0) {
        e->record->dirfd = -1;
        scan->c->kept--;
    }
    e->opened = -1;
}

/* One more stat sample, because the first one was of another process or there was no
 * descriptor. */
static int read_again(struct scan *scan, struct scan_entry *e, struct one_sample *ret_one)
{
    uint32_t account = e->record ? e->record->p.euid : 0;
    bool lost = false;
    int r;
    do {
        r = folder_of(e) >= 0 ? 0 : open_folder(scan, e->pid, &e->opened);
        if (r == 0)
            r = samples_read_lent(scan->c, e->pid, account, folder_of(e), ret_one, &lost);
        if (lost)
            forget_folder(scan, e);
    } while (lacks_room(r) && make_room(scan));
    return r;
}

static bool is_its_sample(const struct scan_entry *e, const struct stat_sample *sample)
{
    const struct stat_line *line = sample->line;
    return line->pid == e->pid && line->field[STAT_START] == e->record->p.start;
}

static int fit_record(struct scan *scan, struct scan_entry *e,
                      const struct stat_sample *sample)
{
    if (sample->line->pid != e->pid)
        return -EBADMSG;
    if (e->record && !is_its_sample(e, sample)) {
        drop(scan->c, e->record); /* the pid is used by another process now */
        e->record = NULL;
    }
    if (e->record)
        return 0;
    e->record = record_create(e->pid);
    if (!e->record)
        return -ENOMEM;
    refresh_start(scan->c, e->record, sample->line);
    return 0;
}

static int visit(struct scan *scan, struct scan_entry *e,
                 const struct stat_sample *sample)
{
    struct procfs *c = scan->c;
    struct stat_sample marked = *sample;
    int r = fit_record(scan, e, sample);
    if (r < 0)
        return r;
    /* What has changed since this task was read is seen by the next refresh_from_task().
     */
    if (marked.task_mark == 0 && e->task)
        marked.task_mark = e->task->mark;
    if (visits_full(c))
        visits_finish(c, end_visit, scan);
    do
        r = visits_begin(c, e->record, folder_of(e), &marked, scan->attributes, true,
                         e->slot);
    while (lacks_room(r) && make_room(scan));
    /* With tasks, files of few processes are read again. */
    if (r >= 0 && e->opened >= 0 && !e->task && c->kept < c->may_keep) {
        e->record->dirfd = TAKE_FD(e->opened);
        c->kept++;
    }
    return r;
}

/* The sample of a kept folder may be that of a process that has ended. */
static int visit_or_retry(struct scan *scan, struct scan_entry *e, int r,
                          const struct stat_sample *sample)
{
    struct one_sample one;
    bool kept = e->record && e->record->dirfd >= 0;
    if (r == 0 && kept && !is_its_sample(e, sample))
        r = -ESRCH; /* not a procfs */
    bool is_other = r == -ESRCH && kept;
    if (is_other) {
        drop(scan->c, e->record);
        e->record = NULL;
    }
    if (is_other || lacks_room(r) || (r == 0 && folder_of(e) < 0)) {
        r = read_again(scan, e, &one);
        sample = &one.sample;
    }
    return r == 0 ? visit(scan, e, sample) : r;
}

/* What was known of a process that does not answer is kept. */
static void end_entry(struct scan *scan, struct scan_entry *e, int r)
{
    struct procfs *c = scan->c;
    bool no_answer = r == -ETIMEDOUT || r == -EBUSY;
    if (no_answer && e->record) {
        refresh_unanswered(c, e->record, scan->attributes, -r);
        r = 0;
    } else if (r == -ETIMEDOUT && !scan->is_update) { /* it may be counted already */
        c->snapshot.unresponsive++;
    }
    if (r == 0)
        count_record(&c->snapshot, e->record);
    if (r >= 0) {
        process_list_set(&c->next, e->slot, &e->record->p);
    } else {
        scan->has_gaps = true;
        lose(scan, e->pid, e->record, r);
    }
    cleanup_close_fd(&e->opened);
}

/* Takes back the descriptors of samples. */
static void settle(struct scan *scan, struct scan_entry *e)
{
    struct procfs *c = scan->c;
    int stat_fd = -1;
    if (e->sample < 0)
        return;
    if (!samples_settle(c, e->sample, &stat_fd))
        forget_folder(scan, e);
    if (e->keeps_stat) {
        e->record->stat_fd = stat_fd;
        c->kept -= stat_fd < 0;
        c->kept_stats -= stat_fd < 0;
    }
}

static void scan_entries(struct scan *scan)
{
    struct procfs *c = scan->c;
    recall_confirm(c, &c->next);
    samples_run(c);
    for (size_t i = 0; i < scan->n; i++)
        settle(scan, &scan->entries[i]);
    for (size_t i = 0; i < scan->n; i++) {
        struct scan_entry *e = &scan->entries[i];
        scan->at = i + 1;
        struct stat_sample sample;
        int r = e->sample;
        if (r >= 0)
            r = samples_take(c, e->sample, &sample);
        end_entry(scan, e, visit_or_retry(scan, e, r, &sample));
    }
    samples_clear(c);
    scan->n = scan->opened = 0;
    scan->at = SAMPLES_MAX;
}

/* Makes room for `n` processes and all that were known before, hidden ones too. */
static int reserve(struct procfs *c, size_t n)
{
    size_t need = n + c->known.count + c->snapshot.hidden;
    if (process_list_reserve(&c->next, need) < 0)
        return -ENOMEM;
    if (need <= c->hidden_cap)
        return 0;
    pid_t *hidden = reallocarray(c->hidden, need + need / 2, sizeof(*hidden));
    if (!hidden)
        return -ENOMEM;
    c->hidden = hidden;
    c->hidden_cap = need + need / 2;
    return 0;
}

/* The known records before number `end`, which are not listed now. */
static void pass_over(struct scan *scan, size_t end)
{
    struct procfs *c = scan->c;
    if (scan->is_update)
        process_list_copy(&c->next, &c->known, scan->known, end);
    for (size_t i = scan->known; !scan->is_update && i < end; i++)
        drop(c, record_of(c->known.list[i]));
    scan->known = end;
}

/* The user of a process that is not known yet. */
static uint32_t account_of(int dirfd)
{
    struct stat st;
    return fstat(dirfd, &st) == 0 ? st.st_uid : 0;
}

/* A pread of a kept stat takes half of what opening it takes. It gives ESRCH once the
 * process has ended, also if its pid is used again. */
static void keep_stat(struct procfs *c, struct scan_entry *e)
{
    const struct record *record = e->record;
    bool is_new = record->stat_fd < 0;
    if (is_new && (!record->is_wanted || !c->is_procfs || e->task ||
                   c->kept >= c->may_keep || c->kept_stats >= KEPT_STATS_MAX))
        return;
    samples_keep_stat(c, e->sample, record->stat_fd);
    e->keeps_stat = true;
    c->kept += is_new;
    c->kept_stats += is_new;
}

/* What was read of them may be used for others from now on. More and more are read
 * together, because others may have little in common with them. */
static void end_entries(struct scan *scan)
{
    scan_entries(scan);
    visits_finish(scan->c, end_visit, scan);
    recall_confirm(scan->c, &scan->c->next);
    scan->most *= 2;
}

static void add_entry(struct scan *scan, pid_t pid, const struct task_record *task,
                      struct record *record)
{
    struct procfs *c = scan->c;
    bool is_kept = record && record->dirfd >= 0;
    if (scan->n == SAMPLES_MAX || (!is_kept && scan->opened >= visits_spare_fds(c)))
        scan_entries(scan);
    if (task && scan->n >= scan->most)
        end_entries(scan);
    struct scan_entry e = {pid, task, record, process_list_add(&c->next, pid, NULL),
                           -1,  0,    false};
    int r = 0;
    if (!is_kept)
        r = open_folder(scan, pid, &e.opened);
    if (lacks_room(r) && scan->n > 0) {
        scan_entries(scan);
        r = open_folder(scan, pid, &e.opened);
    }
    if (r < 0) {
        end_entry(scan, &e, r);
        return;
    }
    e.sample = samples_add(c, pid, record ? record->p.euid : account_of(e.opened),
                           folder_of(&e));
    if (e.sample >= 0 && is_kept)
        keep_stat(c, &e);
    scan->entries[scan->n++] = e;
    scan->opened += e.opened >= 0;
}

/* One process of the listing; `task` is NULL if it was in no pass. */
static void scan_pid(struct scan *scan, pid_t pid, const struct task_record *task)
{
    struct procfs *c = scan->c;
    pass_over(scan, process_list_find(&c->known, scan->known, pid));
    struct record *record = NULL;
    if (scan->known < c->known.count && c->known.pids[scan->known] == pid)
        record = record_of(c->known.list[scan->known++]);
    bool done = false;
    if (record)
        record->same_task = false;
    if (record && task)
        done = refresh_from_task(c, record, task, scan->attributes);
    else if (task)
        done = refresh_create(c, task, scan->attributes, &record) == 0;
    if (!done) {
        add_entry(scan, pid, task, record);
        return;
    }
    count_record(&c->snapshot, record);
    process_list_add(&c->next, pid, &record->p);
}

int scan_merge(struct procfs *c, const struct scan_wish *wish)
{
    struct scan begun = {.c = c,
                         .at = SAMPLES_MAX,
                         .most = RECALL_FIRST,
                         .attributes = wish->attributes,
                         .is_update = wish->is_update};
    struct scan *scan = &begun;
    int r = reserve(c, wish->n);
    if (r < 0)
        return r;
    c->is_merging = true;
    for (size_t i = 0; i < wish->n && scan->error == 0; i++) {
        if (i % TICK_EVERY == 0 || (scan->attributes & PROCESS_MEASURED) != 0)
            scan_tick(c);
        scan_pid(scan, wish->pids[i], wish->tasks ? wish->tasks[i] : NULL);
    }
    end_entries(scan);
    if (c->is_short)
        spare_fds_open(c);
    if (scan->has_gaps)
        process_list_close_gaps(&c->next);
    if (c->snapshot.hidden > 0)
        qsort(c->hidden, c->snapshot.hidden, sizeof(*c->hidden), process_compare_pids);
    scan->is_update = scan->is_update || scan->error != 0;
    pass_over(scan, c->known.count);
    const struct process_list old = c->known;
    c->known = c->next;
    c->next = old;
    c->next.count = 0;
    c->is_merging = false;
    return scan->error;
}
