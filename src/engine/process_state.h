/* What the engine remembers of one process, from the cycle that first sees it to the one
 * that misses it. Of a process that no rule may match this is an entry of a few bytes: a
 * host has many of them. A process is identified by (pid, start time), never by its pid
 * alone. */
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

/* Of a process that a rule matched, or may have matched, once: cached matches, earlier
 * samples of its counters, histories of its rates. */
struct process_state {
    uint64_t key;                 /* process_key() */
    struct cached_match *matches; /* of rules whose result lasts; behind them those of
                                     other ones in the last cycle */
    uint32_t n_matches, n_volatile;
    uint32_t wants;     /* attributes to be read of it in this cycle */
    uint32_t follow;    /* attributes that the source is to read with every scan */
    bool gone;          /* it ended during this cycle */
    bool dead;          /* it is a zombie */
    bool ending;        /* engine_note_end(): it is in the `ending` of its groups */
    bool started_since; /* it started after the previous cycle: its counters began at 0 */
    double old_cpu_ms, old_read,
        old_write;        /* of a member at the previous cycle, -1 = ? */
    int64_t before_ms;    /* previous sample, 0 = none */
    double before_cpu_ms; /* CPU time at it */
    double cpu_percent;   /* of a member, over the interval; -1 = ? */
    struct rate *rates;
};

/* Of every process. The lower half is enough of a number that is only compared with that
 * of the last cycle, and of a time that is less than 49 days ago. */
struct process_entry {
    uint64_t key;                /* process_key() */
    struct process_state *state; /* NULL: no rule has matched it */
    uint64_t last_cpu_ms;        /* CPU time at the last sample */
    uint32_t last_ms;            /* boot time of it */
    uint32_t gen;                /* process.gen that the matches are for */
    uint32_t epoch;              /* engine.epoch that they are for; 0 = none yet */
    uint32_t cycle; /* the last one that has read the process; 0 = none yet */
};

/* A process in a group. */
struct member {
    struct process *process;
    struct process_state *state;
};

struct process_states {
    struct map *by_key;   /* process_key() -> struct process_entry */
    uint64_t cycle;       /* number of the cycle or update in progress, from 1 */
    int64_t last_scan_ms; /* boot time of the last complete cycle, 0 = none yet */
    uint64_t noted;       /* the last cycle with samples, */
    size_t n_noted;       /* and how many these were */
};

int process_states_init(struct process_states *states);
void process_states_destroy(struct process_states *states);
/* The entry of a process, created if it is new, for matching it with the rules;
 * process_states_note() follows. NULL = no memory. */
struct process_entry *process_states_enter(struct process_states *states,
                                           const struct process *process);
/* The state of a process that a rule may match, created if there is none. NULL = no
 * memory. */
struct process_state *process_states_keep(struct process_states *states,
                                          struct process_entry *entry,
                                          const struct process *process);
/* Takes the sample of the cycle in progress. */
void process_states_note(struct process_states *states, struct process_entry *entry,
                         const struct process *process);
/* NULL: the process is gone, or no rule has matched it. */
struct process_state *process_states_find(const struct process_states *states,
                                          uint64_t key);
/* Removes the entries of processes that the current cycle has not seen. */
void process_states_drop_missing(struct process_states *states);
/* Removes one. A key without an entry is fine. */
void process_states_drop(struct process_states *states, uint64_t key);
/* Removes a group that is about to be destroyed from all cached matches. */
void process_states_drop_group(struct process_states *states,
                               const struct group_state *group);
/* The samples of a metric over a window, created if there are none. NULL = no memory. */
struct rate *process_state_rate(struct process_state *state, enum metric metric,
                                int64_t window_ms);

#endif
