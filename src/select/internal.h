/* What a selector is made of: for src/rule/selector*.c alone. */
#ifndef SELECT_INTERNAL_H
#define SELECT_INTERNAL_H

#include "select/criteria.h"

struct block {
    struct criterion **list; /* in the order given: for people */
    size_t n;
    struct criterion **asked; /* cheapest first, without those that only widen */
    size_t n_asked;
};

struct blocks {
    struct block *list;
    size_t n;
};

struct selector {
    struct block main;
    struct blocks matches;
    struct blocks excepts;
    enum selector_block current;
    uint32_t attributes;
    uint32_t states; /* those that are asked for, criterion_state_bit() */
    bool kernel;     /* kernel threads may be members */
    bool is_volatile;
};

/* All criteria of a block: NO if one refuses, else UNDECIDED if one can't tell. Where the
 * answer is not YES, *ret_why is the first that made it so. */
enum match block_match(const struct block *block, const struct subject *subject,
                       const struct criterion **ret_why);
/* Does any of the blocks hold? */
enum match blocks_match(const struct blocks *blocks, const struct subject *subject);

#endif
