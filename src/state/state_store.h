/* What outlives a restart: the index of each name, admin status, the notification switch,
 * the next event number. Pure: text in, text out; agent/daemon/state_file does the files.
 * An index belongs to a name and is never given to another (law 8). Names that no row has
 * are remembered too, the last ten thousand of them: processes choose what templates make
 * of them, and would fill the disk. */
#ifndef STATE_STATE_STORE_H
#define STATE_STATE_STORE_H

#include "model/group.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct diag;
struct state_store;

struct state_store *state_create(void);
void state_destroy(struct state_store *store);
/* The index of a group's name (1 .. 2^31-1), given now if it has none. 0 = no memory. */
uint32_t state_group_index(struct state_store *store, const char *name);
/* There is no row of this name any more; who wants an index for it has it back, unless
 * ten thousand others have gone since. An admin status that was set is never forgotten.
 */
void state_retire(struct state_store *store, const char *name);
/* The index of a condition's name within its group, likewise. */
uint32_t state_condition_index(struct state_store *store, const char *group,
                               const char *condition);
/* The name that has this index, or NULL. */
const char *state_name(const struct state_store *store, uint32_t index);
/* GROUP_MONITORED for a name that was never set. */
enum group_admin state_admin(const struct state_store *store, const char *name);
int state_set_admin(struct state_store *store, const char *name, enum group_admin admin);
bool state_notify_on(const struct state_store *store);
void state_set_notify(struct state_store *store, bool on);
/* The number of the next event, counted on (from 1). Numbers are lent in blocks: what is
 * written to the file is the end of the block, so that a crash skips numbers and never
 * repeats one. */
uint64_t state_next_event(struct state_store *store);
/* Has anything changed that the file must have before it may be told to anybody? */
bool state_is_dirty(const struct state_store *store);
/* After a write that failed. */
void state_set_dirty(struct state_store *store);
/* The file's text; `final` = an orderly stop: the exact next event number, not the
 * block's end. Clears dirty. Returns 0 or -ENOMEM. */
int state_format(struct state_store *store, bool final, struct buf *out);
/* Reads such a text (a checksum in its last line shows damage and cuts) into an empty
 * ledger. Returns 0, -ENOMEM, or -EINVAL with an entry in `diag` (ledger still empty). */
int state_parse(struct state_store *store, const char *text, size_t len, const char *file,
                struct diag *diag);

#endif
