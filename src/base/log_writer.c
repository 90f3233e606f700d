#include "base/log_writer.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/helper_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct log_line {
    struct log_line *next;
    size_t lost; /* lines that were lost before it */
    size_t len, written;
    size_t entry_len; /* behind the text; 0 = none */
    char text[];
};

struct log_writer {
    int fd;
    int socket_fd; /* -1 = entries are not sent */
    struct sockaddr_un socket;
    log_writer_lost_fn *lost_line;
    void *ctx;
    size_t max;

    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t filled, written;
    struct log_line *first, **end;
    size_t bytes; /* of the lines */
    size_t lost;  /* since the last line was added */
    bool writing; /* a line that was taken out of the queue */
    bool full;    /* nothing is added until all is written: one line reports the loss */
    bool stop;
    bool direct;
    bool started;
    bool ended;
    bool abandoned; /* the thread releases all of this, if it ends at all */
    pthread_t thread;
};

/* ------------------------------------------------------------ the thread */

/* May wait without limit. 0 or -errno. */
static int write_all(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EAGAIN) { /* O_NONBLOCK, set by another program */
            struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
            (void)poll(&poll_fd, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            return -errno;
        } else if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* May wait without limit. Not connected: a receiver that was started again is found. */
static int send_entry(const struct log_writer *w, const struct log_line *line)
{
    ssize_t n;
    if (w->socket_fd < 0 || !line->entry_len)
        return -ENOTCONN;
    do
        n = sendto(w->socket_fd, line->text + line->len, line->entry_len, MSG_NOSIGNAL,
                   (const struct sockaddr *)&w->socket, sizeof(w->socket));
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

static int write_lost(const struct log_writer *w, size_t n)
{
    size_t len = 0;
    char *text = w->lost_line(w->ctx, n, &len);
    int r = text ? write_all(w->fd, text, len) : -ENOMEM;
    free(text);
    return r;
}

/* Writes `line` (NULL = none), after the number of lines that were lost before it, which
 * includes *failed of earlier calls. */
static void write_line(const struct log_writer *w, const struct log_line *line,
                       size_t lost, size_t *failed)
{
    lost += *failed;
    *failed = 0;
    if (lost && write_lost(w, lost) < 0)
        *failed = lost + (line ? 1 : 0);
    else if (line && send_entry(w, line) < 0 &&
             write_all(w->fd, line->text, line->len) < 0)
        *failed = 1;
}

/* Waits for a line, or for an empty queue after a loss. False = stop. */
static bool take(struct log_writer *w, struct log_line **ret_line, size_t *ret_lost)
{
    while (!w->first && !w->lost && !w->stop)
        pthread_cond_wait(&w->filled, &w->mutex);
    struct log_line *line = w->first;
    if (!line && !w->lost)
        return false;
    *ret_line = line;
    *ret_lost = line ? line->lost : w->lost;
    if (!line) {
        w->lost = 0;
        w->full = false;
    } else {
        w->first = line->next;
        w->end = w->first ? w->end : &w->first;
    }
    return true;
}

static void release(struct log_writer *w)
{
    for (struct log_line *line = w->first, *next; line; line = next) {
        next = line->next;
        free(line);
    }
    pthread_cond_destroy(&w->filled);
    pthread_cond_destroy(&w->written);
    pthread_mutex_destroy(&w->mutex);
    cleanup_close_fd(&w->socket_fd);
    free(w);
}

static void *run(void *arg)
{
    struct log_writer *w = arg;
    struct log_line *line = NULL;
    size_t lost = 0, failed = 0;
    helper_thread_drop_rights(); /* it may be started before the others drop theirs */
    pthread_mutex_lock(&w->mutex);
    while (take(w, &line, &lost)) {
        w->writing = true;
        pthread_mutex_unlock(&w->mutex);
        write_line(w, line, lost, &failed);
        pthread_mutex_lock(&w->mutex);
        w->writing = false;
        w->bytes -= line ? line->len + line->entry_len : 0;
        free(line);
        pthread_cond_broadcast(&w->written);
    }
    w->ended = true;
    bool abandoned = w->abandoned;
    pthread_cond_broadcast(&w->written);
    pthread_mutex_unlock(&w->mutex);
    if (abandoned)
        release(w);
    return NULL;
}

/* ------------------------------------------------------------ without a thread */

static void drop_first(struct log_writer *w)
{
    struct log_line *line = w->first;
    w->first = line->next;
    w->end = w->first ? w->end : &w->first;
    w->bytes -= line->len + line->entry_len;
    free(line);
}

/* The first line, from where it was left. False: try again later. */
static bool write_first(struct log_writer *w)
{
    struct log_line *line = w->first;
    ssize_t n = write(w->fd, line->text + line->written, line->len - line->written);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n >= 0) {
        line->written += (size_t)n;
        if (line->written == line->len)
            drop_first(w);
        return true;
    }
    drop_first(w);
    size_t *lost = w->first ? &w->first->lost : &w->lost;
    (*lost)++;
    return false;
}

/* Writes what poll(2) says does not wait. A pipe that is ready takes a short line whole,
 * unless it is shared and another program is faster. */
static void write_here(struct log_writer *w)
{
    struct pollfd poll_fd = {.fd = w->fd, .events = POLLOUT};
    while ((w->first || w->lost) && poll(&poll_fd, 1, 0) > 0) {
        size_t *lost = w->first ? &w->first->lost : &w->lost;
        if (*lost) {
            if (write_lost(w, *lost) < 0)
                return;
            *lost = 0;
            w->full = w->full && w->first;
        } else if (!write_first(w)) {
            return;
        }
    }
}

static int flush_here(struct log_writer *w, int patience_ms)
{
    struct pollfd poll_fd = {.fd = w->fd, .events = POLLOUT};
    write_here(w);
    for (int i = 0; (w->first || w->lost) && i < patience_ms / 10; i++) {
        (void)poll(&poll_fd, 1, 10);
        write_here(w);
    }
    return w->first || w->lost ? -ETIMEDOUT : 0;
}

/* ------------------------------------------------------------ the callers */

struct log_writer *log_writer_create(int fd, size_t max, log_writer_lost_fn *lost,
                                     void *ctx)
{
    struct log_writer *w = calloc(1, sizeof(*w));
    pthread_condattr_t clock;
    if (!w || pthread_condattr_init(&clock) != 0) {
        free(w);
        return NULL;
    }
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    w->fd = fd;
    w->socket_fd = -1;
    w->max = max;
    w->lost_line = lost;
    w->ctx = ctx;
    w->end = &w->first;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->filled, NULL);
    pthread_cond_init(&w->written, &clock);
    pthread_condattr_destroy(&clock);
    return w;
}

