/* struct process_source_ops of the source procfs. */
#include "proc/internal.h"

#include "base/cleanup.h"
#include "model/process_source.h"
#include "proc/exit_watch.h"
#include "proc/name.h"
#include "proc/pidfile.h"
#include "proc/task_pass.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the last scan. */
static const char *source_name(void *ctx)
{
    const struct procfs *c = ctx;
    if (c->connector && !c->muted)
        return c->pass_result == 0 ? "bpf+events" : "procfs+events";
    return c->pass_result == 0 ? "bpf" : "procfs";
}

static int source_scan(void *ctx, uint32_t attributes, struct moment now,
                       const struct snapshot **ret_snapshot)
{
    struct procfs *c = ctx;
    events_check(c, now.boot_ms);
    int r = scan_run(c, attributes, now);
    if (r == 0)
        *ret_snapshot = &c->snapshot;
    return r;
}

static void deny(struct process *p, uint32_t attributes, int error)
{
    for (uint32_t left = attributes & ~(p->have | p->denied); left != 0; left &= left - 1)
        process_set_error(p, left & -left, error);
}

/* Reads into copies: a record is unchanged if its process ends meanwhile. */
enum {
    NO_SAMPLE = INT_MAX,
    IN_FOLDER = PROCESS_IO | PROCESS_FDS | PROCESS_PSS, /* read in every cycle */
};

struct reading {
    struct procfs *c;
    struct source_want *wants;
    struct record *copies[SAMPLES_MAX];
    int samples[SAMPLES_MAX]; /* number, or -errno */
    size_t first, n;          /* of the wants whose copies these are */
};

/* The folder is kept if it is read in every cycle. */
static void keep_folder(struct procfs *c, const struct source_want *want,
                        struct record *copy)
{
    struct record *record = record_of(want->process);
    if (record->dirfd >= 0 || copy->dirfd < 0)
        return;
    if ((want->attributes & IN_FOLDER) == 0 || c->kept > c->may_keep) {
        cleanup_close_fd(&copy->dirfd);
        c->kept--;
    }
    record->dirfd = copy->dirfd;
}

/* Takes over the copy, or frees it. */
static void end_read(struct reading *reading, struct source_want *want,
                     struct record *copy, int r)
{
    struct procfs *c = reading->c;
    struct process *p = want->process;
    struct record *record = record_of(p);
    bool was_stuck = process_denied_by(p, ETIMEDOUT) != 0;
    keep_folder(c, want, copy);
    if (r == 0) {
        record_release_texts(record, c->pool, UINT32_MAX);
        *record = *copy; /* descriptors are the same */
        record->is_wanted = true;
        process_list_set(&c->known, process_list_find(&c->known, 0, p->pid), p);
    } else {
        record_release_texts(copy, c->pool, UINT32_MAX);
        p->usage = copy->p.usage; /* it may have got one */
        want->ended = r == -ESRCH;
        if (!want->ended)
            deny(p, want->attributes, -r);
    }
    free(copy);
    c->snapshot.unresponsive -= was_stuck;
    c->snapshot.unresponsive += process_denied_by(p, ETIMEDOUT) != 0;
}

static void end_visit_of_read(void *ctx, const struct visit *v, int r)
{
    struct reading *reading = ctx;
    end_read(reading, &reading->wants[v->slot], v->record, r);
}

/* The copy has the same usage: what it says of a process that has ended is not used. */
static struct record *copy_record(struct record *record, uint32_t attributes)
{
    struct record *copy = malloc(sizeof(*copy));
    if (!copy || record_add_usage(record, attributes) < 0) {
        free(copy);
        return NULL;
    }
    record_copy(record, copy);
    copy->dirfd = record->dirfd;
    copy->stat_fd = record->stat_fd;
    return copy;
}

/* A kept folder is that of the process. */
static bool needs_sample(const struct procfs *c, const struct record *record)
{
    return record->dirfd < 0 || record->p.sampled_ms < c->now.boot_ms;
}

/* Opens the folder, and asks for a sample. Returns its number, NO_SAMPLE, or -errno. */
static int open_copy(struct procfs *c, struct record *copy)
{
    bool needed = needs_sample(c, copy);
    if (copy->dirfd < 0) {
        copy->dirfd = pidfile_open_folder(c->root_fd, copy->p.pid);
        if (copy->dirfd < 0)
            return pidfile_is_gone(copy->dirfd) ? -ESRCH : copy->dirfd;
        c->kept++;
    }
    return needed ? samples_add(c, copy->p.pid, copy->p.euid, copy->dirfd) : NO_SAMPLE;
}

