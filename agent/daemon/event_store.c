#include "agent/daemon/event_store.h"

#include "agent/daemon/disk_writer.h"
#include "agent/daemon/outbox.h"
#include "agent/daemon/state_file.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "engine/engine.h"
#include "proc/boot_id.h"
#include "state/event_record.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define HANG_MS     1000 /* a write that takes longer is not waited for */
#define RETRY_MS    5000
#define SET_WAIT_MS 500
#define STOP_MS     5000

struct event_store {
    char *path, *state_path;
    struct log *log;
    struct state_store *state;
    struct outbox *outbox;
    struct disk_writer *writer; /* NULL: nothing is kept */
    int wake_fd;
    char boot_id[64];
    struct saved_events saved; /* until event_store_restore() */
    uint32_t gap;              /* numbers that an earlier daemon may have used */
    bool was_killed;
    struct map *active; /* number of a raise -> its record, of active violations */
    size_t active_bytes;
    bool is_full;         /* logged: too many violations */
    struct buf lines;     /* to be appended */
    uint64_t reserved_to; /* of the last line about it */
    uint64_t saved_to;    /* the same in the state file on disk */
    size_t written;       /* bytes since the file was replaced, with these */
    uint64_t number;      /* of the last event */
    uint64_t mark;        /* of what was given to the writer */
    uint64_t safe;        /* the highest number that may be sent */
    int64_t progress_ms;  /* running time: all was written, or some more */
    int64_t retry_ms;     /* boot time of the next replacement after an error */
    int error;            /* that is logged; -ETIMEDOUT: the disk hangs */
    int state_error;      /* the same of the state file */
};

/* ------------------------------------------------------------ reading */

static void move_aside(const struct event_store *s, const char *why, struct moment now)
{
    CLEANUP_FREE char *aside = NULL;
    int r = file_set_aside(s->path, now.wall_ms, &aside);
    if (r == 0)
        log_err(s->log, "%s: %s; renamed to %s", s->path, why, aside);
    else
        log_err(s->log, "%s: %s; cannot rename the file: %s", s->path, why, strerror(-r));
}

