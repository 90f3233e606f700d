/* Descriptors that are kept for the case that there are no others. */
#include "proc/internal.h"

#include "base/cleanup.h"

#include <fcntl.h>

void spare_fds_open(struct procfs *c)
{
    bool all = true;
    for (size_t i = 0; i < SPARE_FDS; i++) {
        if (c->spare_fds[i] < 0)
            c->spare_fds[i] = fcntl(c->root_fd, F_DUPFD_CLOEXEC, 0);
        all = all && c->spare_fds[i] >= 0;
    }
    c->is_short = !all;
}

void spare_fds_close(struct procfs *c)
{
    for (size_t i = 0; i < SPARE_FDS; i++)
        cleanup_close_fd(&c->spare_fds[i]);
    c->is_short = true;
}
