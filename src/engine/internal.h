/* The inside of the watch, for its own files alone: what is remembered of processes
 * (track), of groups (instance) and of what is wrong with them (violation). */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "base/buf.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "model/group.h"
#include "model/process_source.h"
#include "table/table.h"

struct group_state;
struct map;
struct template_names;

/* A rate of one process, for one metric over one window. */
struct rate {
    struct rate *next;
    enum metric metric;
    int64_t window_ms;
    struct history history;
};

/* That a process fits a rule; remembered until its gen changes. */
struct cached_match {
    uint32_t rule; /* in rules->groups */
    bool undecided;
    struct group_state *gstate; /* NULL: not looked up yet, or none (template) */
};

/* One process, from the look that finds it to the look that misses it. */
struct process_state {
    uint64_t key;
    uint64_t gen;                 /* for which `answers` hold */
    uint64_t epoch;               /* watch.epoch for which they hold */
    uint64_t cycle;               /* the last one that saw it */
    struct cached_match *matches; /* of rules that are not volatile */
    uint32_t n_matches, cap_matches;
    uint32_t wants;     /* sources, in this look */
    uint32_t follow;    /* attributes that the source is to read with every scan */
    bool gone;          /* it ended within this look */
    bool dead;          /* a zombie in this look */
    bool started_since; /* it began after the look before: its counters began at 0 */
    bool had_io;        /* old_read and old_write are true */
    double old_cpu_ms, old_read, old_write; /* at the look before, of members */
    int64_t before_ms, last_ms; /* of everybody: the look before (0 = none), this one */
    double before_cpu_ms, last_cpu_ms;
    struct rate *rates;
};

struct member {
    struct process *process;
    struct process_state *pstate;
};

enum range_result {
    RANGE_NONE,    /* not known yet: all stays as it is */
    RANGE_OK,      /* within `clear`: ends a violation */
    RANGE_BETWEEN, /* within `range`: begins none */
    RANGE_OUT,
    RANGE_UNKNOWN, /* could not look, and it matters */
};

/* Something out of range, or that could not be judged: waiting, or active. */
struct violation {
    struct violation *next;
    uint64_t key; /* of the offender with `each`; 0 = the group */
    uint32_t pid;
    uint64_t cycle; /* the last one that judged it */
    bool active;
    bool closed;           /* recovering: not counted any more */
    bool unknown;          /* could not look */
    bool confirming;       /* active and unknown, seen out of range since confirming_ms */
    int64_t confirming_ms; /* boot time */
    enum severity severity;
    int64_t since_boot_ms, since_wall_ms;
    uint64_t number; /* of its raise */
    bool notified;   /* one raise of it was a notification: so will its end be */
    bool suppressed; /* the last raise was silent */
    char *value;     /* texts; NULL = "" */
    char *offender;
    char *message;
};

struct condition_state {
    const struct condition *rule;
    uint32_t index;
    struct violation *violations;
    struct map *by_key; /* of their keys; NULL before the first one */
    enum table_condition_state state;
    int64_t since_wall_ms; /* of `state` */
    struct history starts, exits;
    char *value;    /* as of the last look */
    char *offender; /* the worst member */
};

/* What the members have in common; the texts are theirs, until the next look. */
struct common {
    uint32_t uid, gid; /* UINT32_MAX: mixed, or nobody */
    bool mixed_users;
    const char *context, *path; /* "mixed" where they differ */
};

/* A row of procGroupTable: a group, or one that a template made. */
struct group_state {
    const struct group *rule;
    uint32_t rule_number;
    char *name;
    char *description;
    uint32_t index;
    enum group_admin admin;
    int64_t last_member_ms; /* boot time; templates end `expire` later */
    uint64_t looks;         /* that it took part in */
    struct condition_state *conditions;
    size_t n_conditions;
    struct member *members; /* of the last look, ascending by pid */
    size_t n_members, cap_members;
    struct member *undecided;
    size_t n_undecided, cap_undecided;
    uint64_t *keys; /* of the members, in their order: to see who came and went */
    size_t n_keys;
    struct common common;
    uint32_t zombies, undecided_zombies;
    enum severity status;
    uint32_t pending;
    bool scan_failed;        /* the last look failed */
    struct table_group sums; /* numbers of the row; counters go on from look to look */
    char *message;
};

/* What is kept of a rule beside its instances. */
struct rule_state {
    struct group_state *fixed; /* of a rule that is no template */
    size_t n_gstates;
    uint32_t unassigned; /* members in this look that a template had no group for */
};

/* The rows, and the ways to find one. */
struct group_list {
    struct group_state **list;
    size_t n, cap;
    struct map *by_index;          /* row index -> struct group_state */
    struct map *by_name;           /* hash of the name -> struct group_state */
    bool has_twins;                /* two names had one hash */
    struct rule_state *rule_state; /* of each rule */
};

struct engine {
    struct state_store *store;
    struct rules *rules;
    struct map *pstates; /* process_key() -> struct process_state */
    struct group_list groups;
    struct template_names *names;
    struct table_builder *builder;       /* both keep their memory from look to look */
    struct table_builder *event_builder; /* a transition may come while a board is made */
    uint64_t last_event;
    const struct snapshot *snapshot;
    struct buf follow, exits; /* of struct source_config */
    uint64_t cycle;
    uint64_t epoch;       /* new when remembered answers are void */
    int64_t last_scan_ms; /* boot time of the last whole look, 0 = none yet */
    int64_t named_ms;     /* boot time when users without a name were asked again */
    int64_t judged_ms;    /* boot time of the last look of any kind */
    struct event **queue; /* waiting to be taken; [head] is the oldest */
    size_t head, n_queue, cap_queue;
    int error; /* -ENOMEM of this look */
};

