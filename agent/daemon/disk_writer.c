#include "agent/daemon/disk_writer.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/helper_thread.h"
#include "state/event_record.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A whole file that is to be written. */
struct disk_file {
    char *text; /* NULL = none */
    size_t len;
    uint64_t mark;
};

struct disk_writer {
    char *path, *new_path, *state_path;
    int wake_fd;
    pthread_t threads[2];
    size_t n_threads;

    pthread_mutex_t place; /* which file is in place; taken before `mutex` */
    int fd;                /* of the file, -1 = none */
    off_t size;            /* of its whole lines */

    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t changed;
    bool has_file;    /* appending may begin */
    struct buf queue; /* to be appended */
    uint64_t mark;    /* of its end */
    struct disk_file fresh, state;
    struct buf carry; /* status.is_replacing: what was appended since */
    bool writing, syncing;
    bool unsynced;
    bool stop, abandoned;
    size_t n_ended;
    struct disk_status status;
};

/* ------------------------------------------------------------ with the mutex */

static void report(struct disk_writer *w)
{
    uint64_t one = 1;
    pthread_cond_broadcast(&w->changed);
    (void)!write(w->wake_fd, &one, sizeof(one));
}

static void fail(struct disk_writer *w, int error)
{
    buf_clear(&w->queue);
    w->status.error = error;
    report(w);
}

static bool is_idle(const struct disk_writer *w)
{
    return !w->queue.len && !w->writing && !w->syncing && !w->fresh.text &&
           !w->state.text && (!w->unsynced || w->status.error);
}

static void release(struct disk_writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->mutex);
    pthread_mutex_destroy(&w->place);
    buf_free(&w->queue);
    buf_free(&w->carry);
    free(w->fresh.text);
    free(w->state.text);
    free(w->path);
    free(w->new_path);
    free(w->state_path);
    free(w);
}

/* If the owner has not waited, the last thread to end releases all. */
static void end_thread(struct disk_writer *w)
{
    bool last = ++w->n_ended == w->n_threads && w->abandoned;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->mutex);
    if (last)
        release(w);
}

/* ------------------------------------------------------------ appending */

/* A part of a line that was written goes: the next line must begin a line. The mark in
 * the first line is within a block that the file has already, so that a full disk takes
 * it. */
static int append(struct disk_writer *w, const struct buf *lines)
{
    const char mark = RECORD_NOT_COMPLETE;
    int r = file_write_all(w->fd, lines->data, lines->len);
    if (r == 0) {
        w->size += (off_t)lines->len;
    } else {
        (void)!ftruncate(w->fd, w->size);
        (void)!pwrite(w->fd, &mark, 1, RECORD_MARK_AT);
    }
    return r;
}

/* The queue is taken with `place`: a file that comes into place has all of it or none. */
static void append_queue(struct disk_writer *w)
{
    struct buf lines;
    pthread_mutex_lock(&w->place);
    pthread_mutex_lock(&w->mutex);
    lines = w->queue;
    uint64_t mark = w->mark;
    w->queue = (struct buf){0};
    w->writing = lines.len;
    pthread_mutex_unlock(&w->mutex);
    int r = lines.len ? append(w, &lines) : 0;
    pthread_mutex_lock(&w->mutex);
    w->writing = false;
    pthread_cond_broadcast(&w->changed); /* it may be idle, whatever the result */
    if (r < 0) {
        fail(w, r);
    } else if (lines.len && !w->status.error) {
        w->status.written = mark;
        w->unsynced = true;
        report(w);
    }
    pthread_mutex_unlock(&w->mutex);
    pthread_mutex_unlock(&w->place);
    buf_free(&lines);
}

static void *run_appending(void *arg)
{
    struct disk_writer *w = arg;
    helper_thread_drop_rights();
    pthread_mutex_lock(&w->mutex);
    for (;;) {
        while (!(w->queue.len && w->has_file) && !(w->stop && !w->queue.len))
            pthread_cond_wait(&w->changed, &w->mutex);
        if (!w->queue.len)
            break;
        pthread_mutex_unlock(&w->mutex);
        append_queue(w);
        pthread_mutex_lock(&w->mutex);
    }
    end_thread(w);
    return NULL;
}

/* ------------------------------------------------------------ syncing */

