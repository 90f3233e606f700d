/* The pure judgement: snapshots and rules in, evaluated groups and events out.
 * Processes come from a process source, time is an argument; nothing here does I/O.
 * One cycle is: scan, match, measure, evaluate, sum up, publish. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/clock.h"
#include "model/group.h"
#include "model/snapshot.h"

#include <stdbool.h>

struct engine;
struct event_record;
struct process_source_ops;
struct state_store;
struct table_image;

enum event_kind {
    EVENT_RAISED = 1,
    EVENT_RECOVERED = 2,
    EVENT_STARTED = 3,  /* the daemon started; made by engine_add_event() */
    EVENT_RESYNCED = 4, /* notifications were dropped: the tables have to be read again */
    EVENT_STALE = 5,    /* there was no scan in time: the tables are stale */
    EVENT_FRESH = 6,    /* they are not any more */
    EVENT_REMINDED = 7, /* a violation from before a restart of the daemon still holds */
};

/* A numbered change, owned by the caller of engine_take_event(). */
struct event {
    uint64_t number; /* ascending, while the engine exists without gaps but for those of
                        32 bits: see state_next_event() and publish_event() */
    enum event_kind kind;
    enum severity severity;
    bool silent; /* the group is in maintenance: only for the log. The recovery of a
                    violation that was notified earlier is not silent. */
    int64_t wall_ms;
    uint64_t ends; /* the raise whose violation it ends, or raises anew; 0 = none */
    char *record;  /* for the outbox file: event_text_add() */
    char *line;    /* for the log: "event=12 kind=raised group=... ...: MESSAGE" */
    char *fields;  /* of its entry in the journal: log_write_entry() */
    struct table_image *image; /* frozen rows: event, group, condition, violation */
};
void event_destroy(struct event *event);
/* "raised"; "unknown" for a number that is not an enum event_kind. */
const char *event_kind_name(uint32_t kind);

/* `store` is used and changed, not owned. NULL = no memory. */
struct engine *engine_create(struct state_store *store);
void engine_destroy(struct engine *engine);
/* The rules in force from now on, owned by the engine afterwards (also on failure). A
 * group that is equal to an earlier one keeps its members, counters and violations; the
 * violations of groups and conditions that are gone end with a recovery event. Every
 * group that is not a template has a row at once, with count 0. Returns 0, or -ENOMEM
 * (the earlier rules stay in force). */
int engine_set_rules(struct engine *engine, struct rules *rules, struct moment now);
const struct rules *engine_rules(const struct engine *engine);
/* The rule of the group with this row index: its own, or its template. NULL = no such
 * row.
 */
const struct group *engine_group_rule(const struct engine *engine, uint32_t index);

/* A process that is not counted because it is part of the observation: the program that
 * scans, or what called it. */
struct engine_observer {
    uint64_t key;      /* process_key() */
    const char *what;  /* "this is procgroup itself"; static */
    bool unless_named; /* counted in groups that name it (selector_names()) ... */
    const char *comm;  /* ... once this is its comm: until its exec, it is a fork of the
                          daemon; NULL = always */
};
/* The observers from now on, in place of those before; copied. No group has one of them
 * as a member unless its rule has include-self. Returns 0 or -ENOMEM. */
int engine_set_observers(struct engine *engine, const struct engine_observer *list,
                         size_t n);
/* Why the group of this rule does not count the process; NULL: the rule alone decides. */
const char *engine_leaves_out(const struct engine *engine, const struct group *rule,
                              const struct process *process);

/* One cycle; its events wait to be taken. A failed scan is evaluated too: all is unknown.
 * Returns 0 or -ENOMEM (what could not be evaluated stays as it was). */
int engine_cycle(struct engine *engine, const struct process_source_ops *source,
                 struct moment now);
/* The two parts of engine_cycle(), for an owner that searches the snapshot for observers:
 * engine_scan() replaces the snapshot, engine_judge() does the rest. Both return 0 or
 * -ENOMEM. */
int engine_scan(struct engine *engine, const struct process_source_ops *source,
                struct moment now);
int engine_judge(struct engine *engine, const struct process_source_ops *source,
                 struct moment now);
/* What has happened to a few processes since the last cycle (pids ascending, each once:
 * they started, executed, changed ids or comm, ended): reads them and evaluates the
 * groups that they are or were in, and nothing else. Returns 0 and the number of these
 * groups; -EAGAIN (a cycle is needed: the rules have changed, the last scan has failed,
 * or only a scan can say what has happened) or -ENOMEM (the same). */
int engine_update(struct engine *engine, const struct process_source_ops *source,
                  const pid_t *pids, size_t n, struct moment now, size_t *ret_touched);
/* A regular cycle without a scan, for a source with complete events: reads the processes
 * that a rule may match, and `pids`, to which something has happened since the last cycle
 * or update (as in engine_update()), and gives the same as engine_cycle(). It counts as a
 * sample. If the source can find unknown processes, it also reads a part of all in turn,
 * so that each is read within a minute. Returns 0, -EAGAIN (nothing was done;
 * engine_cycle() is needed, which is also the case ten minutes after the last one, or one
 * minute with another source) or -ENOMEM (the same). */
