/* A check in one word of a command line: NAME:MIN-MAX, /full/path:MIN-MAX, or criteria
 * "sshd,user=root:1-1", ",gid=0,uid!=0:0-0". Gives the same rule as a group in a file. */
#ifndef RULE_SPEC_H
#define RULE_SPEC_H

#include "model/group.h"

struct diag;

/* Adds the group that `spec` means; its name is the spec without its limits. The same
 * spec twice with different limits is two groups (the second is named with its limits).
 * Values with commas: \, is a comma. `a!=x` is an except block. What is wrong goes to
 * `diag` with the spec as its word. Returns 0, -EINVAL or -ENOMEM. */
int spec_add(const char *spec, struct rules *rules, struct diag *diag);

#endif