/* rows.c */
int group_list_init(struct group_list *groups, size_t n_rules);
/* With all rows in it. */
void group_list_destroy(struct group_list *groups);
int group_list_add(struct group_list *groups, struct group_state *gstate);
struct group_state *group_list_find(const struct group_list *groups, uint32_t index);
struct group_state *group_list_find_name(const struct group_list *groups,
                                         const char *name);
/* Takes it out and destroys it; its place in `list` is the caller's business. */
void group_list_drop(struct group_list *groups, struct group_state *gstate);

/* instance.c */
struct group_state *group_state_create(struct engine *engine, uint32_t rule_number,
                                       const char *name, const char *description,
                                       struct moment now);
void group_state_destroy(struct group_state *gstate);
/* Takes over states and counters of the same row before a reload. */
void group_state_adopt(struct group_state *gstate, struct group_state *old);
/* The instance that a process of a template belongs to, with `make` made if need be; NULL
 * = none. */
struct group_state *placement_find(struct engine *engine, uint32_t rule_number,
                                   const struct process *process, bool make,
                                   struct moment now);
/* Nobody could look: numbers stay as last known, processes and their texts are gone. */
void group_state_forget_members(struct group_state *gstate);
void engine_expire_groups(struct engine *engine, struct moment now);

/* track.c */
struct process_state *process_state_of(struct engine *engine,
                                       const struct process *process);
void process_state_forget_missing(struct engine *engine);
/* The instance is about to end: no answer may lead there. */
void process_state_forget_group(struct engine *engine, const struct group_state *gstate);
void process_state_destroy_all(struct engine *engine);
struct rate *process_state_rate(struct process_state *pstate, enum metric metric,
                                int64_t window_ms);

/* tally.c: who is a member; measure.c: what they use */
void match_processes(struct engine *engine, const struct process_source_ops *source,
                     struct moment now);
void measure_groups(struct engine *engine);
/* The window that a rate is really taken over. */
int64_t measure_window(const struct engine *engine, const struct condition *condition);
/* A member's value of a condition's metric. 0, -ENODATA (not known yet), -EACCES. */
int measure_member(const struct engine *engine, const struct member *member,
                   const struct condition *condition, double *ret_value);
/* The most that a rate can be that is not known yet: all that was ever used, within the
 * window. */
double measure_most(const struct engine *engine, const struct member *member,
                    const struct condition *condition);
/* CPU of a member in percent over the interval, for columns. */
double measure_cpu(const struct engine *engine, const struct member *member);

/* find.c: what a look says of a condition. The truth lies in [low, high]; both are the
 * same where everything could be looked at. */
struct value_bounds {
    bool known;   /* there is something to judge */
    bool sure;    /* of one that is a member at least */
    bool waiting; /* a rate is not known yet: [low, high] is wider for it */
    double low, high;
    const struct member *worst;
};
struct value_bounds evaluate_group(const struct engine *engine,
                                   const struct group_state *gstate,
                                   struct condition_state *state);
/* The worst member of a condition with `each`, for its row. */
struct value_bounds evaluate_worst(const struct engine *engine,
                                   const struct group_state *gstate,
                                   const struct condition *condition);
struct value_bounds evaluate_member(const struct engine *engine,
                                    const struct member *member,
                                    const struct condition *condition);
bool evaluate_applies(const struct engine *engine, const struct condition *condition,
                      const struct member *member);
enum range_result evaluate_range(const struct condition *condition,
                                 const struct value_bounds *bounds);

/* judge.c */
void violation_update_groups(struct engine *engine, struct moment now);
/* Boot time at which a violation wants its look; CLOCK_NEVER = it does not. */
int64_t violation_due(const struct condition *condition,
                      const struct violation *violation);
/* Ends all that is wrong with it, telling why. */
void violation_end(struct engine *engine, struct group_state *gstate,
                   struct condition_state *condition, const char *why, struct moment now);
/* Raises once more what was raised in silence and still holds. */
void violation_raise_suppressed(struct engine *engine, struct group_state *gstate,
                                struct moment now);
/* status.c: status, pending and message from the violations there are. */
void status_update(struct engine *engine, struct group_state *gstate, struct moment now);
void violation_destroy(struct violation *violation);

/* message.c: printable texts for people; NULL when memory is short */
enum message_side { MESSAGE_BELOW, MESSAGE_ABOVE, MESSAGE_INSIDE };
/* "3", "2 to 5", "at least 2", "unknown". */
char *message_value(enum metric metric, double low, double high);
char *message_limit(const struct condition *condition);
char *message_offender(struct engine *engine, const struct process *process);
char *message_raised(const struct engine *engine, const struct group_state *gstate,
                     const struct condition_state *condition,
                     const struct violation *violation, enum message_side side);
char *message_recovered(const struct group_state *gstate,
                        const struct condition_state *condition,
                        const struct violation *violation, const char *why);

/* publish.c */
void publish_common(struct engine *engine, struct group_state *gstate,
                    struct table_builder *builder, struct table_group *row);
void publish_event(struct engine *engine, enum event_kind kind,
                   struct group_state *gstate, struct condition_state *condition,
                   struct violation *violation, const char *text, struct moment now);

#endif