static int sync_folder(const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);
    CLEANUP_FD int fd =
        copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int prepare_file(const struct disk_writer *w, const struct disk_file *file)
{
    CLEANUP_FD int fd =
        open(w->new_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
             0600);
    if (fd < 0)
        return -errno;
    int r = file_write_all(fd, file->text, file->len);
    if (r == 0 && fdatasync(fd) < 0)
        r = -errno;
    if (r < 0)
        unlink(w->new_path);
    return r < 0 ? r : TAKE_FD(fd);
}

/* Writes what was appended since, with `place` held: the main loop goes on meanwhile, so
 * that some of it may be left. Returns 0 and the mark of what was written, or -errno. */
static int write_carry(struct disk_writer *w, int fd, uint64_t *ret_mark)
{
    for (;;) {
        pthread_mutex_lock(&w->mutex);
        struct buf lines = w->carry;
        w->carry = (struct buf){0};
        *ret_mark = w->mark;
        pthread_mutex_unlock(&w->mutex);
        size_t len = lines.len;
        int r = lines.error ? lines.error : file_write_all(fd, lines.data, len);
        buf_free(&lines);
        if (r < 0 || !len)
            return r;
    }
}

static int change_place(struct disk_writer *w, int fd)
{
    uint64_t mark;
    int r = write_carry(w, fd, &mark);
    if (r == 0 && rename(w->new_path, w->path) < 0)
        r = -errno;
    pthread_mutex_lock(&w->mutex);
    if (r == 0) {
        /* All that is left of the queue is in the new file, or in `carry`. */
        struct buf queue = w->queue;
        w->queue = w->carry;
        w->carry = queue;
        w->status.written = mark;
        w->status.error = w->queue.error;
        w->unsynced = true;
    }
    pthread_mutex_unlock(&w->mutex);
    return r;
}

static void put_in_place(struct disk_writer *w, const struct disk_file *file)
{
    int fd = prepare_file(w, file);
    pthread_mutex_lock(&w->place);
    int old = fd;
    int r = fd < 0 ? fd : change_place(w, fd);
    if (r == 0) {
        old = w->fd;
        w->fd = fd;
        w->size = lseek(fd, 0, SEEK_END);
    } else if (fd >= 0) {
        unlink(w->new_path);
    }
    pthread_mutex_lock(&w->mutex);
    w->status.is_replacing = false;
    w->has_file |= r == 0;
    buf_free(&w->carry);
    if (r < 0)
        fail(w, r);
    else
        report(w);
    pthread_mutex_unlock(&w->mutex);
    pthread_mutex_unlock(&w->place);
    if (old >= 0)
        close(old);
    if (r == 0)
        (void)sync_folder(w->path);
}

static void save_state(struct disk_writer *w, const struct disk_file *file)
{
    int r = file_replace(w->state_path, file->text, file->len, 0644);
    pthread_mutex_lock(&w->mutex);
    w->status.has_state = true;
    w->status.state_error = r;
    if (r == 0)
        w->status.saved = file->mark;
    report(w);
    pthread_mutex_unlock(&w->mutex);
}

/* Only this thread changes the descriptor. */
static void sync_file(struct disk_writer *w)
{
    int r = w->fd >= 0 && fdatasync(w->fd) < 0 ? -errno : 0;
    if (r == 0)
        return;
    pthread_mutex_lock(&w->mutex);
    fail(w, r);
    pthread_mutex_unlock(&w->mutex);
}

static bool has_work(const struct disk_writer *w)
{
    return w->fresh.text || w->state.text || (w->unsynced && !w->status.error);
}

static void *run_syncing(void *arg)
{
    struct disk_writer *w = arg;
    helper_thread_drop_rights();
    pthread_mutex_lock(&w->mutex);
    for (;;) {
        while (!has_work(w) && !(w->stop && is_idle(w)))
            pthread_cond_wait(&w->changed, &w->mutex);
        if (!has_work(w))
            break;
        struct disk_file fresh = w->fresh, state = w->state;
        bool unsynced = w->unsynced;
        w->fresh.text = w->state.text = NULL;
        w->unsynced = false;
        w->syncing = true;
        pthread_mutex_unlock(&w->mutex);
        if (fresh.text)
            put_in_place(w, &fresh);
        if (state.text)
            save_state(w, &state);
        if (unsynced)
            sync_file(w);
        free(fresh.text);
        free(state.text);
        pthread_mutex_lock(&w->mutex);
        w->syncing = false;
        pthread_cond_broadcast(&w->changed);
    }
    end_thread(w);
    return NULL;
}

