#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cleanup_free_pointer(void *p)
{
    free(cleanup_take_pointer(p));
}

void cleanup_close_fd(int *fd)
{
    int saved = errno;
    int taken = cleanup_take_fd(fd);
    if (taken >= 0)
        close(taken);
    errno = saved;
}

void cleanup_close_dir(void *p)
{
    int saved = errno;
    DIR *dir = cleanup_take_pointer(p);
    if (dir)
        closedir(dir);
    errno = saved;
}

int cleanup_take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* memcpy(): `p` points to a pointer of any type, which may not be read as a void *. */
void *cleanup_take_pointer(void *p)
{
    void *taken;
    const void *nothing = NULL;
    memcpy(&taken, p, sizeof(taken));
    memcpy(p, &nothing, sizeof(nothing));
    return taken;
}
