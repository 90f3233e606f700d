/* The parts of a selector. Private to selector.c and selector_text.c. */
#ifndef SELECT_INTERNAL_H
#define SELECT_INTERNAL_H

#include "select/criteria.h"

struct block {
    struct criterion **list; /* in the order of the file: for texts */
    size_t n;
    struct criterion **tests; /* cheapest first; without `kernel` of the group itself */
    size_t n_tests;
    bool kernel; /* a name in brackets admits kernel threads */
};

struct blocks {
    struct block *list;
    size_t n;
};

struct selector {
    struct block main;
    struct blocks matches;
    struct blocks excepts;
    struct block *current; /* selector_add() adds to it */
    struct id_names *names;
    uint32_t attributes;
    uint32_t states;     /* named in `state` criteria: criterion_state_bit() */
    bool kernel;         /* kernel threads may be members */
    bool kernel_by_name; /* those may that a name in brackets means */
    bool strict;         /* selector_set_strict() */
    unsigned changes;    /* enum selector_change */
};

/* NULL if the block has no such criterion. */
struct criterion *block_find(const struct block *block,
                             const struct criterion_info *info);
/* The process as the criteria of the group and of match blocks test it; of except blocks
 * with `by_name` and `by_match_name` false. */
struct subject selector_subject(const struct selector *selector,
                                const struct process *process,
                                const struct snapshot *snapshot, int64_t now_ms);
/* All criteria of a block: NO if one does not match, else UNDECIDED if one is undecided.
 * Unless the result is YES, *ret_why is the first criterion with that result. */
enum match block_match(const struct block *block, const struct subject *subject,
                       const struct criterion **ret_why);
/* Does any of the blocks match? */
enum match blocks_match(const struct blocks *blocks, const struct subject *subject);

#endif