int engine_refresh(struct engine *engine, const struct process_source_ops *source,
                   const pid_t *pids, size_t n, struct moment now);
/* With `leave` (false at first), because no program reads the tables now: until the next
 * cycle, at most a minute, engine_refresh() leaves out the processes whose values change
 * no result, and their CPU time, memory and state stay as they were. */
void engine_leave_unjudged(struct engine *engine, bool leave);
/* How many processes it would read in addition to `pids`; SIZE_MAX: it would return
 * -EAGAIN. With many, a scan of all takes less time: `prefers_update` of the source. */
size_t engine_refresh_size(const struct engine *engine, struct moment now);
/* An event says that the process of the last snapshot with this pid has ended, and it is
 * read again soon. Returns whether a violation may begin or end by this, with the ends
 * that were noted before and are not read yet: then it is to be read at once. */
bool engine_note_end(struct engine *engine, pid_t pid);
/* The table was stale until the scan at this wall time, so that every status and state
 * was unknown: what is known now has changed then. */
void engine_end_silence(struct engine *engine, int64_t wall_ms);
bool engine_has_events(const struct engine *engine);
/* The oldest event, NULL if there is none. */
struct event *engine_take_event(struct engine *engine);
/* How many events, silent ones not counted, could not be made for lack of memory since
 * the last call: the tables have what they were about. */
uint32_t engine_take_lost(struct engine *engine);
/* Adds an event that is about no group (from EVENT_STARTED on) with a message. 0 or
 * -ENOMEM. */
int engine_add_event(struct engine *engine, enum event_kind kind, const char *text,
                     struct moment now);
/* The event of a record, to be sent again; it has no line. 0 or -ENOMEM. */
int engine_load_event(struct engine *engine, const struct event_record *record,
                      struct event **ret_event);
/* After the rules were set and before the first scan: the violation of this raise was
 * active when the last daemon ended. It has a row at once; the scan reminds of it, or
 * ends it. If it has no place in the rules, or was of a process before a reboot, it has
 * ended. Returns 0 or -ENOMEM. */
int engine_restore(struct engine *engine, const struct event_record *record,
                   struct moment now);
/* Boot time at which a pending violation wants the next cycle; CLOCK_NEVER = none does.
 */
int64_t engine_next_cycle(struct engine *engine);

/* Sets the admin status of a group (by its row index), at once and in the store. Off ends
 * its violations with recovery events; monitored raises again, under a new number, what
 * was raised silently and still holds. Returns 0, or -ENOENT, -EINVAL or -ENOMEM:
 * then nothing was changed. */
int engine_set_admin(struct engine *engine, uint32_t index, enum group_admin admin,
                     struct moment now);

/* The same until the end of a term, or for a reason. */
int engine_set_admin_for(struct engine *engine, uint32_t index, enum group_admin admin,
                         const struct group_admin_term *term, struct moment now);
/* Wall time at which the first term ends, CLOCK_NEVER = none does. */
int64_t engine_admin_end(struct engine *engine);
/* A group whose term has ended: the caller sets it to monitored. 0 = there is none. */
uint32_t engine_find_ended(struct engine *engine, int64_t wall_ms);
/* The row index of the group with this name, 0 = there is none. */
uint32_t engine_find_group(const struct engine *engine, const char *name);

/* Scalars that the engine does not know itself; copied. */
struct engine_facts {
    const char *version, *source_name, *config_file, *config_message;
    uint32_t config_errors;
    int64_t started_ms, loaded_ms;        /* wall */
    int64_t sampled_run_ms, stale_run_ms; /* as in struct table_scalars */
    uint32_t events_received, events_lost;
    uint32_t sent, queued, dropped;
    uint32_t snmp_restarts; /* of the SNMP process */
};
/* The tables as of the last cycle; the caller destroys the image.
 * Returns 0 or -ENOMEM. */
int engine_make_image(struct engine *engine, const struct engine_facts *facts,
                      struct table_image **ret_image);

/* What has changed since the last image that was made, for table_apply(). Returns 0,
 * -EAGAIN (a whole image is needed, or takes less) or -ENOMEM (the same). */
int engine_make_changes(struct engine *engine, const struct engine_facts *facts,
                        struct table_image **ret_image);

/* Configures the source for the rules in force and the members of the last cycle: exits
 * are wanted of as many members as a lower limit on count needs. Every cycle ends with
 * this; the owner calls it after engine_set_rules(). Returns 0 or -ENOMEM. */
int engine_configure_source(struct engine *engine,
                            const struct process_source_ops *source);
/* The name of a group that has no row because no row index is free, NULL = there is none.
 * All other groups are evaluated. Valid until the next cycle or change of the rules. */
const char *engine_refused(const struct engine *engine);
/* The last snapshot (NULL before the first scan): for `procgroup explain`. */
const struct snapshot *engine_snapshot(const struct engine *engine);

#endif
