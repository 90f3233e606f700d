#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/hidepid.h"
#include "proc/pidfile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    FD_RESERVE = 64, /* for the rest of the program */
    SPARE_AT_ONCE = 64,
    TICK_EVERY = 16, /* processes: takes 150 us, sample_ms is in ms */
};

void scan_tick(struct procfs *c)
{
    c->sample_ms = c->now.boot_ms + (clock_boot_ms() - c->began_ms);
}

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

static void drop(struct procfs *c, struct record *record)
{
    if (record && record->dirfd >= 0)
        c->kept--;
    record_destroy(record, c->pool);
}

/* How far a scan has come. */
struct scan {
    struct procfs *c;
    uint32_t attributes;
    size_t made;   /* records in c->next */
    size_t known;  /* records of c->list that were reached */
    bool has_gaps; /* c->next has NULLs, and c->hidden is not sorted */
    int error;     /* -ENOMEM */
};

static size_t close_folders(struct procfs *c, struct process **list, size_t n,
                            size_t most)
{
    size_t closed = 0;
    for (size_t i = 0; i < n && closed < most; i++) {
        struct record *record = list[i] ? list[i]->owner : NULL;
        if (!record || record->dirfd < 0)
            continue;
        close(record->dirfd);
        record->dirfd = -1;
        closed++;
    }
    c->kept -= closed;
    return closed;
}

/* For EMFILE: the rest of the program uses more than the reserve. Closes some folders; no
 * more than the others are kept from now on. */
static bool spare_descriptors(const struct scan *scan)
{
    struct procfs *c = scan->c;
    size_t spared = close_folders(c, c->next, scan->made, SPARE_AT_ONCE);
    spared += close_folders(c, c->list + scan->known, c->count - scan->known,
                            SPARE_AT_ONCE - spared);
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
        return;
    }
    scan->c->next[v->slot] = NULL;
    scan->has_gaps = true;
    lose(scan, v->record->p.pid, v->record, r);
}

/* A kept folder stays that of its process: if the pid is used again, it gives ESRCH. It
 * also saves the lookup from the root. */
static int visit_kept(struct procfs *c, struct record *record, uint32_t attributes,
                      size_t slot)
{
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    struct stat_sample sample;
    int r = refresh_sample(c, record->dirfd, text, &line, &sample);
    if (r < 0)
        return r;
    if (line.pid != record->p.pid || line.field[STAT_START] != record->p.start)
        return -ESRCH; /* not a procfs */
    return visits_begin(c, record, record->dirfd, &sample, attributes, true, slot);
}

static int visit_by_path(struct procfs *c, pid_t pid, struct record **record,
                         uint32_t attributes, size_t slot)
{
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    struct stat_sample sample;
    CLEANUP_FD int dirfd = pidfile_open_folder(c->root_fd, pid);
    if (dirfd < 0)
        return pidfile_is_gone(dirfd) ? -ESRCH : dirfd;
    int r = refresh_sample(c, dirfd, text, &line, &sample);
    if (r < 0)
        return r;
    if (line.pid != pid)
        return -EBADMSG;
    if (*record && (*record)->p.start != line.field[STAT_START]) {
        drop(c, *record); /* the pid is used by another process now */
        *record = NULL;
    }
    if (!*record) {
        *record = record_create(pid);
        if (!*record)
            return -ENOMEM;
        refresh_start(c, *record, &line);
    }
    r = visits_begin(c, *record, dirfd, &sample, attributes, true, slot);
    if (r >= 0 && c->kept < c->may_keep) {
        (*record)->dirfd = TAKE_FD(dirfd);
        c->kept++;
    }
    return r;
}

static int visit(struct procfs *c, pid_t pid, struct record **record, uint32_t attributes,
                 size_t slot)
{
    if (*record && (*record)->dirfd >= 0) {
        int r = visit_kept(c, *record, attributes, slot);
        if (r != -ESRCH)
            return r;
        drop(c, *record);
        *record = NULL;
    }
    return visit_by_path(c, pid, record, attributes, slot);
}

/* Jobs that wait have descriptors, too. */
static int visit_sparing(struct scan *scan, pid_t pid, struct record **record)
{
    struct procfs *c = scan->c;
    int r = visit(c, pid, record, scan->attributes, scan->made);
    if ((r == -EMFILE || r == -ENFILE) && c->n_waiting > 0) {
        visits_finish(c, end_visit, scan);
        r = visit(c, pid, record, scan->attributes, scan->made);
    }
    if ((r == -EMFILE || r == -ENFILE) && spare_descriptors(scan))
        r = visit(c, pid, record, scan->attributes, scan->made);
    return r;
}

/* Makes room for all processes that are listed now or were known before. */
static int reserve(struct procfs *c)
{
    size_t need = c->pid_list.count + c->count;
    if (need <= c->list_cap)
        return 0;
    size_t cap = need + need / 2;
    struct process **list = realloc(c->list, cap * sizeof(struct process *));
    if (!list)
        return -ENOMEM;
    c->list = list;
    struct process **next = realloc(c->next, cap * sizeof(struct process *));
    if (!next)
        return -ENOMEM;
    c->next = next;
    pid_t *hidden = realloc(c->hidden, cap * sizeof(*hidden));
    if (!hidden)
        return -ENOMEM;
    c->hidden = hidden;
    c->list_cap = cap;
    return 0;
}

