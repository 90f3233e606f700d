/* What the engine remembers of one process, from the cycle that first sees it to the one
 * that misses it: cached matches, earlier samples of its counters, histories of its
 * rates. A process is identified by (pid, start time), never by its pid alone. */
#ifndef ENGINE_PROCESS_STATE_H
#define ENGINE_PROCESS_STATE_H

#include "engine/history.h"
#include "model/group.h"
#include "model/process.h"

struct group_state;
struct map;

/* Samples of one counter of one process, for one metric and window. */
struct rate {
    struct rate *next;
    enum metric metric;
    int64_t window_ms;
    struct history history;
};

/* Cached match result, valid while process_state.gen and .epoch are current. */
struct cached_match {
    uint32_t rule; /* index in rules->groups */
    bool undecided;
    struct group_state *group; /* NULL: not placed yet, or in no group (template) */
};

struct process_state {
    uint64_t key;                 /* process_key() */
    uint64_t gen;                 /* process.gen that `matches` are for */
    uint64_t epoch;               /* engine.epoch that they are for; 0 = none yet */
    uint64_t cycle;               /* the last cycle that has read the process */
    struct cached_match *matches; /* of rules that are not volatile; behind them those
                                     of volatile ones in the last cycle */
    uint32_t n_matches, n_volatile;
    uint32_t wants;     /* attributes to be read of it in this cycle */
    uint32_t follow;    /* attributes that the source is to read with every scan */
    bool gone;          /* it ended during this cycle */
    bool dead;          /* it is a zombie */
    bool started_since; /* it started after the previous cycle: its counters began at 0 */
    double old_cpu_ms, old_read,
        old_write;                     /* of a member at the previous cycle, -1 = ? */
    int64_t before_ms, last_ms;        /* samples: previous (0 = none) and current */
    double before_cpu_ms, last_cpu_ms; /* CPU time at these */
    double cpu_percent;                /* of a member, over the interval; -1 = ? */
    struct rate *rates;
};

/* A process in a group. */
struct member {
    struct process *process;
    struct process_state *state;
};

struct process_states {
    struct map *by_key;   /* process_key() -> struct process_state */
    uint64_t cycle;       /* number of the cycle or update in progress, from 1 */
    int64_t last_scan_ms; /* boot time of the last complete cycle, 0 = none yet */
};

int process_states_init(struct process_states *states);
void process_states_destroy(struct process_states *states);
/* The state of a process in the cycle in progress, created if it is new. Returns 0 or
 * -ENOMEM. */
int process_states_update(struct process_states *states, const struct process *process,
                          struct process_state **ret_state);
/* Removes the states of processes that the current cycle has not seen. */
void process_states_drop_missing(struct process_states *states);
/* Removes one. A key without a state is fine. */
void process_states_drop(struct process_states *states, uint64_t key);
/* Removes a group that is about to be destroyed from all cached matches. */
void process_states_drop_group(struct process_states *states,
                               const struct group_state *group);
/* The samples of a metric over a window, created if there are none. NULL = no memory. */
struct rate *process_state_rate(struct process_state *state, enum metric metric,
                                int64_t window_ms);

#endif
