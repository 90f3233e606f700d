/* Appends pieces of JSON (RFC 8259) to a buffer. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

struct buf;

/* "text" in quotes, escaped (section 7). The text is UTF-8. */
void json_add_text(struct buf *out, const char *text);
/* "key": "text" */
void json_add_pair(struct buf *out, const char *key, const char *text);

#endif