/* For EMFILE. True: it may be tried again. */
static bool make_room(struct reading *reading, int r)
{
    if (r != -EMFILE && r != -ENFILE)
        return false;
    visits_finish(reading->c, end_visit_of_read, reading);
    spare_fds_close(reading->c);
    return true;
}

/* What needs no file. */
static void take_known(const struct procfs *c, struct source_want *want)
{
    if (attributes_have_labels(c))
        return;
    want->process->have |= want->attributes & PROCESS_LABEL;
    want->attributes &= ~(uint32_t)PROCESS_LABEL;
}

/* Takes as many wants as there are descriptors for, from `first` on. */
static void begin_reads(struct reading *reading, size_t n)
{
    struct procfs *c = reading->c;
    for (reading->n = 0; reading->n < SAMPLES_MAX && reading->first + reading->n < n;
         reading->n++) {
        struct source_want *want = &reading->wants[reading->first + reading->n];
        reading->copies[reading->n] = NULL;
        want->ended = false;
        take_known(c, want);
        if (want->attributes == 0)
            continue;
        if (reading->n > 0 && (c->is_short || visits_spare_fds(c) < 2 * SPARE_FDS))
            return;
        struct record *copy = copy_record(record_of(want->process), want->attributes);
        int r = copy ? open_copy(c, copy) : -ENOMEM;
        if (make_room(reading, r))
            r = open_copy(c, copy);
        reading->copies[reading->n] = copy;
        reading->samples[reading->n] = r;
        if (!copy)
            deny(want->process, want->attributes, ENOMEM);
    }
}

/* The folder belongs to a thread that waits. */
static void forget_folder(struct procfs *c, struct record *copy, struct record *record)
{
    copy->dirfd = record->dirfd = -1;
    c->kept--;
}

static int visit_copy(struct reading *reading, size_t i)
{
    struct procfs *c = reading->c;
    struct record *copy = reading->copies[i];
    size_t slot = reading->first + i;
    struct one_sample one;
    struct stat_sample *taken = NULL;
    int r = reading->samples[i], stat_fd;
    if (r >= 0 && r != NO_SAMPLE) {
        taken = &one.sample;
        if (!samples_settle(c, r, &stat_fd))
            forget_folder(c, copy, record_of(reading->wants[slot].process));
        r = samples_take(c, r, taken);
        if (make_room(reading, r))
            r = samples_read(c, copy->p.pid, copy->p.euid, copy->dirfd, &one);
    }
    if (r < 0)
        return r;
    if (taken && (taken->line->pid != copy->p.pid ||
                  taken->line->field[STAT_START] != copy->p.start))
        return -ESRCH;
    uint32_t wanted = reading->wants[slot].attributes;
    r = visits_begin(c, copy, copy->dirfd, taken, wanted, false, slot);
    if (make_room(reading, r))
        r = visits_begin(c, copy, copy->dirfd, taken, wanted, false, slot);
    return r;
}

static void source_read(void *ctx, struct source_want *wants, size_t n)
{
    struct procfs *c = ctx;
    struct reading reading = {.c = c, .wants = wants};
    wants_order(c, wants, n);
    batch_begin(&c->batch);
    for (; reading.first < n; reading.first += reading.n) {
        begin_reads(&reading, n);
        samples_run(c);
        for (size_t i = 0; i < reading.n; i++) {
            scan_tick(c);
            if (visits_full(c))
                visits_finish(c, end_visit_of_read, &reading);
            int r = reading.copies[i] ? visit_copy(&reading, i) : REFRESH_WAITS;
            if (r != REFRESH_WAITS)
                end_read(&reading, &wants[reading.first + i], reading.copies[i], r);
        }
        visits_finish(c, end_visit_of_read, &reading);
        recall_confirm(c, &c->known);
        samples_clear(c);
    }
    c->snapshot.postponed = c->turns.postponed;
    if (c->is_short)
        spare_fds_open(c);
}

