/* What survives a restart: the row index of each name, the admin status, the notification
 * switch, the next event number. Pure: agent/daemon/state_file.c reads and writes the
 * file. An index belongs to a name. Names without a row are kept too, but only the last
 * 10,000: processes choose the names that templates make. An index that another name had
 * is assigned only after all others: first those of names that are no longer kept, in the
 * order of the indexes, then that of the name that has been without a row the longest. */
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
/* The index of a group's name (1 .. 2^31-1), assigned now if it has none. Returns 0,
 * -ENOMEM, or -ENOSPC: every index belongs to a row, or to a name with an admin status.
 */
int state_group_index(struct state_store *store, const char *name, uint32_t *ret_index);
/* The name has no row any more. It keeps its index for later, unless 10,000 other names
 * lose their rows first. A name with an admin status other than monitored is never
 * forgotten. */
void state_retire(struct state_store *store, const char *name);
/* The same for a condition's name within its group. */
int state_condition_index(struct state_store *store, const char *group,
                          const char *condition, uint32_t *ret_index);
/* Whether an index was assigned since the start that another name may have had. */
bool state_reuses_indexes(const struct state_store *store);
/* The name that has this index, or NULL. */
const char *state_name(const struct state_store *store, uint32_t index);
/* GROUP_MONITORED if it was never set. */
enum group_admin state_admin(const struct state_store *store, const char *name);
/* How long it has this admin status; until 0 and "" if that was never set. Valid until it
 * is set again. */
struct group_admin_term state_admin_term(const struct state_store *store,
                                         const char *name);
/* Returns 0, or an error of state_group_index(). */
int state_set_admin(struct state_store *store, const char *name, enum group_admin admin,
                    const struct group_admin_term *term);
bool state_notify_on(const struct state_store *store);
void state_set_notify(struct state_store *store, bool on);
/* The number of the next event, from 1; each call gives another one. Its low 32 bits,
 * which the MIB shows, are never 0. Numbers are reserved in blocks: the file has the end
 * of the block, so that a crash skips numbers and never repeats one. */
uint64_t state_next_event(struct state_store *store);
/* The number that the next call of state_next_event() gives. It is reserved already once
 * there was an event: the SNMP process uses it while the daemon does not respond. */
uint64_t state_coming_event(const struct state_store *store);
/* After state_parse(): the next number, of another file that knows more. */
void state_continue_at(struct state_store *store, uint64_t number);
/* Numbers below it may be used once the text of state_format() is on disk. */
uint64_t state_reserved(const struct state_store *store);
/* Whether something has changed that must be in the file before it is published. */
bool state_is_dirty(const struct state_store *store);
/* After a failed write. */
void state_set_dirty(struct state_store *store);
/* Appends the text of the file. `final`: the daemon stops, so the text has the exact next
 * event number instead of the end of the block. Clears dirty. Returns 0 or -ENOMEM. */
int state_format(struct state_store *store, bool final, struct buf *out);
/* Reads such a text into an empty store; the checksum in its last line reveals damage.
 * Returns 0, -ENOMEM, or -EINVAL with an entry in `diag` (the store is still empty). */
int state_parse(struct state_store *store, const char *text, size_t len, const char *file,
                struct diag *diag);

#endif
