/* The engine's own state and the parts of a cycle, for the files of this folder:
 * match, measure, evaluate, violation, status, publish, in this order. */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "base/buf.h"
#include "engine/engine.h"
#include "engine/group_list.h"
#include "engine/process_state.h"
#include "engine/rule_index.h"
#include "engine/suspend.h"
#include "engine/violation.h"
#include "model/process_source.h"

struct event_record;
struct template_names;

/* What the values of groups without members depend on. */
struct scan_quality {
    enum snapshot_state state;
    size_t hidden;
    bool is_unresponsive; /* that is why it is partial */
    bool uncounted;
};

struct engine {
    struct state_store *store;
    struct rules *rules;
    struct rule_index index; /* of `rules` */
    struct process_states processes;
    struct group_list groups;
    struct template_names *names;
    struct table_builder *builder; /* of images; keeps its memory from cycle to cycle */
    struct table_builder *event_builder; /* of the frozen rows of an event */
    struct change_list changes;          /* of the group being evaluated */
    uint64_t first_event, last_event;    /* numbers of events, 0 = none yet */
    const struct snapshot *snapshot;     /* of the last scan, NULL before the first */
    struct buf follow, exits;            /* of struct source_config */
    struct buf observers;                /* struct engine_observer */
    struct buf touched; /* struct group_state *, that an update has to evaluate */
    struct buf awake;   /* struct group_state *, that the next cycle has to evaluate */
    bool wake_all;      /* all have to be added to `awake` */
    struct buf changed; /* struct group_state *, whose rows were not made since */
    struct buf removed; /* uint32_t, row indexes of groups that are gone since */
    bool all_changed;   /* since: only a whole image has the changes */
    int64_t wall_offset_ms;      /* wall time at boot, for start times */
    struct scan_quality quality; /* of the last cycle */
    uint32_t violations;         /* active ones of all groups */
    size_t n_pending;            /* groups with pending violations: all are awake */
    int64_t next_due_ms;         /* running time, if due_known */
    bool due_known;
    int64_t admin_end_ms; /* of engine_admin_end(), if admin_end_known */
    bool admin_end_known;
    bool is_updating;      /* in engine_update(): a few processes are matched, not all */
    struct buf matched;    /* pid_t, ascending: the processes that a rule may match */
    struct buf judged;     /* of these, those whose values may change a result */
    bool leaves_unjudged;  /* engine_leave_unjudged() */
    bool finds_unknown;    /* the source has `find_unknown` */
    int64_t scanned_ms;    /* boot time of the last scan of all */
    int64_t searched_ms;   /* likewise, or of the last find_unknown() */
    int64_t round_ms;      /* boot time when processes were read in turn */
    pid_t round_pid;       /* the last one of them */
    uint64_t scan_epoch;   /* `epoch` of the last scan; 0: it failed */
    struct moment scanned; /* the last scan or refresh */
    int64_t sample_us;     /* how long it took the source */
    uint64_t scans;
    uint64_t epoch;          /* cached matches of an earlier one are void; from 1 */
    int64_t named_ms;        /* boot time when unnamed users were looked up again */
    struct moment evaluated; /* the last cycle */
    struct suspend suspend;
    struct event **queue; /* events to be taken; [head] is the oldest */
    size_t head, n_queue;
    uint32_t lost; /* events, for lack of memory, that engine_take_lost() has not taken */
};

/* match.c: assigns the processes of the snapshot to groups and reads more about members.
 * Returns 0 or -ENOMEM (the members are incomplete). */
int match_processes(struct engine *engine, const struct process_source_ops *source,
                    struct moment now);
/* Before these processes are read again: takes them out of their groups, which become
 * engine->touched. 0 or -ENOMEM. */
int match_take_out(struct engine *engine, const pid_t *pids, size_t n);
/* After they were read: as match_processes(), for these alone. */
int match_again(struct engine *engine, const struct process_source_ops *source,
                const pid_t *pids, size_t n, struct moment now);
