/* A configuration file's text before libConfuse 3.3 sees it, so that its lexer's habits
 * hurt nobody: it counts two lines too many for every comment, takes no comment in a
 * list, drops characters such as a bare `*`, reads the environment for ${...}, ends a
 * string at \0, takes the end of the file for a closing brace, and says of an open quote
 * only that the file ended. */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stddef.h>

struct diag;

/* Blanks comments in place (lines stay lines). Returns 0, or -EINVAL with an entry. */
int source_clean(char *text, size_t len, const char *file, struct diag *diag);

#endif
