/* A growing byte buffer with a sticky error.
 * `struct buf b = {0};` is an empty one. Once anything was added, data ends with a NUL
 * that does not count. Append without checks and check `error` once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len;
    size_t cap;
    int error; /* 0, or -ENOMEM after a failed append: nothing is added any more */
};

void buf_free(struct buf *b);
/* Empties it and clears the error; keeps the memory. */
void buf_clear(struct buf *b);
/* Makes room for n more bytes. Returns 0 or -ENOMEM. */
int buf_reserve(struct buf *b, size_t n);
int buf_append(struct buf *b, const void *data, size_t n);
int buf_append_text(struct buf *b, const char *text);
int buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* The text, "" for an empty buffer; never NULL. Owned by the buffer. */
const char *buf_text(const struct buf *b);
/* Returns the data, to be freed by the caller, or NULL after an error; the buffer is
 * empty afterwards. */
char *buf_take(struct buf *b);

#endif
