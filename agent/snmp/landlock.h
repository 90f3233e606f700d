/* Landlock: which files this process can open (landlock(7)). */
#ifndef AGENT_SNMP_LANDLOCK_H
#define AGENT_SNMP_LANDLOCK_H

#include <stdbool.h>

/* From now on this process opens no file, uses no TCP and sends signals to no other
 * process, as far as the kernel can restrict that. With `network` it uses TCP, and reads
 * the files of the name service. 0, -ENOSYS or -EOPNOTSUPP if the kernel has no Landlock,
 * or another -errno. */
int landlock_restrict(bool network);

#endif
