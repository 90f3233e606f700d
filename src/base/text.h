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
/* Undoes text_escape() in place. Returns 0 or -EINVAL (not what it gives). */
int text_unescape(char *text);
/* Appends a printable name of at most `max` bytes (>= 16) for the text: different texts
 * have different names. Printable text is its own name, also with the backslashes of
 * systemd's units; other text is escaped, and so is a printable one that looks like the
 * escape of another text. A name that had to be cut ends with "..." and a hash of the
 * whole, which does not withstand a search for collisions.
 * Returns 0 or -ENOMEM. */
int text_name(struct buf *out, const char *text, size_t len, size_t max);
/* Appends the text with "?" for each character that is not printable, so that columns
 * stay what they are; tabs stay too. Returns 0 or -ENOMEM. */
int text_mask(struct buf *out, const char *text, size_t len);
/* Whether it is valid UTF-8 without control characters. A backslash is allowed: it may
 * belong to an escape. */
bool text_is_printable(const char *text, size_t len);
/* Whether the whole text matches the shell pattern, the same in every locale: `*` any
 * characters, `?` one character of UTF-8 (or a byte that belongs to none), `[a-z]` one of
 * a set, `[!a-z]` or `[^a-z]` one of the others, `[[:digit:]]` one of a class of ASCII.
 * All of them match `/` and dots; upper and lower case differ; a backslash, and a `[`
 * without its `]`, are ordinary characters. Takes at most the product of both lengths. */
bool text_matches_glob(const char *pattern, const char *text);
/* Whether it has a `*`, a `?` or a set in it. */
bool text_is_glob(const char *text);
/* The part after the last '/', never NULL. */
const char *text_basename(const char *path);
/* What a noun ends with: "" for 1, otherwise "s". */
const char *text_plural(size_t n);
/* The value of a hexadecimal digit, -1 for another character. */
int text_hex_value(char c);
/* strdup() of `len` bytes; NULL without memory. */
char *text_copy(const char *text, size_t len);

#endif
