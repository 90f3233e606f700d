/* Drops privileges. Not in internal.h, because grp.h has a `struct group` too. */
#ifndef AGENT_SNMP_PRIVILEGES_H
#define AGENT_SNMP_PRIVILEGES_H

struct log;

/* If run by root and `user` is not NULL, changes to this account, or to "nobody" if it
 * does not exist. Drops all capabilities, and lets the kernel end this process when its
 * parent exits. 0 or -errno. */
int privileges_drop(struct log *log, const char *user);

#endif
