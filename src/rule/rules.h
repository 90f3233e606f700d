/* The rules of a host: created empty, filled group by group, compared and destroyed.
 * The configuration file and the command line fill the same struct rules. */
#ifndef RULE_RULES_H
#define RULE_RULES_H

#include "model/group.h"

/* Defaults, no groups, no file. `interpreters` is NULL: use the list of the process
 * source. NULL = no memory. */
struct rules *rules_create(void);
void rules_destroy(struct rules *rules);
/* Appends a group of that name, which no other one has, to be filled in by the caller
 * (its other strings are ""); the pointer is good until the next call. NULL = no memory.
 */
struct group *rules_add_group(struct rules *rules, const char *name);
/* The group by its name as written, NULL if there is none. */
struct group *rules_find_group(const struct rules *rules, const char *name);
/* The attributes that selectors and template names need of every process. */
uint32_t rules_attributes(const struct rules *rules);
/* Whether a violation of one goes on as a violation of the other after a reload: all but
 * recheck and min-age is the same. */
bool condition_continues(const struct condition *a, const struct condition *b);
/* Same name, selector, conditions and settings? The place in the files does not count. */
bool group_equal(const struct group *a, const struct group *b);
/* Replaces *text by a copy. Returns 0 or -ENOMEM (nothing changed). */
int rules_set_text(char **text, const char *value);
/* Removes the last group. */
void rules_drop_group(struct rules *rules);
/* Frees a NULL-terminated list; NULL is allowed. */
void rules_free_words(char **words);
/* Appends a condition without limits, severity critical, recheck 0. The pointer is valid
 * until the next call. NULL = no memory. */
struct condition *group_add_condition(struct group *group, const char *name);
/* NULL if there is none. */
struct condition *group_find_condition(const struct group *group, const char *name);
/* Call it when the selector of the group has all its criteria: finishes the selector and
 * sets `text` and `is_template`. Returns 0 or -ENOMEM. */
int group_finish(struct group *group);

#endif
