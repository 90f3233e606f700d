/* Text as a string of the configuration file. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

struct buf;

/* Appends `text` in double quotes, escaped so that libConfuse reads the same bytes (its
 * lexer knows \\ \" \n \t \xNN, and expands ${...} where the dollar is bare). */
void quote_append(struct buf *out, const char *text);

#endif
