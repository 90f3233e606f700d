/* Rules as a whole: made empty, filled in group by group, compared and freed.
 * The configuration file and the command line fill in the same struct rules. */
#ifndef RULE_RULES_H
#define RULE_RULES_H

#include "model/group.h"

/* Rules without a file: defaults and no groups; for the command line. `interpreters` is
 * NULL where nobody gave them: the collector has a list. NULL = no memory. */
struct rules *rules_create(void);
void rules_destroy(struct rules *rules);
/* Appends an empty group (its strings are ""), to be filled in by the caller; the pointer
 * is good until the next call. NULL = no memory. */
struct group *rules_add_group(struct rules *rules);
/* The group by its name as written, NULL if there is none. */
struct group *rules_find_group(const struct rules *rules, const char *name);
/* What every process must be read for (selectors and template names). */
uint32_t rules_attributes(const struct rules *rules);
/* Same name, selector, conditions and settings? */
int group_equal(const struct group *a, const struct group *b);
/* Replaces *text by a copy. Returns 0 or -ENOMEM (nothing changed). */
int rules_set_text(char **text, const char *value);
/* Takes the last group out again. */
void rules_drop_group(struct rules *rules);
/* A NULL-terminated list; NULL is fine. */
void rules_free_words(char **words);
/* Appends a condition without limits, critical, recheck 0; good until the next call.
 * NULL = no memory. */
struct condition *group_add_condition(struct group *group, const char *name);
/* NULL if there is none. */
struct condition *group_find_condition(const struct group *group, const char *name);
/* To be called when a group's selector has all its criteria: finishes it, and sets
 * `text` and `is_template`. Returns 0 or -ENOMEM. */
int group_finish(struct group *group);

#endif
