/* What the engine remembers of one group: a row of procGroupTable, which is a configured
 * group or one that a template made. Its members are those of the last cycle; its
 * violations go on from cycle to cycle, over a reload of equal rules too. */
#ifndef ENGINE_GROUP_STATE_H
#define ENGINE_GROUP_STATE_H

#include "base/clock.h"
#include "engine/history.h"
#include "model/group.h"
#include "table/table.h"

struct map;
struct member;
struct state_store;

/* A condition out of its range, or that could not be determined. */
struct violation {
    struct violation *next;
    uint64_t key;    /* process_key() of the offender with `each`; 0 = the whole group */
    uint32_t pid;    /* of the offender, 0 = none */
    uint64_t cycle;  /* the last cycle that evaluated it */
    bool active;     /* raised; otherwise pending, until its recheck */
    bool unknown;    /* could not be determined */
    bool restored;   /* from before a restart, and not reminded of yet */
    bool confirming; /* active and unknown, but found out of range since then */
    int64_t confirming_run_ms, confirming_wall_ms;
    enum severity severity;
    int64_t since_run_ms, since_wall_ms;
    uint64_t number; /* of the event that raised it, 0 = not raised yet */
    bool notified;   /* a raise of it was not silent, so its recovery is not either */
    bool suppressed; /* its last raise was silent */
    char *value;     /* printable texts; NULL = "" */
    char *offender;
    char *message;
};

struct condition_state {
    const struct condition *rule;
    uint32_t index; /* of its row */
    struct violation *violations;
    struct map *by_key; /* of the violations; NULL before the first one */
    enum table_condition_state state;
    int64_t since_wall_ms; /* of `state` */
    struct history starts, exits;
    char *value;     /* as of the last cycle */
    double number;   /* the same, if */
    bool has_number; /* it was determined */
    char *offender;  /* the worst member */
};

/* What all members have in common; the texts belong to the members. */
struct common {
    uint32_t uid, gid; /* UINT32_MAX: they differ, or there are no members */
    bool mixed_users;
    const char *context, *path; /* "mixed" where they differ */
};

struct group_state {
    const struct group *rule;
    uint32_t rule_number; /* its index in rules->groups */
    char *name;
    char *description;
    uint32_t index; /* of its row */
    enum group_admin admin;
    int64_t until_ms; /* of struct group_admin_term */
    char *reason;
    int64_t last_member_ms; /* running time; a template's group ends `expire` later */
    uint64_t cycles;        /* that it took part in */
    struct condition_state *conditions;
    size_t n_conditions;
    struct member *members; /* of the last cycle, ascending by pid */
    size_t n_members, cap_members;
    struct member *undecided; /* processes that may be members */
    size_t n_undecided, cap_undecided;
    uint64_t *keys; /* of the members, ascending: starts and exits come from comparing */
    size_t n_keys;
    size_t ending; /* members that have ended, as an event says, and are not read yet */
    uint64_t starts, exits; /* of members since the row began */
    struct common common;
    uint32_t zombies, undecided_zombies;
    enum severity status;
    uint32_t pending;     /* violations that wait for their recheck */
    bool scan_failed;     /* in the last cycle */
    bool touched;         /* it is in engine.touched */
    bool awake;           /* it is in engine.awake */
    bool restless;        /* it changes without members: it never sleeps */
    bool failed;          /* its last evaluation, for lack of memory */
    bool changed;         /* it is in engine.changed */
    bool members_changed; /* likewise with the rows of its members, if `changed` */
    uint64_t digest;      /* of its rows without those of members: changed_note() */
    uint64_t members_digest;
    uint32_t active;         /* violations that are raised */
    int64_t evaluated_ms;    /* running time of its last evaluation */
    struct table_group sums; /* numbers of the row; its counters only grow */
    char *message;
};

/* The row index and the admin status come from the store. Returns 0, -ENOMEM, or -ENOSPC:
 * there is no index for its row or a condition's. */
int group_state_create(struct state_store *store, const struct group *rule,
                       uint32_t rule_number, const char *name, const char *description,
                       struct moment now, struct group_state **ret_group);
/* Until when it has its admin status, and why; `reason` belongs to the group then. */
void group_state_set_term(struct group_state *group, int64_t until_ms, char *reason);
void group_state_destroy(struct group_state *group);
/* Takes over the states and counters that `old`, the same row before a reload, has in
 * common with `group`; what the two do not share stays with `old`. */
void group_state_adopt(struct group_state *group, struct group_state *old);
/* After a scan that failed: the numbers stay, the members and their texts go. */
void group_state_forget_members(struct group_state *group);

void violation_destroy(struct violation *violation);

#endif
