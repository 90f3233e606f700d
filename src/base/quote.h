/* Text as a string of the configuration file. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

struct buf;

/* Appends `text` in double quotes, escaped so that the configuration reader gives the
 * same bytes: \\ \" \$ \n \t \xNN. */
void quote_append(struct buf *out, const char *text);

#endif
