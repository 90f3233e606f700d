#include "monitor/progress.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define QUIET_MS 1000 /* of the run */
#define EVERY_MS 100
#define ERASE    "\r\033[K"

void progress_begin(struct progress *progress, int fd, int64_t now_ms)
{
    *progress = (struct progress){.fd = fd, .due_ms = now_ms + QUIET_MS};
}

bool progress_is_possible(int fd, const char *term)
{
    return term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

static bool is_ready(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return tcgetpgrp(fd) == getpgrp() && poll(&p, 1, 0) == 1 && p.revents == POLLOUT;
}

/* A line that wraps could not be erased. */
static size_t width_of(int fd)
{
    struct winsize size = {0};
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        return 80;
    return size.ws_col;
}

void progress_update(struct progress *progress, int64_t now_ms, size_t done, size_t n)
{
    char line[80];
    if (!progress || now_ms < progress->due_ms)
        return;
    progress->due_ms = now_ms + EVERY_MS;
    if (!is_ready(progress->fd))
        return;
    int len = snprintf(line, sizeof(line), "%zu of %zu hosts", done, n);
    size_t width = width_of(progress->fd);
    if (len <= 0 || (size_t)len >= width)
        return;
    progress->shown = (size_t)len;
    (void)dprintf(progress->fd, ERASE "%s", line);
}

void progress_end(struct progress *progress)
{
    if (progress && progress->shown && is_ready(progress->fd))
        (void)dprintf(progress->fd, ERASE);
}
