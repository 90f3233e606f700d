/* Paths as people write them: /bin/sh is /usr/bin/dash to the kernel. */
#ifndef SELECT_LINKS_H
#define SELECT_LINKS_H

#include <stddef.h>

struct selector;
struct source_location;
struct source_word;

/* Adds to the criterion `path` what these paths lead to, where one of them has a link in
 * it; patterns and paths that are not there are left alone. As it is now: a link that is
 * turned later is followed with the next reading of the rules. As selector_add(). */
int links_add_targets(struct selector *selector, const struct source_word *paths,
                      size_t n, const struct source_location *at);

#endif
