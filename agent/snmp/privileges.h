/* Becoming nobody in particular. Apart from side.h: grp.h has a `struct group` too. */
#ifndef AGENT_SNMP_PRIVILEGES_H
#define AGENT_SNMP_PRIVILEGES_H

struct log;

/* Becomes `user` (nobody where there is no such account; NULL, or not root: stays who it
 * is) and gives up every capability. 0 or -errno. */
int privileges_drop(struct log *log, const char *user);
/* Makes the folder, writable for whom privileges_drop() will become. 0 or -errno. */
int privileges_give_folder(struct log *log, const char *user, const char *folder);

#endif
