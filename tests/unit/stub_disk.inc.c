/* A disk that is slow, full or broken: these functions stand in place of those of the C
 * library. Included by a test. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UNUSED
#define UNUSED __attribute__((unused))
#endif

enum call { WRITE = 'w', SYNC = 's', RENAME = 'r', FOLDER = 'd' };

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    char calls[4096]; /* so far, without repetitions of "w" */
    enum call held;   /* it does not return */
    bool waits;       /* one does */
    size_t passing;   /* that many return all the same */
    enum call broken; /* it fails */
    int error;
    size_t room;  /* bytes that can be written */
    size_t piece; /* of one write */
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER,
          .changed = PTHREAD_COND_INITIALIZER,
          .room = SIZE_MAX,
          .piece = SIZE_MAX};

static bool is_regular(int fd)
{
    struct stat st; /* a memfd has no link */
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink;
}

/* Notes the call. Returns false with errno if it fails. */
static bool passes(enum call call)
{
    pthread_mutex_lock(&disk.mutex);
    size_t n = strlen(disk.calls);
    if ((call != WRITE || !n || disk.calls[n - 1] != WRITE) && n + 1 < sizeof(disk.calls))
        disk.calls[n] = (char)call;
    while (disk.held == call && !disk.passing) {
        disk.waits = true;
        pthread_cond_broadcast(&disk.changed);
        pthread_cond_wait(&disk.changed, &disk.mutex);
    }
    disk.passing -= disk.held == call && disk.passing;
    bool fails = disk.broken == call;
    pthread_mutex_unlock(&disk.mutex);
    if (fails)
        errno = disk.error;
    return !fails;
}

ssize_t write(int fd, const void *data, size_t len)
{
    if (is_regular(fd)) {
        if (!passes(WRITE))
            return -1;
        pthread_mutex_lock(&disk.mutex);
        len = len < disk.piece ? len : disk.piece;
        len = len < disk.room ? len : disk.room;
        disk.room -= len;
        pthread_mutex_unlock(&disk.mutex);
        if (!len) {
            errno = ENOSPC;
            return -1;
        }
    }
    return syscall(SYS_write, fd, data, len);
}

int fdatasync(int fd)
{
    return passes(SYNC) ? (int)syscall(SYS_fdatasync, fd) : -1;
}

int fsync(int fd)
{
    return passes(is_regular(fd) ? SYNC : FOLDER) ? (int)syscall(SYS_fsync, fd) : -1;
}

int rename(const char *from, const char *to)
{
    return passes(RENAME) ? renameat(AT_FDCWD, from, AT_FDCWD, to) : -1;
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to,
              unsigned int flags)
{
    return passes(RENAME) ? (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags)
                          : -1;
}

static void disk_hold(enum call call)
{
    pthread_mutex_lock(&disk.mutex);
    disk.held = call;
    disk.waits = false;
    pthread_cond_broadcast(&disk.changed);
    pthread_mutex_unlock(&disk.mutex);
}

/* One of the calls that are held returns. */
static UNUSED void disk_pass_one(void)
{
    pthread_mutex_lock(&disk.mutex);
    disk.passing = 1;
    disk.waits = false;
    pthread_cond_broadcast(&disk.changed);
    pthread_mutex_unlock(&disk.mutex);
}

static UNUSED void disk_release(void)
{
    disk_hold(0);
}

static UNUSED void disk_break(enum call call, int error)
{
    pthread_mutex_lock(&disk.mutex);
    disk.broken = call;
    disk.error = error;
    pthread_mutex_unlock(&disk.mutex);
}

static UNUSED void disk_limit(size_t room)
{
    pthread_mutex_lock(&disk.mutex);
    disk.room = room;
    pthread_mutex_unlock(&disk.mutex);
}

/* Until the call that is held has been made. */
static UNUSED void wait_held(void)
{
    pthread_mutex_lock(&disk.mutex);
    while (!disk.waits)
        pthread_cond_wait(&disk.changed, &disk.mutex);
    pthread_mutex_unlock(&disk.mutex);
}

static UNUSED void forget_calls(void)
{
    pthread_mutex_lock(&disk.mutex);
    memset(disk.calls, 0, sizeof(disk.calls));
    pthread_mutex_unlock(&disk.mutex);
}