/* With another list every name is found again. */
static int set_interpreters(struct procfs *c, const char *const *interpreters)
{
    if (program_names_equal(c->names, interpreters))
        return 0;
    struct program_names *names = program_names_create(interpreters);
    if (!names)
        return -ENOMEM;
    program_names_destroy(c->names);
    c->names = names;
    for (size_t i = 0; i < c->known.count; i++) {
        struct record *record = record_of(c->known.list[i]);
        record_release_texts(record, c->pool, PROCESS_NAME);
        record->p.have &= ~(uint32_t)PROCESS_NAME;
        record->p.denied &= ~(uint32_t)PROCESS_NAME;
    }
    return 0;
}

/* Both lists ascend by pid. */
static void set_follow(struct procfs *c, const struct source_follow *follow, size_t n)
{
    if (n == 0 && !c->follows)
        return;
    c->follows = n > 0;
    for (size_t i = 0, k = 0; i < c->known.count; i++) {
        struct record *record = record_of(c->known.list[i]);
        while (k < n && process_key_pid(follow[k].key) < record->p.pid)
            k++;
        bool is_followed = k < n && follow[k].key == process_key(&record->p);
        record->follow = is_followed ? (uint16_t)follow[k].attributes : 0;
    }
}

static int source_configure(void *ctx, const struct source_config *config)
{
    struct procfs *c = ctx;
    c->turns.keep_ms = config->interval_ms * TURN_INTERVALS;
    set_follow(c, config->follow, config->n_follow);
    int r = set_interpreters(c, config->interpreters);
    if (c->exits && exit_watch_set(c->exits, config->exits, config->n_exits) < 0)
        r = -ENOMEM;
    return r;
}

static int source_update(void *ctx, const pid_t *pids, size_t n, uint32_t attributes,
                         struct moment now)
{
    events_check(ctx, now.boot_ms);
    return scan_update(ctx, pids, n, attributes, now);
}

static int source_event_fd(void *ctx)
{
    const struct procfs *c = ctx;
    return c->events_fd;
}

static int source_drain(void *ctx, struct source_events *ret_events)
{
    events_drain(ctx, ret_events);
    return 0;
}

static int source_mute(void *ctx, bool mute)
{
    return events_mute(ctx, mute);
}

static void source_pause(void *ctx, bool pause)
{
    events_pause(ctx, pause);
}

static int source_find_unknown(void *ctx, struct moment now, const pid_t **ret_pids,
                               size_t *ret_n)
{
    struct procfs *c = ctx;
    c->now = now;
    int r = listing_find_unknown(c);
    if (r < 0)
        return r;
    *ret_pids = (const void *)c->unknown.data;
    *ret_n = c->unknown.len / sizeof(pid_t);
    return 0;
}

/* Nothing waits for the process in this file. */
static int source_peek(void *ctx, pid_t pid, char ret_comm[PROCESS_COMM_SIZE])
{
    struct procfs *c = ctx;
    const struct task_record *task;
    char path[32], text[PROCESS_COMM_SIZE];
    if (task_sample_read(c, &pid, 1, &task) == 0 && task->pid == pid) {
        memcpy(ret_comm, task->comm, sizeof(task->comm)); /* it has a NUL */
        return 0;
    }
    snprintf(path, sizeof(path), "%d/comm", (int)pid);
    CLEANUP_FD int fd = openat(c->root_fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (n < 0)
        return -errno;
    if (n > 0 && text[n - 1] == '\n')
        n--;
    memcpy(ret_comm, text, (size_t)n);
    ret_comm[n] = '\0';
    return 0;
}

/* A pass over all takes a tenth of the time of files of /proc for each process. */
static bool source_prefers_update(void *ctx, size_t n)
{
    const struct procfs *c = ctx;
    size_t all = c->known.count;
    if (!c->connector || c->muted)
        return false;
    if (c->pass_result < 0)
        return n <= all;
    return task_pass_reads_some(c->pass) ? n <= all / 2 : n <= all / 10;
}

struct process_source_ops procfs_source(struct procfs *procfs)
{
    return (struct process_source_ops){
        .name = source_name,
        .scan = source_scan,
        .update = source_update,
        .read = source_read,
        .configure = source_configure,
        .event_fd = source_event_fd,
        .drain = source_drain,
        .mute = source_mute,
        .pause = source_pause,
        .find_unknown = source_find_unknown,
        .peek = source_peek,
        .prefers_update = source_prefers_update,
        .ctx = procfs,
    };
}
