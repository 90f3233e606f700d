/* The groups of the table, found by row index and by name. */
#ifndef ENGINE_GROUP_LIST_H
#define ENGINE_GROUP_LIST_H

#include <stddef.h>
#include <stdint.h>

struct group_state;
struct map;
struct strmap;

/* Why a matching process was not assigned to a group of a template. */
enum unassigned_reason {
    UNASSIGNED_LIMIT,      /* max-instances is reached */
    UNASSIGNED_UNREADABLE, /* an attribute in the name could not be read */
    UNASSIGNED_TAKEN,      /* another rule's group has the name */
    UNASSIGNED_INDEX,      /* no row index is free */
    UNASSIGNED_REASONS
};

/* What is kept of a rule beside its groups. */
struct rule_state {
    struct group_state *fixed; /* of a rule that is not a template */
    size_t n_groups;
    uint32_t unassigned[UNASSIGNED_REASONS]; /* processes in this cycle */
    char *refused; /* name of the first group without a row index; NULL = none */
};

struct group_list {
    struct group_state **list; /* ascending by row index: the order of events */
    size_t n;
    struct map *by_index; /* row index -> struct group_state */
    struct strmap *by_name;
    struct rule_state *rule_states; /* one for each rule */
    size_t n_rules;
};

/* 0 or -ENOMEM. */
int group_list_init(struct group_list *groups, size_t n_rules);
/* With all groups in it. */
void group_list_destroy(struct group_list *groups);
int group_list_add(struct group_list *groups, struct group_state *group);
/* NULL if there is none. */
struct group_state *group_list_find(const struct group_list *groups, uint32_t index);
struct group_state *group_list_find_name(const struct group_list *groups,
                                         const char *name);
/* Forgets the processes of the last cycle that were not assigned. */
void group_list_begin_cycle(struct rule_state *rule);
/* There is no row index for this group of the rule. 0 or -ENOMEM. */
int group_list_refuse(struct group_list *groups, uint32_t rule_number, const char *name);
/* group_state_forget_members() of all. */
void group_list_forget_members(const struct group_list *groups);
/* Sorts groups by row index, ascending. */
void group_list_sort(struct group_state **list, size_t n);
/* Removes and destroys the group; the caller takes it out of `list`. */
void group_list_drop(struct group_list *groups, struct group_state *group);

#endif