/* The records of processes that ended while jobs ran are missing in c->next. */
static void close_gaps(struct scan *scan)
{
    struct procfs *c = scan->c;
    size_t kept = 0;
    for (size_t i = 0; i < scan->made; i++)
        if (c->next[i])
            c->next[kept++] = c->next[i];
    scan->made = kept;
    qsort(c->hidden, c->snapshot.hidden, sizeof(*c->hidden), process_compare_pids);
}

/* One process of the listing; `task` is NULL if it was in no pass. */
static void scan_pid(struct scan *scan, pid_t pid, const struct task_record *task)
{
    struct procfs *c = scan->c;
    while (scan->known < c->count && c->list[scan->known]->pid < pid)
        drop(c, c->list[scan->known++]->owner);
    struct record *record = NULL;
    if (scan->known < c->count && c->list[scan->known]->pid == pid)
        record = c->list[scan->known++]->owner;
    if (record && task && refresh_from_task(c, record, task, scan->attributes)) {
        count_record(&c->snapshot, record);
        c->next[scan->made++] = &record->p;
        return;
    }
    if (visits_full(c))
        visits_finish(c, end_visit, scan);
    int r = visit_sparing(scan, pid, &record);
    if (r >= 0) {
        c->next[scan->made++] = &record->p;
        if (task)
            refresh_note_task(record, task);
    }
    if (r == 0)
        count_record(&c->snapshot, record);
    if (r < 0)
        lose(scan, pid, record, r);
}

/* The listing and the table are both ascending: one walk along both, no hash and no sort.
 * Processes that are not listed or could not be read are dropped. */
static int merge(struct procfs *c, uint32_t attributes)
{
    struct scan scan = {.c = c, .attributes = attributes};
    const struct task_record *const *tasks = (const void *)c->tasks.data;
    bool has_tasks = c->tasks.len > 0;
    for (size_t i = 0; i < c->pid_list.count && scan.error == 0; i++) {
        if (i % TICK_EVERY == 0 || (attributes & PROCESS_MEASURED) != 0)
            scan_tick(c);
        scan_pid(&scan, c->pid_list.pids[i], has_tasks ? tasks[i] : NULL);
    }
    visits_finish(c, end_visit, &scan);
    if (scan.has_gaps)
        close_gaps(&scan);
    while (scan.known < c->count && scan.error != 0)
        c->next[scan.made++] = c->list[scan.known++];
    while (scan.known < c->count)
        drop(c, c->list[scan.known++]->owner);
    struct process **old = c->list;
    c->list = c->next;
    c->next = old;
    c->count = scan.made;
    return scan.error;
}

/* Whether there may be processes that are not even listed (hidepid=invisible): by the
 * mount options, or because pid 1 is missing, which every pid namespace has
 * (pid_namespaces(7)). Their number is unknown; `hidden` does not include them. */
static bool is_incomplete(struct procfs *c)
{
    if (!c->is_procfs)
        return false;
    if (c->now.boot_ms - c->hides_checked_ms >= c->verify_ms) {
        c->hides = hidepid_hides(c->root_fd);
        c->hides_checked_ms = c->now.boot_ms;
    }
    return c->hides || c->pid_list.count == 0 || c->pid_list.pids[0] != 1;
}

/* What is held of the arguments that are not short. */
static void count_long_arguments(struct procfs *c)
{
    size_t sum = 0;
    for (size_t i = 0; i < c->count && c->long_bytes > 0; i++)
        if (c->list[i]->cmdline_len > PROCESS_CMDLINE_SHORT)
            sum += c->list[i]->cmdline_len;
    c->long_bytes = sum;
}

int scan_run(struct procfs *c, uint32_t attributes, struct moment now)
{
    struct snapshot *s = &c->snapshot;
    int64_t began_us = monotonic_us();
    c->now = now;
    c->began_ms = clock_boot_ms();
    c->sample_ms = now.boot_ms;
    c->may_keep = count_allowed(c);
    count_long_arguments(c);
    batch_begin(&c->batch);
    *s = (struct snapshot){.taken = now, .host.module = "none"};
    if (c->labels.host)
        s->host = c->labels.host(c->labels.ctx);
    int r = listing_make(c);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        s->state = SNAPSHOT_FAILED;
        s->error = r;
    } else {
        r = reserve(c);
        if (r == 0)
            r = merge(c, attributes);
        if (r < 0)
            return r;
        s->list = c->list;
        s->count = c->count;
        s->hidden_pids = c->hidden;
        s->uncounted = is_incomplete(c);
        s->state = s->hidden > 0 || s->uncounted ? SNAPSHOT_PARTIAL : SNAPSHOT_COMPLETE;
    }
    s->duration_us = monotonic_us() - began_us;
    return 0;
}
