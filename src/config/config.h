/* The configuration file as rules, and the rules as a configuration file.
 * All errors of all files are reported together, those of the syntax too. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "model/group.h"

struct buf;
struct diag;

/* Reads `file` and what it includes. Returns 0 with *ret_rules, or -EINVAL with at least
 * one entry in `diag`, or -errno where the file cannot be read (in `diag` too), or
 * -ENOMEM. */
int config_load(const char *file, struct diag *diag, struct rules **ret_rules);
/* The rules as understood, in the file's own syntax: `procgroup config`. */
int rules_format(const struct rules *rules, struct buf *out);

#endif