/* The same, with all groups emptied before: no rule matches any other process. */
int match_refresh(struct engine *engine, const struct process_source_ops *source,
                  const pid_t *pids, size_t n, struct moment now);

/* awake.c: a group sleeps while no evaluation could change it: it is empty, nothing of it
 * waits for a time, and no scan fails or hides other processes than before. A cycle costs
 * nothing for groups that sleep. */

/* The next evaluation includes this group. 0 or -ENOMEM (then it will include all). */
int awake_add(struct engine *engine, struct group_state *g);
/* Forgets the list, which may have groups that are gone, and adds all. 0 or -ENOMEM. */
int awake_add_all(struct engine *engine);
/* Those that are awake, ascending by row index. */
struct group_state **awake_list(struct engine *engine, size_t *ret_n);
/* After an evaluation of all that are awake. */
void awake_put_to_sleep(struct engine *engine);
/* Before all are matched: adds all if empty groups have to be evaluated because of the
 * snapshot. 0 or -ENOMEM. */
int awake_begin(struct engine *engine);

/* changed.c: which rows an image of changes has to have, since the last image. */

/* After an evaluation, or whatever else may change a row of the group. */
void changed_note(struct engine *engine, struct group_state *group);
/* Before the group is destroyed. */
void changed_remove(struct engine *engine, const struct group_state *group);
/* An image has all changes. */
void changed_clear(struct engine *engine);

/* engine.c: sums the group up, now that all of its changes are known, and makes them
 * events. 0 or -ENOMEM. */
int engine_settle(struct engine *engine, struct group_state *group, struct moment now);
/* engine.c: ends all of its violations; engine_settle() follows. 0 or -ENOMEM. */
int engine_end_all(struct engine *engine, struct group_state *group, const char *why);

/* engine.c: measures and evaluates groups whose members are known. Returns 0 or -ENOMEM
 * (what could not be evaluated stays as it was). */
int engine_evaluate(struct engine *engine, struct group_state *const *groups, size_t n,
                    struct moment now);

/* engine.c: what follows the matching of all processes: evaluates groups, and removes
 * those that have expired. Returns 0 or -ENOMEM (what could not be evaluated stays as it
 * was). */
int engine_conclude(struct engine *engine, const struct process_source_ops *source,
                    struct moment now);

/* placement.c: the group of a template that a process belongs to; if there is none yet,
 * it is created with `make`. *ret_group = NULL: not assigned to any. 0 or -ENOMEM. */
int placement_find(struct engine *engine, uint32_t rule_number,
                   const struct process *process, bool make, struct moment now,
                   struct group_state **ret_group);

/* Adds a group of a template. *ret_group = NULL: no row index is free. 0 or -ENOMEM. */
int placement_add(struct engine *engine, uint32_t rule_number, const char *name,
                  const char *description, struct moment now,
                  struct group_state **ret_group);

/* status.c: status, pending violations and message of a group, from its violations.
 * 0 or -ENOMEM (no message). */
int status_update(struct engine *engine, struct group_state *group, struct moment now);

/* event.c: the event's line for the log; NULL without memory. */
char *event_line(const struct event_record *record, bool silent);
/* The fields of its entry in the journal; NULL without memory. */
char *event_fields(const struct event_record *record, bool silent);
/* Sets record, line and fields of the event. 0 or -ENOMEM. */
int event_set_texts(struct event *event, const struct event_record *record);

/* publish.c: numbers an event, freezes its rows and queues it. `group`, `change` are NULL
 * for kinds that are about no group; `text` is such an event's message. 0 or -ENOMEM: it
 * is lost, which engine_take_lost() reports. */
int publish_event(struct engine *engine, enum event_kind kind, struct group_state *group,
                  const struct change *change, const char *text, struct moment now);
/* The same for a record without rows, which gets the number. */
int publish_record(struct engine *engine, struct event_record *record, bool silent);

#endif