int log_writer_set_socket(struct log_writer *writer, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof(to.sun_path))
        return -ENAMETOOLONG;
    memcpy(to.sun_path, path, len);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    cleanup_close_fd(&writer->socket_fd);
    writer->socket_fd = fd;
    writer->socket = to;
    return 0;
}

static struct log_line *make_line(const char *text, size_t len, const char *entry,
                                  size_t entry_len)
{
    struct log_line *line = malloc(sizeof(*line) + len + entry_len);
    if (!line)
        return NULL;
    *line = (struct log_line){.len = len, .entry_len = entry_len};
    memcpy(line->text, text, len);
    if (entry_len)
        memcpy(line->text + len, entry, entry_len);
    return line;
}

void log_writer_add(struct log_writer *writer, const char *text, size_t len)
{
    log_writer_add_entry(writer, text, len, NULL, 0);
}

void log_writer_add_entry(struct log_writer *writer, const char *text, size_t len,
                          const char *entry, size_t entry_len)
{
    struct log_writer *w = writer;
    struct log_line *line = make_line(text, len, entry, entry_len);
    pthread_mutex_lock(&w->mutex);
    if (w->bytes && w->bytes + len + entry_len > w->max)
        w->full = true;
    if (!line || w->full) {
        w->lost++;
        free(line);
    } else {
        line->lost = w->lost;
        w->lost = 0;
        *w->end = line;
        w->end = &line->next;
        w->bytes += len + entry_len;
    }
    /* If there can be no thread (a limit of processes, or memory), the next line tries
     * again. */
    if (!w->started && !w->direct)
        w->started = helper_thread_start(run, w, 0, &w->thread) == 0;
    if (w->started)
        pthread_cond_signal(&w->filled);
    else
        write_here(w);
    pthread_mutex_unlock(&w->mutex);
}

void log_writer_set_direct(struct log_writer *writer)
{
    writer->direct = true;
}

void log_writer_retry(struct log_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    if (!writer->started)
        write_here(writer);
    pthread_mutex_unlock(&writer->mutex);
}

/* With the mutex: waits until `*end` or, if it is NULL, until all is written. */
static int wait_until(struct log_writer *w, const bool *end, int patience_ms)
{
    const struct timespec at = clock_after(patience_ms);
    while (end ? !*end : w->first || w->lost || w->writing)
        if (pthread_cond_timedwait(&w->written, &w->mutex, &at) != 0)
            return -ETIMEDOUT;
    return 0;
}

int log_writer_flush(struct log_writer *writer, int patience_ms)
{
    pthread_mutex_lock(&writer->mutex);
    int r = writer->started ? wait_until(writer, NULL, patience_ms)
                            : flush_here(writer, patience_ms);
    pthread_mutex_unlock(&writer->mutex);
    return r;
}

int log_writer_destroy(struct log_writer *writer, int patience_ms)
{
    struct log_writer *w = writer;
    pthread_t thread = w->thread;
    pthread_mutex_lock(&w->mutex);
    bool started = w->started;
    w->stop = true;
    pthread_cond_signal(&w->filled);
    int r = started ? wait_until(w, &w->ended, patience_ms) : 0;
    if (!started)
        flush_here(w, patience_ms);
    w->abandoned = r < 0;
    pthread_mutex_unlock(&w->mutex);
    if (r < 0) {
        pthread_detach(thread);
        return r;
    }
    if (started)
        pthread_join(thread, NULL);
    release(w);
    return 0;
}
