/* Values of criteria that no process can have: a group with one of them would look like a
 * group whose processes do not run. Each function returns 0, or -EINVAL with an entry at
 * `at`, the value. Private to src/select. */
#ifndef SELECT_POSSIBLE_H
#define SELECT_POSSIBLE_H

#include <stdbool.h>

struct source_location;

int possible_comm(const char *text, const struct source_location *at);
/* `is_pattern`: it has a `*`. A path that may lead to another one by its links need not
 * be in the kernel's form: possible_path_form(). */
int possible_path(const char *text, bool is_pattern, const struct source_location *at);
/* Has the path no //, /./ or /../? */
int possible_path_form(const char *text, const struct source_location *at);
int possible_unit(const char *text, const struct source_location *at);
int possible_cgroup(const char *text, const struct source_location *at);
int possible_tty(const char *text, const struct source_location *at);

#endif
