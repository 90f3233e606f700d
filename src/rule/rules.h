/* What src/rule needs for filling in rules; others see rule/config.h. */
#ifndef RULE_RULES_H
#define RULE_RULES_H

#include "model/group.h"

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
/* enum process_source of a word of `measure`, 0 for an unknown one. */
uint32_t measure_source(const char *word);
/* The i-th of those words, NULL after the last. */
const char *measure_word(size_t i);

#endif