/* ------------------------------------------------------------ the main loop */

static void init_locks(struct disk_writer *w)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&w->place, NULL);
    pthread_mutex_init(&w->mutex, NULL);
}

int disk_writer_create(const char *path, const char *state_path, int wake_fd,
                       struct disk_writer **ret_writer)
{
    static void *(*const runs[])(void *) = {run_appending, run_syncing};
    struct disk_writer *w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    w->fd = -1;
    w->wake_fd = wake_fd;
    init_locks(w);
    w->path = strdup(path);
    w->state_path = strdup(state_path);
    if (asprintf(&w->new_path, "%s.new", path) < 0)
        w->new_path = NULL;
    int r = w->path && w->state_path && w->new_path ? 0 : -ENOMEM;
    for (size_t i = 0; i < 2 && r == 0; i++) {
        r = helper_thread_start(runs[i], w, 0, &w->threads[i]);
        pthread_mutex_lock(&w->mutex);
        w->n_threads += r == 0;
        pthread_mutex_unlock(&w->mutex);
    }
    if (r < 0) {
        if (w->n_threads)
            disk_writer_destroy(w, 1000);
        else
            release(w);
        return r;
    }
    *ret_writer = w;
    return 0;
}

void disk_writer_append(struct disk_writer *writer, const char *text, size_t len,
                        uint64_t mark)
{
    struct disk_writer *w = writer;
    pthread_mutex_lock(&w->mutex);
    w->mark = mark;
    if (w->status.is_replacing)
        buf_append(&w->carry, text, len);
    if (w->carry.len > DISK_QUEUE_MAX)
        w->carry.error = -ENOBUFS;
    if (!w->status.error) {
        buf_append(&w->queue, text, len);
        if (w->queue.error || w->queue.len > DISK_QUEUE_MAX)
            fail(w, -ENOBUFS);
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->mutex);
}

static void give(struct disk_writer *w, struct disk_file *slot, struct disk_file file)
{
    free(slot->text);
    *slot = file;
    pthread_cond_broadcast(&w->changed);
}

void disk_writer_replace(struct disk_writer *writer, char *text, size_t len,
                         uint64_t mark)
{
    pthread_mutex_lock(&writer->mutex);
    writer->mark = mark;
    writer->status.is_replacing = true;
    give(writer, &writer->fresh, (struct disk_file){text, len, mark});
    pthread_mutex_unlock(&writer->mutex);
}

void disk_writer_save_state(struct disk_writer *writer, char *text, size_t len,
                            uint64_t mark)
{
    pthread_mutex_lock(&writer->mutex);
    give(writer, &writer->state, (struct disk_file){text, len, mark});
    pthread_mutex_unlock(&writer->mutex);
}

void disk_writer_status(struct disk_writer *writer, struct disk_status *ret_status)
{
    pthread_mutex_lock(&writer->mutex);
    *ret_status = writer->status;
    pthread_mutex_unlock(&writer->mutex);
}

/* With the mutex. */
static int wait_for(struct disk_writer *w, bool threads, int patience_ms)
{
    const struct timespec at = clock_after(patience_ms);
    while (threads ? w->n_ended < w->n_threads : !is_idle(w))
        if (pthread_cond_timedwait(&w->changed, &w->mutex, &at) != 0)
            return -ETIMEDOUT;
    return 0;
}

int disk_writer_flush(struct disk_writer *writer, int patience_ms)
{
    pthread_mutex_lock(&writer->mutex);
    int r = wait_for(writer, false, patience_ms);
    pthread_mutex_unlock(&writer->mutex);
    return r;
}

int disk_writer_destroy(struct disk_writer *writer, int patience_ms)
{
    struct disk_writer *w = writer;
    if (!w)
        return 0;
    pthread_mutex_lock(&w->mutex);
    w->stop = true;
    pthread_cond_broadcast(&w->changed);
    int r = wait_for(w, true, patience_ms);
    w->abandoned = r < 0;
    pthread_t threads[2] = {w->threads[0], w->threads[1]};
    size_t n = w->n_threads;
    pthread_mutex_unlock(&w->mutex);
    for (size_t i = 0; i < n; i++)
        if (r < 0)
            pthread_detach(threads[i]);
        else
            pthread_join(threads[i], NULL);
    if (r == 0)
        release(w);
    return r;
}
