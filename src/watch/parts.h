/* The inside of the watch, for its own files alone: what is remembered of processes
 * (track), of groups (instance) and of what is wrong with them (violation). */
#ifndef WATCH_PARTS_H
#define WATCH_PARTS_H

#include "base/clock.h"
#include "model/group.h"
#include "model/snapshot.h"
#include "watch/board.h"
#include "watch/history.h"
#include "watch/watch.h"

struct buf;
struct instance;
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
struct answer {
    uint32_t rule; /* in rules->groups */
    bool undecided;
    struct instance *instance; /* NULL: not looked up yet, or none (template) */
};

/* One process, from the look that finds it to the look that misses it. */
struct track {
    uint64_t key;
    uint64_t gen;           /* for which `answers` hold */
    uint64_t epoch;         /* watch.epoch for which they hold */
    uint64_t look;          /* the last one that saw it */
    struct answer *answers; /* of rules that are not volatile */
    uint32_t n_answers, cap_answers;
    uint32_t wants; /* sources, in this look */
    bool gone;      /* it ended within this look */
    bool dead;      /* a zombie in this look */
    bool newborn;   /* it began after the look before: its counters began at 0 */
    bool had_io;    /* old_read and old_write are true */
    double old_cpu_ms, old_read, old_write; /* at the look before, of members */
    int64_t before_ms, last_ms; /* of everybody: the look before (0 = none), this one */
    double before_cpu_ms, last_cpu_ms;
    struct rate *rates;
};

struct member {
    struct process *process;
    struct track *track;
};

enum verdict {
    VERDICT_NONE,    /* not known yet: all stays as it is */
    VERDICT_OK,      /* within `clear`: ends a violation */
    VERDICT_BETWEEN, /* within `range`: begins none */
    VERDICT_OUT,
    VERDICT_UNKNOWN, /* could not look, and it matters */
};

/* Something out of range, or that could not be judged: waiting, or active. */
struct violation {
    struct violation *next;
    uint64_t key; /* of the offender with `each`; 0 = the group */
    uint32_t pid;
    uint64_t look; /* the last one that judged it */
    bool active;
    bool over;         /* recovering: not counted any more */
    bool unknown;      /* could not look */
    bool turning;      /* active and unknown, seen out of range since turned_ms */
    int64_t turned_ms; /* boot time */
    enum severity severity;
    int64_t since_boot_ms, since_wall_ms;
    uint64_t number; /* of its raise */
    bool told;       /* one raise of it was a notification: so will its end be */
    bool hidden;     /* the last raise was silent */
    char *value;     /* texts; NULL = "" */
    char *offender;
    char *message;
};

