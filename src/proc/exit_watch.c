#include "proc/exit_watch.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "model/process.h"
#include "proc/pidfile.h"
#include "proc/stat.h"

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
    int pidfd; /* -1: it ended; kept so that a zombie, or a pid that was gone already,
                  wakes its owner once and not for ever */
    bool wanted;
};

struct exit_watch {
    int epoll;
    int gone; /* an eventfd: some process was over before it could be watched */
    int proc; /* /proc of our pid namespace, the one pidfd_open() speaks of */
    size_t max;
    size_t watched;
    size_t missed; /* told by `gone`, not yet drained */
    struct map *entries;
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
    if (w->entries == NULL)
        return -ENOMEM;
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll < 0)
        return -errno;
    w->gone = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->gone < 0)
        return -errno;
    w->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return add_to_epoll(w->epoll, w->gone, NULL);
}

int exit_watch_create(size_t max, struct exit_watch **ret_engine)
{
    struct exit_watch *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return -ENOMEM;
    w->epoll = w->gone = w->proc = -1;
    w->max = max;
    int r = open_all(w);
    if (r < 0)
        exit_watch_destroy(w);
    else
        *ret_engine = w;
    return r;
}

/* A closed pidfd leaves the epoll set by itself: nothing else refers to it. */
static void close_entry(struct exit_watch *w, struct watched_exit *entry)
{
    if (entry->pidfd < 0)
        return;
    close(entry->pidfd);
    entry->pidfd = -1;
    w->watched--;
}

static void remove_unwanted(struct exit_watch *w)
{
    size_t cursor = 0;
    uint64_t key;
    struct watched_exit *entry;
    while ((entry = map_next(w->entries, &cursor, &key)) != NULL) {
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
    while ((entry = map_next(w->entries, &cursor, &key)) != NULL)
        entry->wanted = false;
}

void exit_watch_destroy(struct exit_watch *w)
{
    if (w == NULL)
        return;
    if (w->entries != NULL) {
        forget_wishes(w);
        remove_unwanted(w);
    }
    map_destroy(w->entries);
    cleanup_close_fd(&w->epoll);
    cleanup_close_fd(&w->gone);
    cleanup_close_fd(&w->proc);
    free(w);
}

int exit_watch_fd(const struct exit_watch *w)
{
    return w->epoll;
}

/* Is it still the process of the key (pid and start), now that the pidfd holds it? Where
 * stat can't be read, the pid is believed. */
static bool is_same(const struct exit_watch *w, pid_t pid, uint64_t key)
{
    char text[2048];
    struct stat_line line;
    CLEANUP_FD int dirfd = pidfile_open_folder(w->proc, pid);
    if (dirfd < 0)
        return !pidfile_is_gone(dirfd);
    ssize_t n = pidfile_read_once(dirfd, "stat", text, sizeof(text));
    if (n < 0)
        return !pidfile_is_gone((int)n);
    if (stat_parse(text, (size_t)n, &line) < 0)
        return true;
    struct process process = {.pid = pid, .start = line.field[STAT_START]};
    return process_key(&process) == key;
}

/* Returns 0 also for a process that is over: that is told by `gone`, once. */
static int watch(struct exit_watch *w, pid_t pid, uint64_t key)
{
    CLEANUP_FD int fd = open_pidfd(pid);
    bool over = fd == -ESRCH || fd == -EINVAL || (fd >= 0 && !is_same(w, pid, key));
    if (fd < 0 && !over)
        return 0; /* no descriptors left: one that is not watched */
    struct watched_exit *entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return -ENOMEM;
    *entry = (struct watched_exit){.key = key, .pidfd = -1, .wanted = true};
    if (map_put(w->entries, key, entry) < 0) {
        free(entry);
        return -ENOMEM;
    }
    if (over) {
        w->missed++;
        eventfd_write(w->gone, 1);
    } else if (add_to_epoll(w->epoll, fd, entry) == 0) {
        entry->pidfd = TAKE_FD(fd);
        w->watched++;
    }
    return 0;
}

int exit_watch_set(struct exit_watch *w, const pid_t *pids, const uint64_t *keys,
                   size_t n)
{
    forget_wishes(w);
    for (size_t i = 0; i < n && i < w->max; i++) {
        struct watched_exit *entry = map_get(w->entries, keys[i]);
        if (entry != NULL)
            entry->wanted = true;
    }
    remove_unwanted(w);
    for (size_t i = 0; i < n && i < w->max; i++) {
        if (map_get(w->entries, keys[i]) != NULL)
            continue;
        if (watch(w, pids[i], keys[i]) < 0)
            return -ENOMEM;
    }
    return (int)w->watched;
}

size_t exit_watch_drain(struct exit_watch *w)
{
    struct epoll_event events[64];
    size_t ended = 0;
    int n;
    while ((n = epoll_wait(w->epoll, events, 64, 0)) > 0) {
        for (int i = 0; i < n; i++) {
            eventfd_t value;
            struct watched_exit *entry = events[i].data.ptr;
            if (entry != NULL) {
                close_entry(w, entry);
                ended++;
                continue;
            }
            eventfd_read(w->gone, &value);
            ended += w->missed;
            w->missed = 0;
        }
    }
    return ended;
}
