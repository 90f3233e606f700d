/* A lock that one daemon at a time has. */
#ifndef AGENT_DAEMON_LOCK_FILE_H
#define AGENT_DAEMON_LOCK_FILE_H

struct log;

/* Takes the lock `path`, a file that only this account can open: another user could keep
 * the lock. `what` is locked ("state file"). Returns the descriptor, to be kept open, or
 * -errno with the reason logged; -EWOULDBLOCK: another daemon has it. */
int lock_file_take(const char *path, const char *what, struct log *log);

#endif