struct condition_state {
    const struct condition *rule;
    uint32_t index;
    struct violation *violations;
    struct map *by_key; /* of their keys; NULL before the first one */
    enum board_state state;
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
struct instance {
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
    bool blind;              /* the last look failed */
    struct board_group sums; /* numbers of the row; counters go on from look to look */
    char *message;
};

/* What is kept of a rule beside its instances. */
struct rule_state {
    struct instance *fixed; /* of a rule that is no template */
    size_t n_instances;
    uint32_t unplaced; /* members in this look that a template had no group for */
};

/* The rows, and the ways to find one. */
struct rows {
    struct instance **list;
    size_t n, cap;
    struct map *by_index;          /* row index -> struct instance */
    struct map *by_name;           /* hash of the name -> struct instance */
    bool has_twins;                /* two names had one hash */
    struct rule_state *rule_state; /* of each rule */
};

struct watch {
    struct ledger *ledger;
    struct rules *rules;
    struct map *tracks; /* process_key() -> struct track */
    struct rows rows;
    struct template_names *names;
    struct board_builder *builder;       /* both keep their memory from look to look */
    struct board_builder *event_builder; /* a transition may come while a board is made */
    uint64_t last_event;
    const struct snapshot *snapshot;
    uint64_t look;
    uint64_t epoch;            /* new when remembered answers are void */
    int64_t last_look_ms;      /* boot time of the last whole look, 0 = none yet */
    int64_t named_ms;          /* boot time when users without a name were asked again */
    int64_t judged_ms;         /* boot time of the last look of any kind */
    struct transition **queue; /* waiting to be taken; [head] is the oldest */
    size_t head, n_queue, cap_queue;
    int error; /* -ENOMEM of this look */
};

/* rows.c */
int rows_init(struct rows *rows, size_t n_rules);
/* With all rows in it. */
void rows_destroy(struct rows *rows);
int rows_add(struct rows *rows, struct instance *instance);
struct instance *rows_find(const struct rows *rows, uint32_t index);
struct instance *rows_find_name(const struct rows *rows, const char *name);
/* Takes it out and destroys it; its place in `list` is the caller's business. */
void rows_drop(struct rows *rows, struct instance *instance);

/* instance.c */
struct instance *instance_create(struct watch *watch, uint32_t rule_number,
                                 const char *name, const char *description,
                                 struct moment now);
void instance_destroy(struct instance *instance);
/* Takes over states and counters of the same row before a reload. */
void instance_adopt(struct instance *instance, struct instance *old);
/* The instance that a process of a template belongs to, with `make` made if need be; NULL
 * = none. */
struct instance *instance_of_template(struct watch *watch, uint32_t rule_number,
                                      const struct process *process, bool make,
                                      struct moment now);
/* Nobody could look: numbers stay as last known, processes and their texts are gone. */
void instance_forget_members(struct instance *instance);
void instance_expire(struct watch *watch, struct moment now);

/* track.c */
struct track *track_of(struct watch *watch, const struct process *process);
void track_forget_missing(struct watch *watch);
/* The instance is about to end: no answer may lead there. */
void track_forget_instance(struct watch *watch, const struct instance *instance);
void track_destroy_all(struct watch *watch);
struct rate *track_rate(struct track *track, enum metric metric, int64_t window_ms);

/* tally.c: who is a member; measure.c: what they use */
void tally_match(struct watch *watch, const struct process_source_ops *source,
                 struct moment now);
void measure_groups(struct watch *watch);
/* The window that a rate is really taken over. */
int64_t measure_window(const struct watch *watch, const struct condition *condition);
/* A member's value of a condition's metric. 0, -ENODATA (not known yet), -EACCES. */
int measure_member(const struct watch *watch, const struct member *member,
                   const struct condition *condition, double *ret_value);
/* The most that a rate can be that is not known yet: all that was ever used, within the
 * window. */
double measure_most(const struct watch *watch, const struct member *member,
                    const struct condition *condition);
/* CPU of a member in percent over the interval, for columns. */
double measure_cpu(const struct watch *watch, const struct member *member);

/* find.c: what a look says of a condition. The truth lies in [low, high]; both are the
 * same where everything could be looked at. */
struct finding {
    bool known;   /* there is something to judge */
    bool sure;    /* of one that is a member at least */
    bool waiting; /* a rate is not known yet: [low, high] is wider for it */
    double low, high;
    const struct member *worst;
};
struct finding find_group(const struct watch *watch, const struct instance *instance,
                          struct condition_state *state);
/* The worst member of a condition with `each`, for its row. */
struct finding find_worst(const struct watch *watch, const struct instance *instance,
                          const struct condition *condition);
struct finding find_member(const struct watch *watch, const struct member *member,
                           const struct condition *condition);
bool find_is_judged(const struct watch *watch, const struct condition *condition,
                    const struct member *member);
enum verdict find_verdict(const struct condition *condition,
                          const struct finding *finding);

/* judge.c */
void judge_groups(struct watch *watch, struct moment now);
/* Boot time at which a violation wants its look; CLOCK_NEVER = it does not. */
int64_t judge_due(const struct condition *condition, const struct violation *violation);
/* Ends all that is wrong with it, telling why. */
void judge_end(struct watch *watch, struct instance *instance,
               struct condition_state *condition, const char *why, struct moment now);
/* Raises once more what was raised in silence and still holds. */
void judge_tell_hidden(struct watch *watch, struct instance *instance, struct moment now);
/* status.c: status, pending and message from the violations there are. */
void judge_sum_up(struct watch *watch, struct instance *instance, struct moment now);
void violation_destroy(struct violation *violation);

/* message.c: printable texts for people; NULL when memory is short */
enum message_side { MESSAGE_BELOW, MESSAGE_ABOVE, MESSAGE_INSIDE };
/* "3", "2 to 5", "at least 2", "unknown". */
char *message_value(enum metric metric, double low, double high);
char *message_limit(const struct condition *condition);
char *message_offender(struct watch *watch, const struct process *process);
char *message_raised(const struct watch *watch, const struct instance *instance,
                     const struct condition_state *condition,
                     const struct violation *violation, enum message_side side);
char *message_recovered(const struct instance *instance,
                        const struct condition_state *condition,
                        const struct violation *violation, const char *why);

/* publish.c */
void publish_common(struct watch *watch, struct instance *instance,
                    struct board_builder *builder, struct board_group *row);
void publish_transition(struct watch *watch, enum transition_kind kind,
                        struct instance *instance, struct condition_state *condition,
                        struct violation *violation, const char *text, struct moment now);

#endif
