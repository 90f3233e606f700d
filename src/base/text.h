/* Text that others wrote: bounded and escaped before anyone sees it (law 9). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends `len` bytes of `text` to `out`, made printable: valid UTF-8 stays, control
 * characters (C0, DEL, C1, those that break lines or turn text around), backslash and
 * bytes that are no UTF-8 become \n, \t, \\ or \xNN. At most `max` bytes are written;
 * where it had to be cut, the last three are
 * "..." and no escape or character is split. Returns 0 or -ENOMEM. */
int text_escape(struct buf *out, const char *text, size_t len, size_t max);
/* The same into `ret_out` of `size` bytes (>= 4), NUL-terminated. Returns ret_out. */
char *text_escape_to(char *ret_out, size_t size, const char *text, size_t len);
/* Is it valid UTF-8 without control characters? A backslash is fine: it may be of an
 * escape that somebody else has written. */
bool text_is_printable(const char *text, size_t len);
/* Does `text` fit the shell pattern? `*` and `?` match `/` and leading dots too
 * (fnmatch(3) without flags). */
int text_matches_glob(const char *pattern, const char *text);
/* Has it one of * ? [ in it? */
int text_is_glob(const char *text);
/* The part after the last '/', never NULL. */
const char *text_basename(const char *path);
/* The value of a hexadecimal digit, -1 for another character. */
int text_hex_value(char c);
/* strdup() of `len` bytes; NULL when memory is short. */
char *text_copy(const char *text, size_t len);

#endif
