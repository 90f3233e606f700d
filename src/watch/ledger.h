/* What outlives a restart: the index of each name, admin status, the notification switch,
 * the next event number. Pure: text in, text out; agent/watcher/statefile does the files.
 * An index belongs to a name and is never given to another (law 8). Names that no row has
 * are remembered too, the last ten thousand of them: processes choose what templates make
 * of them, and would fill the disk. */
#ifndef WATCH_LEDGER_H
#define WATCH_LEDGER_H

#include "model/group.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct diag;
struct ledger;

struct ledger *ledger_create(void);
void ledger_destroy(struct ledger *ledger);
/* The index of a group's name (1 .. 2^31-1), given now if it has none. 0 = no memory. */
uint32_t ledger_group_index(struct ledger *ledger, const char *name);
/* There is no row of this name any more; who wants an index for it has it back, unless
 * ten thousand others have gone since. An admin status that was set is never forgotten.
 */
void ledger_retire(struct ledger *ledger, const char *name);
/* The index of a condition's name within its group, likewise. */
uint32_t ledger_condition_index(struct ledger *ledger, const char *group,
                                const char *condition);
/* The name that has this index, or NULL. */
const char *ledger_name(const struct ledger *ledger, uint32_t index);
/* GROUP_MONITORED for a name that was never set. */
enum group_admin ledger_admin(const struct ledger *ledger, const char *name);
int ledger_set_admin(struct ledger *ledger, const char *name, enum group_admin admin);
bool ledger_notify_on(const struct ledger *ledger);
void ledger_set_notify(struct ledger *ledger, bool on);
/* The number of the next event, counted on (from 1). Numbers are lent in blocks: what is
 * written to the file is the end of the block, so that a crash skips numbers and never
 * repeats one. */
uint64_t ledger_next_event(struct ledger *ledger);
/* Has anything changed that the file must have before it may be told to anybody? */
bool ledger_is_dirty(const struct ledger *ledger);
/* After a write that failed. */
void ledger_set_dirty(struct ledger *ledger);
/* The file's text; `final` = an orderly stop: the exact next event number, not the
 * block's end. Clears dirty. Returns 0 or -ENOMEM. */
int ledger_format(struct ledger *ledger, bool final, struct buf *out);
/* Reads such a text (a checksum in its last line shows damage and cuts) into an empty
 * ledger. Returns 0, -ENOMEM, or -EINVAL with an entry in `diag` (ledger still empty). */
int ledger_parse(struct ledger *ledger, const char *text, size_t len, const char *file,
                 struct diag *diag);

#endif
