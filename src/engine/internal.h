/* The engine's own state and the parts of a cycle, for the files of this folder:
 * match, measure, evaluate, violation, status, publish, in this order. */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "base/buf.h"
#include "engine/engine.h"
#include "engine/group_list.h"
#include "engine/process_state.h"
#include "engine/suspend.h"
#include "engine/violation.h"
#include "model/process_source.h"

struct template_names;

struct engine {
    struct state_store *store;
    struct rules *rules;
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
    struct buf touched;    /* struct group_state *, that an update has to evaluate */
    bool is_updating;      /* in engine_update(): a few processes are matched, not all */
    struct buf matched;    /* pid_t, ascending: the processes that a rule may match */
    unsigned unsettled;    /* of the selectors of all rules: enum selector_change */
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

/* engine.c: measures and evaluates groups whose members are known. Returns 0 or -ENOMEM
 * (what could not be evaluated stays as it was). */
int engine_evaluate(struct engine *engine, struct group_state *const *groups, size_t n,
                    struct moment now);

/* engine.c: what follows the matching of all processes: evaluates the groups, and removes
 * those that have expired. Returns 0 or -ENOMEM (what could not be evaluated stays as it
 * was). */
int engine_conclude(struct engine *engine, const struct process_source_ops *source,
                    struct moment now);

/* placement.c: the group of a template that a process belongs to; if there is none yet,
 * it is created with `make`. *ret_group = NULL: not assigned to any. 0 or -ENOMEM. */
int placement_find(struct engine *engine, uint32_t rule_number,
                   const struct process *process, bool make, struct moment now,
                   struct group_state **ret_group);

/* status.c: status, pending violations and message of a group, from its violations.
 * 0 or -ENOMEM (no message). */
int status_update(const struct engine *engine, struct group_state *group,
                  struct moment now);

/* publish.c: numbers an event, freezes its rows and queues it. `group`, `change` are NULL
 * for kinds that are about no group; `text` is such an event's message. 0 or -ENOMEM. */
int publish_event(struct engine *engine, enum event_kind kind, struct group_state *group,
                  const struct change *change, const char *text, struct moment now);

#endif
