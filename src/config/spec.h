/* A check in one word of a command line: NAME:MIN-MAX, /full/path:MIN-MAX, or criteria
 * "sshd,user=root:1-1", ",gid=0,uid!=0:0-0". Gives the same rule as a group in a file. */
#ifndef CONFIG_SPEC_H
#define CONFIG_SPEC_H

#include "model/group.h"

struct diag;

/* Adds the group that `spec` means; its name is the spec without its limits. The same
 * spec twice with different limits is two groups (the second is named with its limits).
 *
 * Limits are whole numbers, MIN-MAX, MIN-, -MAX, and "-" for none at all, as in mon's
 * ps.monitor. A name stands for kernel threads too (nfsd), a pattern of names does not. A
 * path stands for what its symbolic links lead to as well: /proc/PID/exe has no links.
 * Values with commas: \, is a comma. `a!=x` is an except block.
 *
 * Errors go to `diag`, with the column in the spec. Returns 0, -EINVAL or -ENOMEM.
 */
int spec_add(const char *spec, struct rules *rules, struct diag *diag);
/* As spec_add(), and limits may be a range of the plugin guidelines too ("Threshold and
 * Ranges"): 10, 10:, ~:10, 10:20, @10:20. */
int spec_add_plugin(const char *spec, struct rules *rules, struct diag *diag);

#endif
