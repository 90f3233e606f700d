/* Text from elsewhere, which is bounded and escaped before it is shown (law 9). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends `len` bytes of `text` to `out` in printable form: valid UTF-8 is unchanged;
 * control characters (C0, DEL, C1, line and direction controls), backslash and bytes that
 * are not UTF-8 become \n, \t, \\ or \xNN. At most `max` bytes are written; text that
 * had to be cut ends with "...", without splitting an escape or a character. Returns 0 or
 * -ENOMEM. */
int text_escape(struct buf *out, const char *text, size_t len, size_t max);
/* The same into `ret_out` of `size` bytes (>= 4), NUL-terminated. Returns ret_out. */
char *text_escape_to(char *ret_out, size_t size, const char *text, size_t len);
/* Appends the text with "?" for each character that is not printable, so that columns
 * stay what they are; tabs stay too. Returns 0 or -ENOMEM. */
int text_mask(struct buf *out, const char *text, size_t len);
/* Whether it is valid UTF-8 without control characters. A backslash is allowed: it may
 * belong to an escape. */
bool text_is_printable(const char *text, size_t len);
/* Whether `text` matches the shell pattern; `*` and `?` match `/` and leading dots too
 * (fnmatch(3) without flags). */
int text_matches_glob(const char *pattern, const char *text);
/* Whether it has one of * ? [ in it. */
int text_is_glob(const char *text);
/* The part after the last '/', never NULL. */
const char *text_basename(const char *path);
/* The value of a hexadecimal digit, -1 for another character. */
int text_hex_value(char c);
/* strdup() of `len` bytes; NULL without memory. */
char *text_copy(const char *text, size_t len);

#endif
