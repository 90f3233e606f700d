/* The watch: samples and rules in, judged groups out.
 * Ties tally (who is a member, what they use), state machine (hold-downs) and board
 * together. Pure: looks come through process_source_ops, time is an argument. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/clock.h"
#include "model/group.h"
#include "model/snapshot.h"

#include <stdbool.h>

struct process_source_ops;
struct table_image;
struct buf;
struct state_store;
struct engine;

enum event_kind {
    EVENT_RAISED = 1,
    EVENT_RECOVERED = 2,
    EVENT_STARTED = 3,  /* the watcher began; made by engine_add_event() */
    EVENT_RESYNCED = 4, /* notifications were dropped; read the tables again */
};

/* One numbered change of state. Owned by whoever took it. */
struct event {
    uint64_t number; /* ascending without gaps while the watcher runs */
    enum event_kind kind;
    enum severity severity;
    bool silent; /* the group is in maintenance: for the log alone. The end of what was
                    raised before that is not silent. */
    int64_t wall_ms;
    char *line; /* for the log: number, group, condition, severity, value, limit,
                   offender, as "event=12 kind=raised group=... ..." */
    struct table_image
        *image; /* its frozen rows: event, one group, condition, violation */
};
void event_destroy(struct event *event);

/* `ledger` is used and changed, not owned. NULL = no memory. */
struct engine *engine_create(struct state_store *store, struct moment now);
void engine_destroy(struct engine *engine);
/* The rules in force from now on; owned by the watch afterwards (also on failure). A
 * group that is equal to one before keeps its members, counters and states; the
 * violations of groups and conditions that are gone end silently but for a recovery
 * transition. Every group that is no template has its row at once, with count 0 (law 10).
 * 0 or -ENOMEM. */
int engine_set_rules(struct engine *engine, struct rules *rules, struct moment now);
const struct rules *engine_rules(const struct engine *engine);

/* One look: scan, match, read more about members, measure, judge. Transitions wait to be
 * taken. Returns 0 or -ENOMEM (nothing changed). A failed scan is judged too: unknown. */
int engine_cycle(struct engine *engine, const struct process_source_ops *source,
                 struct moment now);
/* The oldest transition not yet taken, NULL if there is none; the caller destroys it. */
struct event *engine_take_event(struct engine *engine);
/* Adds a started/resynced one with `text` as its message. 0 or -ENOMEM. */
int engine_add_event(struct engine *engine, enum event_kind kind, const char *text,
                     struct moment now);
/* Boot time at which a pending violation wants its next look; CLOCK_NEVER = none. */
int64_t engine_next_cycle(const struct engine *engine);

/* Admin status of a group (by its row's index) or the switch: takes effect at once, in
 * the ledger too. Off ends its violations with recovery transitions; what was raised in
 * maintenance and still holds is raised again by monitored, with a number of its own. 0,
 * -ENOENT or -EINVAL. */
int engine_set_admin(struct engine *engine, uint32_t index, enum group_admin admin,
                     struct moment now);

/* What the watch does not know itself but the scalars tell; copied. */
struct engine_facts {
    const char *version, *collector, *config_file, *config_message;
    uint32_t config_errors;
    int64_t started_ms, loaded_ms;
    uint32_t events_received, events_lost;
    uint32_t sent, queued, dropped;
};
/* Everything that is to be published as of the last look; the caller destroys it.
 * Returns 0 or -ENOMEM. */
int engine_make_image(struct engine *engine, const struct engine_facts *facts,
                      struct table_image **ret_image);

/* Configures the source for the rules in force and the members of the last cycle: exits
 * are wanted of the members of groups with a lower limit on count. Every cycle ends with
 * this; the owner calls it after engine_set_rules(). Returns 0 or -ENOMEM. */
int engine_configure_source(struct engine *engine,
                            const struct process_source_ops *source);
/* The last snapshot (NULL before the first look): for `procgroup explain`. */
const struct snapshot *engine_snapshot(const struct engine *engine);

#endif
