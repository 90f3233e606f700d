/* Drops privileges. Not in internal.h, because grp.h has a `struct group` too. */
#ifndef AGENT_SNMP_PRIVILEGES_H
#define AGENT_SNMP_PRIVILEGES_H

#include <sys/types.h>

struct log;

/* Makes the kernel kill this process when its parent ends, also if it hangs. An exec into
 * another security domain and a change of the account undo that (prctl(2)): call it again
 * after them. 0, or -ESRCH if the parent is no longer `parent` (0 = unknown). */
int privileges_die_with(pid_t parent);

/* If run by root and `user` is not NULL, changes to this account, or to "nobody" if it
 * does not exist. Drops all capabilities, also those of the bounding set if it may. Does
 * what privileges_die_with() does. 0 or -errno. */
int privileges_drop(struct log *log, const char *user, pid_t parent);

#endif
