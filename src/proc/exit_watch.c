#include "proc/exit_watch.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "model/process_source.h"
#include "proc/pidfile.h"
#include "proc/start_time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

struct watched_exit {
    uint64_t key;
    int pidfd; /* -1: its end was reported; kept so that a zombie that is asked for again
                  and again is reported once */
    bool wanted;
};

struct exit_watch {
    int epoll;
    int wakeup; /* an eventfd: `early` has entries */
    int proc;   /* /proc of our pid namespace, which is the one of pidfd_open() */
    size_t max;
    size_t watched;
    struct proc_reader *reader; /* NULL: none */
    struct buf early;    /* struct source_event: ended before they could be watched */
    struct map *entries; /* key -> struct watched_exit */
};

/* glibc has a wrapper since 2.36 only. */
static int open_pidfd(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd >= 0 ? fd : -errno;
}

static int add_to_epoll(int epoll, int fd, void *data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int open_all(struct exit_watch *w)
{
    CLEANUP_FD int probe = open_pidfd(getpid());
    if (probe < 0)
        return probe;
    w->entries = map_create();
    if (!w->entries)
        return -ENOMEM;
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll < 0)
        return -errno;
    w->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wakeup < 0)
        return -errno;
    w->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return add_to_epoll(w->epoll, w->wakeup, NULL);
}

int exit_watch_create(size_t max, struct exit_watch **ret_watch)
{
    struct exit_watch *w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    w->epoll = w->wakeup = w->proc = -1;
    w->max = max;
    int r = open_all(w);
    if (r < 0)
        exit_watch_destroy(w);
    else
        *ret_watch = w;
    return r;
}

/* close(2) alone would leave the pidfd in the epoll set as long as a child that was
 * forked just now has not closed its copy. */
static void close_entry(struct exit_watch *w, struct watched_exit *entry)
{
    if (entry->pidfd < 0)
        return;
    epoll_ctl(w->epoll, EPOLL_CTL_DEL, entry->pidfd, NULL);
    close(entry->pidfd);
    entry->pidfd = -1;
    w->watched--;
}

static void remove_unwanted(struct exit_watch *w)
{
    size_t cursor = 0;
    uint64_t key;
    struct watched_exit *entry;
    while ((entry = map_next(w->entries, &cursor, &key))) {
        if (entry->wanted)
            continue;
        close_entry(w, entry);
        map_remove(w->entries, key);
        free(entry);
    }
}

static void forget_wishes(struct exit_watch *w)
{
    size_t cursor = 0;
    uint64_t key;
    struct watched_exit *entry;
    while ((entry = map_next(w->entries, &cursor, &key)))
        entry->wanted = false;
}

void exit_watch_use_reader(struct exit_watch *w, struct proc_reader *reader)
{
    w->reader = reader;
}

void exit_watch_destroy(struct exit_watch *w)
{
    if (!w)
        return;
    if (w->entries) {
        forget_wishes(w);
        remove_unwanted(w);
    }
    map_destroy(w->entries);
    buf_free(&w->early);
    cleanup_close_fd(&w->epoll);
    cleanup_close_fd(&w->wakeup);
    cleanup_close_fd(&w->proc);
    free(w);
}

int exit_watch_fd(const struct exit_watch *w)
{
    return w->epoll;
}

/* Whether the pid, held by a pidfd now, is still the process of the key. If stat cannot
 * be read, it is assumed to be. */
static bool is_same(const struct exit_watch *w, uint64_t key)
{
    pid_t pid = process_key_pid(key);
    struct process process = {.pid = pid};
    CLEANUP_FD int dirfd = pidfile_open_folder(w->proc, pid);
    if (dirfd < 0)
        return !pidfile_is_gone(dirfd);
    int r = start_time_read(w->reader, dirfd, &process.start);
    if (r < 0)
        return !pidfile_is_gone(r);
    return process_key(&process) == key;
}

static int append_end(struct buf *events, uint64_t key)
{
    struct source_event event = {process_key_pid(key), SOURCE_ENDED};
    return buf_append(events, &event, sizeof(event));
}

/* Returns 0 or -ENOMEM. Without a free descriptor the process is not watched. */
static int watch_exit(struct exit_watch *w, uint64_t key)
{
    CLEANUP_FD int fd = open_pidfd(process_key_pid(key));
    bool ended = fd == -ESRCH || fd == -EINVAL || (fd >= 0 && !is_same(w, key));
    if (fd < 0 && !ended)
        return 0;
    struct watched_exit *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return -ENOMEM;
    *entry = (struct watched_exit){.key = key, .pidfd = -1, .wanted = true};
    if ((ended && append_end(&w->early, key) < 0) ||
        map_put(w->entries, key, entry) < 0) {
        free(entry);
        return -ENOMEM;
    }
    if (ended) {
        eventfd_write(w->wakeup, 1);
    } else if (add_to_epoll(w->epoll, fd, entry) == 0) {
        entry->pidfd = TAKE_FD(fd);
        w->watched++;
    }
    return 0;
}

int exit_watch_set(struct exit_watch *w, const uint64_t *keys, size_t n)
{
    if (n > w->max)
        n = w->max;
    forget_wishes(w);
    for (size_t i = 0; i < n; i++) {
        struct watched_exit *entry = map_get(w->entries, keys[i]);
        if (entry)
            entry->wanted = true;
    }
    remove_unwanted(w);
    for (size_t i = 0; i < n; i++)
        if (!map_get(w->entries, keys[i]) && watch_exit(w, keys[i]) < 0)
            return -ENOMEM;
    return (int)w->watched;
}

void exit_watch_drain(struct exit_watch *w, struct buf *events)
{
    struct epoll_event ready[64];
    eventfd_t value;
    int n;
    if (w->early.len)
        eventfd_read(w->wakeup, &value);
    buf_append(events, w->early.data, w->early.len);
    buf_clear(&w->early);
    while (w->watched && (n = epoll_wait(w->epoll, ready, 64, 0)) > 0) {
        for (int i = 0; i < n; i++) {
            struct watched_exit *entry = ready[i].data.ptr;
            append_end(events, entry->key);
            close_entry(w, entry);
        }
    }
}
