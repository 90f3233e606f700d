/* Where in somebody's input we are: what is wrong is told of there. */
#ifndef BASE_SOURCE_LOCATION_H
#define BASE_SOURCE_LOCATION_H

#include "base/diag.h"

struct source_location {
    const char *file; /* "" = the command line */
    unsigned line;
    struct diag *diag;
};

/* Adds an entry; its value is -EINVAL, to be returned. */
#define location_error(at, word, ...)                                                    \
    (diag_add((at)->diag, (at)->file, (at)->line, (word), __VA_ARGS__), -EINVAL)

#endif
