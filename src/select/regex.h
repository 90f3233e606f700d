/* Regular expressions over text that an attacker controls: PCRE2 with bounded CPU time.
 */
#ifndef SELECT_REGEX_H
#define SELECT_REGEX_H

#include "select/selector.h"

#include <stddef.h>

struct regex;
struct source_location;

/* Patterns match bytes, not characters. `.` matches newlines and `$` only the end: both
 * may occur in an argument. Returns 0, -ENOMEM, or -EINVAL with PCRE2's message at `at`.
 */
int regex_create(const char *pattern, const struct source_location *at,
                 struct regex **ret_regex);
void regex_destroy(struct regex *regex);
/* MATCH_UNDECIDED if the match would take too much time or memory. */
enum match regex_match(const struct regex *regex, const char *text, size_t len);

#endif
