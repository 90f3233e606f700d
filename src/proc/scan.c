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
struct progress {
    size_t made;  /* records in c->next */
    size_t known; /* records of c->list that were reached */
};

static size_t close_folders(struct procfs *c, struct process **list, size_t n,
                            size_t most)
{
    size_t closed = 0;
    for (size_t i = 0; i < n && closed < most; i++) {
        struct record *record = list[i]->owner;
        if (record->dirfd < 0)
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
static bool spare_descriptors(struct procfs *c, const struct progress *p)
{
    size_t spared = close_folders(c, c->next, p->made, SPARE_AT_ONCE);
    spared +=
        close_folders(c, c->list + p->known, c->count - p->known, SPARE_AT_ONCE - spared);
    c->may_keep = c->kept;
    if (spared > 0)
        c->max_kept_fds = c->kept > 0 ? (unsigned)c->kept : 1;
    return spared > 0;
}

/* A kept folder stays that of its process: if the pid is used again, it gives ESRCH. It
 * also saves the lookup from the root. */
static int visit_kept(struct procfs *c, struct record *record, uint32_t attributes)
{
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    struct stat_sample sample;
    int r = refresh_sample(record->dirfd, text, &line, &sample);
    if (r < 0)
        return r;
    if (line.pid != record->p.pid || line.field[STAT_START] != record->p.start)
        return -ESRCH; /* not a procfs */
    return refresh_record(c, record, record->dirfd, &sample, attributes, true);
}

static int visit_by_path(struct procfs *c, pid_t pid, struct record **record,
                         uint32_t attributes)
{
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    struct stat_sample sample;
    CLEANUP_FD int dirfd = pidfile_open_folder(c->root_fd, pid);
    if (dirfd < 0)
        return pidfile_is_gone(dirfd) ? -ESRCH : dirfd;
    int r = refresh_sample(dirfd, text, &line, &sample);
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
    r = refresh_record(c, *record, dirfd, &sample, attributes, true);
    if (r == 0 && c->kept < c->may_keep) {
        (*record)->dirfd = TAKE_FD(dirfd);
        c->kept++;
    }
    return r;
}

static int visit(struct procfs *c, pid_t pid, struct record **record, uint32_t attributes)
{
    if (*record && (*record)->dirfd >= 0) {
        int r = visit_kept(c, *record, attributes);
        if (r != -ESRCH)
            return r;
        drop(c, *record);
        *record = NULL;
    }
    return visit_by_path(c, pid, record, attributes);
}

static int visit_sparing(struct procfs *c, pid_t pid, struct record **record,
                         uint32_t attributes, const struct progress *progress)
{
    int r = visit(c, pid, record, attributes);
    if ((r == -EMFILE || r == -ENFILE) && spare_descriptors(c, progress))
        r = visit(c, pid, record, attributes);
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

/* The listing and the table are both ascending: one walk along both, no hash and no sort.
 * Processes that are not listed or could not be read are dropped. */
static int merge(struct procfs *c, uint32_t attributes)
{
    struct snapshot *s = &c->snapshot;
    struct progress p = {0, 0};
    int r = 0;
    for (size_t i = 0; i < c->pid_list.count && r != -ENOMEM; i++) {
        pid_t pid = c->pid_list.pids[i];
        if (i % TICK_EVERY == 0 || (attributes & PROCESS_MEASURED) != 0)
            scan_tick(c);
        while (p.known < c->count && c->list[p.known]->pid < pid)
            drop(c, c->list[p.known++]->owner);
        struct record *record = NULL;
        if (p.known < c->count && c->list[p.known]->pid == pid)
            record = c->list[p.known++]->owner;
        r = visit_sparing(c, pid, &record, attributes, &p);
        if (r == 0) {
            s->unreadable += record->p.denied != 0;
            c->next[p.made++] = &record->p;
            continue;
        }
        if (r != -ESRCH)
            c->hidden[s->hidden++] = pid;
        drop(c, record);
    }
    while (p.known < c->count && r == -ENOMEM)
        c->next[p.made++] = c->list[p.known++];
    while (p.known < c->count)
        drop(c, c->list[p.known++]->owner);
    struct process **old = c->list;
    c->list = c->next;
    c->next = old;
    c->count = p.made;
    return r == -ENOMEM ? r : 0;
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

int scan_run(struct procfs *c, uint32_t attributes, struct moment now)
{
    struct snapshot *s = &c->snapshot;
    int64_t began_us = monotonic_us();
    c->now = now;
    c->began_ms = clock_boot_ms();
    c->sample_ms = now.boot_ms;
    c->may_keep = count_allowed(c);
    *s = (struct snapshot){.taken = now, .host.module = "none"};
    if (c->labels.host)
        s->host = c->labels.host(c->labels.ctx);
    int r = pid_list_read(&c->pid_list, c->root_fd);
    if (r == -ENOMEM)
        return r;
    if (r == 0 && !c->pid_list.is_proc)
        r = -ENODEV;
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
