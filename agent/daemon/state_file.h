/* The state file: the ledger on disk, and the lock that makes this daemon the only one.
 */
#ifndef AGENT_DAEMON_STATE_FILE_H
#define AGENT_DAEMON_STATE_FILE_H

#include "base/clock.h"

struct state_store;
struct log;

/* Takes the lock beside `path` (PATH.lock), making the folder if need be. Returns the
 * lock's fd, to be kept open, or -errno, and the log tells why; -EWOULDBLOCK: another
 * instance has it, -EINVAL: `path` is no regular file. */
int state_file_lock(const char *path, struct log *log);
/* Reads the file into an empty ledger; the lock is held. What a save that was killed has
 * left beside it is removed. None there is a first start. A damaged one is set
 * aside as PATH.damaged-TIME, with a message, and the ledger stays empty. Returns 0,
 * -ENOMEM, or -errno where it is there and can't be read. */
int state_file_load(const char *path, struct state_store *store, struct log *log,
                    struct moment now);
/* Write, fsync, rename. `final` as in state_format(). Returns 0 or -errno. */
int state_file_save(const char *path, struct state_store *store, int final);

#endif
