/* A regular expression over text that attackers write: PCRE2 with bounded work. */
#ifndef SELECT_REGEX_H
#define SELECT_REGEX_H

#include "select/selector.h"

#include <stddef.h>

struct regex;
struct source_location;

/* Bytes, not characters; `.` and `$` take newlines for what they are: bytes of an
 * argument. Returns 0, -ENOMEM, or -EINVAL with PCRE2's message at `place`. */
int regex_create(const char *pattern, const struct source_location *at,
                 struct regex **ret_regex);
void regex_destroy(struct regex *regex);
/* MATCH_UNDECIDED where the work it takes is out of bounds. */
enum match regex_match(const struct regex *regex, const char *text, size_t len);

#endif