static bool is_regular(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int read_file(struct event_store *s, struct moment now)
{
    CLEANUP_BUF struct buf text = {0};
    char why[128];
    int r = file_read_named(s->path, RECORD_FILE_MAX, &text);
    if (r == -ENOENT)
        return r;
    if (r == 0)
        r = event_text_parse(buf_text(&text), text.len, s->boot_id, &s->saved);
    if (r == -ENOMEM)
        return r;
    if (r == -EPROTO)
        move_aside(s, "written by a newer version, which this one cannot read", now);
    else if (r == -EINVAL || r == -EFBIG)
        move_aside(s, "not an outbox file", now);
    else if (r < 0 && is_regular(s->path)) /* it would be replaced */
        move_aside(s, strerror(-r), now);
    else if (r < 0)
        log_err(s->log, "%s: %s", s->path, strerror(-r));
    if (r == 0 && s->saved.damaged) {
        snprintf(why, sizeof(why), "damaged: %zu lines were left out", s->saved.damaged);
        move_aside(s, why, now);
    }
    return r;
}

/* Which numbers may have been used? See the head of event_store.h. */
static void continue_numbers(struct event_store *s)
{
    const struct saved_events *saved = &s->saved;
    uint64_t next = saved->last_number + 1;
    if (!saved->last_number) /* a first start, or all is lost */
        return;
    bool exact = saved->is_complete && !saved->damaged &&
                 s->saved_to <= saved->reserved_to &&
                 strcmp(saved->boot_id, s->boot_id) == 0;
    s->was_killed = exact && s->saved_to > next;
    if (!exact && s->saved_to > next)
        next = s->saved_to;
    state_continue_at(s->state, next);
    s->gap = (uint32_t)(next - saved->last_number - 1 + saved->damaged);
}

bool event_store_was_killed(const struct event_store *store)
{
    return store->was_killed;
}

int event_store_open(const char *state_path, struct state_store *state,
                     struct outbox *outbox, struct log *log, struct moment now,
                     struct event_store **ret_store)
{
    struct event_store *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->log = log;
    s->state = state;
    s->outbox = outbox;
    s->wake_fd = -1;
    s->active = map_create();
    s->state_path = strdup(state_path);
    if (asprintf(&s->path, "%s.events", state_path) < 0)
        s->path = NULL;
    boot_id_read(s->boot_id, sizeof(s->boot_id));
    int r = s->active && s->path && s->state_path ? read_file(s, now) : -ENOMEM;
    if (r == -ENOMEM) {
        event_store_destroy(s);
        return r;
    }
    outbox_set_file(outbox, &s->lines, s->saved.dropped);
    s->saved_to = state_reserved(state);
    continue_numbers(s);
    s->number = s->saved.last_number;
    *ret_store = s;
    return 0;
}

/* ------------------------------------------------------------ what is kept */

static void forget(struct event_store *s, uint64_t number)
{
    char *record = map_remove(s->active, number);
    if (!record)
        return;
    s->active_bytes -= strlen(record);
    free(record);
}

static void keep(struct event_store *s, uint64_t number, const char *record)
{
    char *copy = NULL;
    if (map_count(s->active) < RECORD_VIOLATIONS_MAX)
        copy = strdup(record);
    if (copy && map_put(s->active, number, copy) == 0) {
        s->active_bytes += strlen(copy);
        return;
    }
    free(copy);
    if (!s->is_full)
        log_warn(s->log,
                 "%s: more than %d violations: some will be raised anew after a"
                 " restart",
                 s->path, RECORD_VIOLATIONS_MAX);
    s->is_full = true;
}

/* Before the event that is the first of its block. */
static void note_reserved(struct event_store *s)
{
    if (s->reserved_to == state_reserved(s->state))
        return;
    s->reserved_to = state_reserved(s->state);
    event_text_add_number(&s->lines, "reserved", s->reserved_to);
}

void event_store_add(struct event_store *store, const struct event *event, bool waits)
{
    struct event_store *s = store;
    uint64_t number = event->number;
    if (event->ends)
        forget(s, event->ends);
    if (event->kind == EVENT_RAISED)
        keep(s, number, event->record);
    s->number = number;
    note_reserved(s);
    buf_append_text(&s->lines, event->record);
    if (!waits)
        event_text_add_number(&s->lines, "done", number);
}

int event_store_restore(struct event_store *store, struct engine *engine,
                        struct moment now)
{
    struct event_store *s = store;
    int r = 0;
    if (s->gap) {
        log_warn(s->log,
                 "%s: records of the last daemon are missing; counting %u notifications"
                 " as dropped",
                 s->path, s->gap);
        outbox_add_dropped(s->outbox, s->gap);
    }
    for (size_t i = 0; i < s->saved.n && r == 0; i++) {
        const struct saved_event *e = &s->saved.list[i];
        struct event *event;
        r = engine_load_event(engine, &e->record, &event);
        if (r < 0)
            break;
        if (e->active)
            keep(s, event->number, event->record);
        if (e->waits)
            r = outbox_add(s->outbox, event);
        else
            event_destroy(event);
    }
    for (size_t i = 0; i < s->saved.n && r == 0; i++)
        if (s->saved.list[i].active)
            r = engine_restore(engine, &s->saved.list[i].record, now);
    saved_events_free(&s->saved);
    return r;
}

/* ------------------------------------------------------------ writing */

static bool is_active(void *ctx, uint64_t number)
{
    const struct event_store *s = ctx;
    return map_get(s->active, number);
}

/* The whole file. */
static void replace(struct event_store *s)
{
    struct buf text = {0};
    size_t cursor = 0;
    uint64_t number;
    s->reserved_to = state_reserved(s->state);
    event_text_begin(&text, s->boot_id, s->reserved_to, outbox_dropped(s->outbox));
    for (const char *record; (record = map_next(s->active, &cursor, &number));) {
        buf_append_text(&text, record);
        event_text_add_number(&text, "done", number);
    }
    outbox_format(s->outbox, is_active, s, &text);
    event_text_add_number(&text, "last", s->number);
    size_t len = text.len;
    char *taken = buf_take(&text);
    buf_clear(&s->lines);
    s->retry_ms = clock_boot_ms() + RETRY_MS;
    if (!taken)
        return;
    s->written = len;
    disk_writer_replace(s->writer, taken, len, s->mark = s->number);
}

int event_store_start(struct event_store *store)
{
    struct event_store *s = store;
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int r = s->wake_fd < 0
                ? -errno
                : disk_writer_create(s->path, s->state_path, s->wake_fd, &s->writer);
    if (r < 0) {
        log_err(s->log, "%s: cannot start a thread: events are not kept: %s", s->path,
                strerror(-r));
        return r;
    }
    s->progress_ms = clock_run_ms();
    outbox_allow(s->outbox, 0);
    replace(s);
    return s->wake_fd;
}

/* Without memory, a file that lacks lines is replaced. */
static void append_lines(struct event_store *s, const struct disk_status *status)
{
    note_reserved(s);
    size_t needed = s->active_bytes + outbox_bytes(s->outbox);
    bool too_long = s->written > 2 * needed + RECORD_SLACK_MAX;
    bool retry = status->error && clock_boot_ms() >= s->retry_ms;
    if (!status->is_replacing && (too_long || retry || s->lines.error)) {
        replace(s);
        return;
    }
    if (!s->lines.len)
        return;
    s->written += s->lines.len;
    disk_writer_append(s->writer, s->lines.data, s->lines.len, s->mark = s->number);
    buf_clear(&s->lines);
}

static void log_error(struct event_store *s, int error)
{
    if (error == s->error)
        return;
    if (error == -ETIMEDOUT)
        log_err(s->log,
                "%s: the disk does not respond; sending notifications that are"
                " not saved yet",
                s->path);
    else if (error)
        log_err(s->log,
                "%s: cannot save events, retrying; they are sent all the same: %s",
                s->path, strerror(-error));
    else
        log_notice(s->log, "%s: saving works again", s->path);
    s->error = error;
}

static void take_state_status(struct event_store *s, const struct disk_status *status)
{
    int r = status->state_error;
    if (!status->has_state) /* as it was before there were threads */
        return;
    if (r < 0)
        state_set_dirty(s->state); /* to be tried again */
    if (r < 0 && r != s->state_error)
        log_err(s->log, "%s: cannot save row indexes and admin status, retrying: %s",
                s->state_path, strerror(-r));
    else if (r == 0 && s->state_error)
        log_notice(s->log, "%s: saving works again", s->state_path);
    s->state_error = r;
}

/* The highest number that may be sent. */
static uint64_t safe_number(struct event_store *s, const struct disk_status *status)
{
    if (status->saved > s->saved_to)
        s->saved_to = status->saved;
    if (s->state_error || status->written < s->saved_to)
        return status->written;
    return s->saved_to ? s->saved_to - 1 : 0; /* the block is not on disk yet */
}

void event_store_update(struct event_store *store)
{
    struct event_store *s = store;
    struct disk_status status;
    uint64_t wakes;
    int64_t now = clock_run_ms();
    if (!s->writer) {
        buf_clear(&s->lines);
        return;
    }
    (void)!read(s->wake_fd, &wakes, sizeof(wakes));
    disk_writer_status(s->writer, &status);
    bool waited = s->safe < s->mark;
    append_lines(s, &status);
    take_state_status(s, &status);
    uint64_t safe = safe_number(s, &status);
    if (!waited || safe != s->safe)
        s->progress_ms = now;
    s->safe = safe;
    int error = status.error;
    if (!error && safe < s->mark && now - s->progress_ms >= HANG_MS)
        error = -ETIMEDOUT;
    /* After a hang, all must have been written. */
    if (error || safe >= s->mark || s->error != -ETIMEDOUT)
        log_error(s, error);
    outbox_allow(s->outbox, s->error ? UINT64_MAX : safe);
}

int64_t event_store_due(const struct event_store *store)
{
    const struct event_store *s = store;
    if (s->writer && s->error && s->error != -ETIMEDOUT)
        return s->retry_ms;
    if (!s->writer || s->error || s->safe >= s->mark)
        return CLOCK_NEVER;
    return clock_boot_ms() + s->progress_ms + HANG_MS - clock_run_ms();
}

/* ------------------------------------------------------------ the state file */

/* Without threads. */
static int save_here(struct event_store *s)
{
    struct disk_status status = {
        .has_state = true, .state_error = state_file_save(s->state_path, s->state, 0)};
    take_state_status(s, &status);
    if (!s->state_error)
        s->saved_to = state_reserved(s->state);
    return s->state_error;
}

static int give_state(struct event_store *s, bool final)
{
    struct buf text = {0};
    int r = state_file_format(s->state, final, &text);
    size_t len = text.len;
    char *taken = r == 0 ? buf_take(&text) : NULL;
    buf_free(&text);
    if (r == 0)
        disk_writer_save_state(s->writer, taken, len, state_reserved(s->state));
    return r;
}

int event_store_save_state(struct event_store *store, bool wait)
{
    struct event_store *s = store;
    struct disk_status status;
    if (!state_is_dirty(s->state))
        return s->state_error;
    if (!s->writer)
        return save_here(s);
    int r = give_state(s, false);
    if (r == 0 && wait)
        r = disk_writer_flush(s->writer, SET_WAIT_MS);
    disk_writer_status(s->writer, &status);
    if (wait)
        take_state_status(s, &status);
    return r < 0 ? r : s->state_error;
}

/* ------------------------------------------------------------ the end */

void event_store_stop(struct event_store *store)
{
    struct event_store *s = store;
    if (!s->writer) {
        int r = state_file_save(s->state_path, s->state, 1);
        if (r < 0)
            log_err(s->log, "%s: %s", s->state_path, strerror(-r));
        return;
    }
    event_store_update(s);
    (void)give_state(s, true);
    int r = disk_writer_flush(s->writer, STOP_MS);
    struct disk_status status;
    disk_writer_status(s->writer, &status);
    if (r < 0 || status.state_error < 0)
        log_err(s->log, "%s: %s", s->state_path,
                strerror(-(r < 0 ? r : status.state_error)));
    (void)disk_writer_destroy(s->writer, r < 0 ? 0 : STOP_MS);
    s->writer = NULL;
}

void event_store_destroy(struct event_store *store)
{
    struct event_store *s = store;
    size_t cursor = 0;
    if (!s)
        return;
    (void)disk_writer_destroy(s->writer, STOP_MS);
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    for (char *record; s->active && (record = map_next(s->active, &cursor, NULL));)
        free(record);
    map_destroy(s->active);
    saved_events_free(&s->saved);
    buf_free(&s->lines);
    free(s->path);
    free(s->state_path);
    free(s);
}
