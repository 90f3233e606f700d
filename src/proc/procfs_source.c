/* struct process_source_ops of the source procfs. */
#include "proc/internal.h"

#include "base/cleanup.h"
#include "model/process_source.h"
#include "proc/exit_watch.h"
#include "proc/name.h"
#include "proc/pidfile.h"

#include <errno.h>

static int source_scan(void *ctx, uint32_t attributes, struct moment now,
                       const struct snapshot **ret_snapshot)
{
    struct procfs *c = ctx;
    int r = scan_run(c, attributes, now);
    if (r == 0)
        *ret_snapshot = &c->snapshot;
    return r;
}

/* Reads into a copy, so that the record is unchanged if the process ends meanwhile. */
static int read_closer(struct procfs *c, struct record *record, uint32_t attributes)
{
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    struct stat_sample sample;
    struct record copy;
    CLEANUP_FD int opened = -1;
    int dirfd = record->dirfd;
    if (dirfd < 0)
        dirfd = opened = pidfile_open_folder(c->root_fd, record->p.pid);
    if (dirfd < 0)
        return pidfile_is_gone(dirfd) ? -ESRCH : dirfd;
    int r = refresh_sample(dirfd, text, &line, &sample);
    if (r < 0)
        return r;
    if (line.pid != record->p.pid || line.field[STAT_START] != record->p.start)
        return -ESRCH;
    r = record_copy(record, c->pool, &copy);
    if (r < 0)
        return r;
    r = refresh_record(c, &copy, dirfd, &sample, attributes, false);
    if (r < 0) {
        record_release_texts(&copy, c->pool, UINT32_MAX);
        return r;
    }
    record_release_texts(record, c->pool, UINT32_MAX);
    copy.dirfd = record->dirfd;
    *record = copy;
    return 0;
}

static int source_read(void *ctx, struct process *process, uint32_t attributes)
{
    struct procfs *c = ctx;
    scan_tick(c);
    int r = read_closer(c, process->owner, attributes);
    if (r == -ESRCH)
        return r;
    if (r < 0)
        process->denied |= attributes & ~process->have;
    return 0;
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
    for (size_t i = 0; i < c->count; i++) {
        struct record *record = c->list[i]->owner;
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
    for (size_t i = 0, k = 0; i < c->count; i++) {
        struct record *record = c->list[i]->owner;
        while (k < n && process_key_pid(follow[k].key) < record->p.pid)
            k++;
        bool is_followed = k < n && follow[k].key == process_key(&record->p);
        record->follow = is_followed ? follow[k].attributes : 0;
    }
}

static int source_configure(void *ctx, const struct source_config *config)
{
    struct procfs *c = ctx;
    set_follow(c, config->follow, config->n_follow);
    int r = set_interpreters(c, config->interpreters);
    if (c->exits && exit_watch_set(c->exits, config->exits, config->n_exits) < 0)
        r = -ENOMEM;
    return r;
}

static int source_event_fd(void *ctx)
{
    const struct procfs *c = ctx;
    return c->exits ? exit_watch_fd(c->exits) : -1;
}

static int source_drain(void *ctx, struct source_events *ret_events)
{
    struct procfs *c = ctx;
    buf_clear(&c->events);
    if (c->exits)
        exit_watch_drain(c->exits, &c->events);
    size_t count = c->events.len / sizeof(struct source_event);
    *ret_events = (struct source_events){
        .list = (const struct source_event *)(const void *)c->events.data,
        .count = count,
        .received = (uint32_t)count,
        .rescan = c->events.error != 0,
    };
    return 0;
}

struct process_source_ops procfs_source(struct procfs *procfs)
{
    return (struct process_source_ops){
        .name = "procfs",
        .scan = source_scan,
        .read = source_read,
        .configure = source_configure,
        .event_fd = source_event_fd,
        .drain = source_drain,
        .ctx = procfs,
    };
}
