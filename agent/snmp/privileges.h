/* Becoming nobody in particular. Apart from side.h: grp.h has a `struct group` too. */
#ifndef AGENT_SNMP_PRIVILEGES_H
#define AGENT_SNMP_PRIVILEGES_H

struct log;

/* Becomes `user` (nobody where there is no such account; NULL, or not root: stays who it
 * is), gives up every capability, and ends when the parent does. 0 or -errno. */
int privileges_drop(struct log *log, const char *user);

#endif
