/* The daemon and its SNMP process observe the host and do not belong to what is observed:
 * they are left out of groups that do not name them. */
#include "agent/daemon/internal.h"

#include "proc/procfs.h"

#include <unistd.h>

/* A child that has not been waited for keeps its pid, so that it is found once. */
void own_processes_update(struct daemon *d)
{
    struct engine_observer list[2];
    size_t n = 0;
    if (d->own_key && d->observed_pid == d->child.pid)
        return;
    /* With another procfs (-P) this process may not be in it. */
    if (d->own_key || procfs_identify(d->procfs, getpid(), &d->own_key) == 0)
        list[n++] =
            (struct engine_observer){d->own_key, "this is procgroupd itself", true, NULL};
    list[n] = (struct engine_observer){0, "this is the SNMP process of procgroupd", true,
                                       "procgroupd-snmp"};
    if (d->child.pid && procfs_identify(d->procfs, d->child.pid, &list[n].key) == 0)
        n++;
    if (engine_set_observers(d->engine, list, n) == 0)
        d->observed_pid = d->child.pid;
}
