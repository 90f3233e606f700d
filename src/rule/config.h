/* The configuration file: libConfuse's syntax into the model's rules.
 * A syntax error ends the reading; everything else that is wrong is reported together. */
#ifndef RULE_CONFIG_H
#define RULE_CONFIG_H

#include "model/group.h"

struct buf;
struct diag;

/* Reads `file` and what it includes. Returns 0 with *ret_rules, or -EINVAL with at least
 * one entry in `diag`, or -errno where the file can't be read (in `diag` too). */
int config_load(const char *file, struct diag *diag, struct rules **ret_rules);
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
uint32_t rules_sources(const struct rules *rules);
/* Same name, selector, conditions and settings? */
int group_equal(const struct group *a, const struct group *b);
/* The rules as understood, in the file's own syntax: `procgroup config`. */
int rules_format(const struct rules *rules, struct buf *out);

#endif
