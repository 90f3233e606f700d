/* The outbox file, STATE.events: events that are not delivered yet, and active
 * violations, over a restart (state/event_record.h is its text).
 *
 * When is an event sent? Once its record is in the kernel (written, not synced): it then
 * survives the end of the daemon, and the next daemon goes on with the number after the
 * last record, because no later number was sent. The write is in another thread, and
 * takes about as long as the change to that thread. A sync would take milliseconds: it
 * follows at once, in batches, and nothing waits for it. A crash of the machine may take
 * records that were not synced. Their numbers were sent, perhaps: the next daemon goes on
 * behind the block of numbers that the state file has reserved, which is synced before
 * the first number of the block is sent. So no number is ever given to two events. What
 * was in between was delivered, lost, or never used, which cannot be known; it is
 * counted as dropped, so that every number is delivered, or counted as dropped.
 *
 * A disk that hangs, is full or read-only must not keep an alarm back: if a record is not
 * written after a second, or cannot be, events are sent without. The first line of the
 * file says so, where that can still be written, and the next daemon treats that as a
 * crash. (If the disk hangs, and the daemon is killed before it goes on, the file cannot
 * say so, and numbers may be used twice.) When writing works again, the whole file is
 * replaced. */
#ifndef AGENT_DAEMON_EVENT_STORE_H
#define AGENT_DAEMON_EVENT_STORE_H

#include "base/clock.h"

#include <stdbool.h>

struct engine;
struct event;
struct event_store;
struct log;
struct outbox;
struct state_store;

/* Reads the file of an earlier daemon: numbers go on after its last one, and `outbox`
 * continues its count of dropped events. What is damaged, or of an unknown version, is
 * renamed by file_set_aside() and logged. The lock of the state file is held. Returns 0
 * or -ENOMEM. */
int event_store_open(const char *state_path, struct state_store *state,
                     struct outbox *outbox, struct log *log, struct moment now,
                     struct event_store **ret_store);
/* Gives what was read to the outbox and to the engine, which has its rules, and adds its
 * events for violations that have ended. 0 or -ENOMEM. */
int event_store_restore(struct event_store *store, struct engine *engine,
                        struct moment now);
/* Did the last daemon end without stopping? Its SNMP process may have used the next
 * number for an EVENT_STALE: the first event of this one says the same. */
bool event_store_was_killed(const struct event_store *store);
/* Begins to write. Not before the daemon has dropped its rights: threads are started.
 * Returns a descriptor to wait for, or -errno with the reason logged: nothing is kept. */
int event_store_start(struct event_store *store);
/* Keeps an event that the outbox has (`waits`), or that is not to be sent. */
void event_store_add(struct event_store *store, const struct event *event, bool waits);
/* Saves the state store if it has changed. With `wait`, waits 0.5 s for the disk. Returns
 * 0 or -errno, which is logged once. */
int event_store_save_state(struct event_store *store, bool wait);
/* Writes what is new, takes note of what is written, and allows the outbox to send it. To
 * be called before the outbox sends, at the descriptor's events, and at
 * event_store_due().
 */
void event_store_update(struct event_store *store);
/* Boot time of the next call, CLOCK_NEVER = none is needed. */
int64_t event_store_due(const struct event_store *store);
/* Writes the last state of both files, for at most 5 s. */
void event_store_stop(struct event_store *store);
/* NULL is fine. */
void event_store_destroy(struct event_store *store);

#endif
