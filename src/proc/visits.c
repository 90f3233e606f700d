/* Visits that wait for jobs of the batch. */
#include "proc/internal.h"

#include "base/cleanup.h"
#include "proc/pidfile.h"

#include <errno.h>

enum { JOBS_OF_A_VISIT = 6, RESERVE_FDS = 16 };

int visits_begin(struct procfs *c, struct record *record, int dirfd,
                 const struct stat_sample *sample, uint32_t attributes, bool anew,
                 size_t slot)
{
    struct visit *v = &c->waiting[c->n_waiting];
    int r = refresh_begin(c, record, dirfd, sample, attributes, anew, v);
    if (r != REFRESH_WAITS)
        return r;
    v->slot = slot;
    c->n_waiting++;
    return r;
}

size_t visits_spare_fds(const struct procfs *c)
{
    size_t used = c->kept + c->batch.n, allowed = c->may_keep + RESERVE_FDS;
    return used < allowed ? allowed - used : 0;
}

bool visits_full(const struct procfs *c)
{
    return c->batch.n + JOBS_OF_A_VISIT > BATCH_JOBS ||
           (c->n_waiting > 0 && (c->is_short || visits_spare_fds(c) < JOBS_OF_A_VISIT));
}

static int finish(struct procfs *c, struct visit *v)
{
    CLEANUP_FD int opened = -1;
    int dirfd = v->record->dirfd;
    if (dirfd < 0)
        dirfd = opened = pidfile_open_folder(c->root_fd, v->record->p.pid);
    if (dirfd < 0)
        return pidfile_is_gone(dirfd) ? -ESRCH : dirfd;
    return refresh_end(c, v, dirfd);
}

void visits_finish(struct procfs *c,
                   void (*end)(void *ctx, const struct visit *visit, int r), void *ctx)
{
    reader_allow(c->batch.reader, c->turns.left_us);
    batch_run(&c->batch);
    c->turns.left_us = reader_allowance(c->batch.reader);
    for (size_t i = 0; i < c->n_waiting; i++) {
        struct visit *v = &c->waiting[i];
        end(ctx, v, finish(c, v));
    }
    c->n_waiting = 0;
    batch_cut(&c->batch, 0);
}
