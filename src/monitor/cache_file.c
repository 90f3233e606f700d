#include "monitor/cache_file.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "monitor/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "procgroup/snmp-procgroup"

char *cache_file_find(const char *xdg, const char *home, uid_t uid)
{
    char *path = NULL;
    int r;
    if (xdg && xdg[0] == '/')
        r = asprintf(&path, "%s/" NAME, xdg);
    else if (home && home[0] == '/' && home[1])
        r = asprintf(&path, "%s/.cache/" NAME, home);
    else
        r = asprintf(&path, "/var/cache/procgroup/%u/snmp-procgroup", uid);
    return r < 0 ? NULL : path;
}

void cache_file_make_folders(const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);
    char *last = copy ? strrchr(copy, '/') : NULL;
    if (!last || last == copy)
        return;
    *last = '\0';
    char *before = strrchr(copy, '/');
    if (before && before != copy) {
        *before = '\0';
        (void)mkdir(copy, 0700);
        *before = '/';
    }
    (void)mkdir(copy, 0700);
}

/* ------------------------------------------------------------ reading */

static int refuse(struct buf *why, int r, const char *text)
{
    buf_append_text(why, text);
    return r;
}

/* What another account has written is not used, whatever it has. */
static int check(int fd, struct buf *why)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return refuse(why, -errno, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return refuse(why, -EINVAL, "not a regular file");
    if (st.st_uid != geteuid())
        return refuse(why, -EPERM, "it belongs to another account");
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return refuse(why, -EPERM, "other accounts can write it");
    return 0;
}

int cache_file_read(const char *path, struct cache *cache, struct buf *ret_why)
{
    CLEANUP_BUF struct buf text = {0};
    CLEANUP_FD int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return refuse(ret_why, -errno, strerror(errno));
    int r = check(fd, ret_why);
    if (r < 0)
        return r;
    r = file_read_open(fd, CACHE_SIZE_MAX, &text);
    if (r < 0)
        return refuse(ret_why, r, strerror(-r));
    return text.len ? cache_parse(cache, text.data, text.len, ret_why) : 0;
}

/* ------------------------------------------------------------ writing */

static int write_locked(const char *path, const struct cache *changed, int64_t now_s,
                        struct buf *ret_why)
{
    CLEANUP_BUF struct buf text = {0};
    CLEANUP_BUF struct buf damage = {0};
    struct cache *cache = cache_create();
    int r = cache ? cache_file_read(path, cache, &damage) : -ENOMEM;
    if (r == 0 || r == -EBADMSG)
        r = cache_merge(cache, changed);
    if (r == 0)
        r = cache_format(cache, now_s, &text);
    if (r == 0) {
        file_sweep(path);
        r = file_replace(path, text.data, text.len, 0600);
    }
    cache_destroy(cache);
    return r < 0 ? refuse(ret_why, r, strerror(-r)) : 0;
}

int cache_file_write(const char *path, const struct cache *changed, int64_t now_s,
                     struct buf *ret_why)
{
    CLEANUP_FREE char *lock = NULL;
    if (asprintf(&lock, "%s.lock", path) < 0) {
        lock = NULL;
        return -ENOMEM;
    }
    CLEANUP_FD int fd = open(
        lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return refuse(ret_why, -errno, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK
                   ? refuse(ret_why, -EAGAIN, "another run is writing it")
                   : refuse(ret_why, -errno, strerror(errno));
    return write_locked(path, changed, now_s, ret_why);
}
