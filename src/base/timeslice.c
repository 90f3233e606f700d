#include "base/timeslice.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SLICE_NS = 100000 };

/* struct sched_attr of linux/sched/types.h, which cannot be included with sched.h. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int timeslice_shorten(void)
{
    errno = 0;
    const struct attributes attributes = {.size = sizeof(attributes),
                                          .policy = SCHED_OTHER,
                                          .nice = getpriority(PRIO_PROCESS, 0),
                                          .runtime = SLICE_NS};
    if (errno != 0 || sched_getscheduler(0) != SCHED_OTHER)
        return errno != 0 ? -errno : -ENOTSUP; /* the administrator has chosen another */
    return syscall(SYS_sched_setattr, 0, &attributes, 0) < 0 ? -errno : 0;
}
