#include "agent/ipc/work_mark.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The low bits of the running time, 0 = it waits: written at once on every machine. */
struct work_mark {
    _Atomic uint32_t since_ms;
};

int work_mark_create(void)
{
    CLEANUP_FD int fd = memfd_create("procgroup-work", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, sizeof(struct work_mark)) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int64_t work_mark_read(int fd, int64_t run_ms)
{
    uint32_t since;
    if (pread(fd, &since, sizeof(since), 0) != (ssize_t)sizeof(since) || !since)
        return 0;
    /* It may have begun after `run_ms` was taken. */
    int32_t ms = (int32_t)((uint32_t)run_ms - since);
    return ms > 0 ? ms : 1;
}

int work_mark_open(int fd, struct work_mark **ret_mark)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || st.st_size != (off_t)sizeof(struct work_mark))
        return -EBADMSG;
    void *page =
        mmap(NULL, sizeof(struct work_mark), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return -errno;
    *ret_mark = page;
    return 0;
}

void work_mark_begin(struct work_mark *mark, int64_t run_ms)
{
    uint32_t since = (uint32_t)run_ms;
    if (mark)
        atomic_store_explicit(&mark->since_ms, since ? since : 1, memory_order_relaxed);
}

void work_mark_wait(struct work_mark *mark)
{
    if (mark)
        atomic_store_explicit(&mark->since_ms, 0, memory_order_relaxed);
}

void work_mark_close(struct work_mark *mark)
{
    if (mark)
        munmap(mark, sizeof(*mark));
}
