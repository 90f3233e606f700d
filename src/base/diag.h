/* What is wrong with somebody's input: file, line, word and a sentence, all collected so
 * that a user hears everything at once. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stddef.h>

struct buf;
struct diag;

struct diag_entry {
    const char *file; /* "" where the input is no file: a command-line argument */
    unsigned line;    /* 0 where there is none */
    const char *word; /* the offending word, "" where none stands out */
    const char *text; /* one sentence, no full stop, no newline */
};

/* NULL when memory is short. */
struct diag *diag_create(void);
void diag_destroy(struct diag *diag);
/* Copies all of it, `word` escaped. Memory short: counted all the same. */
void diag_add(struct diag *diag, const char *file, unsigned line, const char *word,
              const char *format, ...) __attribute__((format(printf, 5, 6)));
size_t diag_count(const struct diag *diag);
/* In the order of file and line. `i` < diag_count(). */
struct diag_entry diag_get(const struct diag *diag, size_t i);
/* Appends "FILE:LINE: TEXT: 'WORD'" for entry i (parts that are empty are left out);
 * FILE is escaped too. */
int diag_format(const struct diag *diag, size_t i, struct buf *out);

#endif
