/* The state store on disk, and the lock that lets one daemon at a time use it. */
#ifndef AGENT_DAEMON_STATE_FILE_H
#define AGENT_DAEMON_STATE_FILE_H

#include "base/clock.h"

#include <stdbool.h>

struct buf;
struct state_store;
struct log;

/* Takes the lock PATH.lock; makes the folder if it does not exist. Returns the descriptor
 * of the lock, to be kept open, or -errno with the reason logged; -EWOULDBLOCK: another
 * daemon has it, -EINVAL: `path` is not a regular file. */
int state_file_lock(const char *path, struct log *log);
/* Reads the file into an empty store; the lock is held. Temporary files of interrupted
 * saves are removed. No file is a first start. A damaged file is renamed by
 * file_set_aside() and logged, and the store stays empty. Returns 0, -ENOMEM, or -errno
 * if the file exists and cannot be read. */
int state_file_load(const char *path, struct state_store *store, struct log *log,
                    struct moment now);
/* The text of the file; -EFBIG: it could not be read again. */
int state_file_format(struct state_store *store, bool final, struct buf *out);
/* Replaces the file (file_replace()). `final` as in state_format(). Returns 0 or -errno.
 */
int state_file_save(const char *path, struct state_store *store, int final);

#endif
