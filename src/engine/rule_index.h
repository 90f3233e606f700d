/* The rules in force, prepared for matching processes with them. */
#ifndef ENGINE_RULE_INDEX_H
#define ENGINE_RULE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct candidates;
struct rules;

struct rule_index {
    /* By their numbers in rules->groups: rules whose result lasts while the gen of the
     * process stays the same, and those that are tested in each cycle. */
    struct candidates *lasting, *unsettled;
    unsigned changes;    /* of the selectors of all rules: enum selector_change */
    uint32_t attributes; /* rules_attributes() */
    uint32_t *templates; /* numbers */
    size_t n_templates;
    bool *is_judged; /* by the numbers of the rules: they depend on values of their
                        members that change without an event */
};

/* Returns 0 or -ENOMEM. */
int rule_index_init(struct rule_index *index, const struct rules *rules);
void rule_index_destroy(struct rule_index *index);

#endif
