/* Where a word of the input stands: a file or an argument, line and column.
 * It goes along with the word, so that every message about the word names the place. The
 * text that `at` points to has to stay in memory as long as the location. */
#ifndef BASE_SOURCE_LOCATION_H
#define BASE_SOURCE_LOCATION_H

#include "base/diag.h"

struct source_position {
    unsigned line;   /* from 1; 0 = none */
    unsigned column; /* from 1, in characters; 0 = none */
    unsigned width;  /* of the word as written, in characters; 0 = unknown */
    const char *at;  /* the word in the text, which ends with a NUL; NULL = none */
};

struct source_word {
    const char *text; /* what the word means: without quotes and escapes */
    struct source_position position;
};

struct source_location {
    const char *file; /* "" = the command line */
    struct source_position position;
    struct diag *diag;
};

/* Adds an entry; its value is -EINVAL, to be returned. */
#define location_error(at, word, ...) (diag_add_at((at), (word), __VA_ARGS__), -EINVAL)

/* The location of a struct source_word; `at` points to a struct with file and diag. */
#define word_location(at, word)                                                          \
    ((struct source_location){(at)->file, (word)->position, (at)->diag})

/* The same as location_error() for a struct source_word. */
#define word_error(at, word, ...)                                                        \
    location_error(&word_location(at, word), (word)->text, __VA_ARGS__)

#endif
