/* Paths as people write them: /bin/sh is /usr/bin/dash to the kernel. */
#ifndef SELECT_LINKS_H
#define SELECT_LINKS_H

#include <stddef.h>

struct selector;
struct source_location;
struct source_word;

/* As selector_add(). To the criteria `path`, `parent` and `ancestor` it adds what these
 * paths lead to as well, where one of them has a link in it; patterns and paths that do
 * not exist are left alone. As it is now: a link that is turned later is followed with
 * the next reading of the rules. */
int links_add(struct selector *selector, const char *key,
              const struct source_word *values, size_t n,
              const struct source_location *at);

#endif
