/* Errors in an input: file, line, column, word and a sentence, collected so that all of
 * them are reported together.
 * Nothing is printed here: the programs format the entries for a terminal or a log. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stddef.h>

struct buf;
struct diag;
struct source_location;

struct diag_entry {
    const char *file; /* "" for a command-line argument */
    unsigned line;    /* 0 where there is none */
    unsigned column;  /* in characters, from 1; 0 where there is none */
    const char *word; /* the offending word, "" where none stands out */
    const char *text; /* one sentence, no full stop, no newline */
};

/* NULL when memory is short. */
struct diag *diag_create(void);
void diag_destroy(struct diag *diag);
/* Copies all of it, `word` escaped. Without memory the entry is counted all the same. */
void diag_add(struct diag *diag, const char *file, unsigned line, const char *word,
              const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same with a column and the source line, where `at` has them. */
void diag_add_at(const struct source_location *at, const char *word, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));
size_t diag_count(const struct diag *diag);
/* In the order of file, line and column. `i` < diag_count(). */
struct diag_entry diag_get(const struct diag *diag, size_t i);
/* Appends `FILE:LINE:COLUMN: TEXT: "WORD"` for entry i. Parts that are empty are left
 * out, and so is the word where the text quotes it. An argument has its text and
 * "column N" in place of the file. All of it is escaped. Returns 0 or -ENOMEM. */
int diag_format(const struct diag *diag, size_t i, struct buf *out);
/* Appends the source line of entry i and a line with a caret under the word, each with a
 * newline; nothing where the entry has no source. Returns 0 or -ENOMEM. */
int diag_format_source(const struct diag *diag, size_t i, struct buf *out);

#endif
