/* The last line of a file that shows whether it is whole: "sum 1a2b3c4d", hash_bytes() of
 * all bytes before it. */
#ifndef BASE_SUM_LINE_H
#define BASE_SUM_LINE_H

#include <stddef.h>

struct buf;

/* Appends the line for the bytes of `out` from `begin` on. Returns 0 or -ENOMEM. */
int sum_line_add(struct buf *out, size_t begin);
/* The length of the text before its last line, if that is the correct sum, else 0. */
size_t sum_line_check(const char *text, size_t len);

#endif
