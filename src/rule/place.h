/* Where in somebody's input we are: what is wrong is told of there. */
#ifndef RULE_PLACE_H
#define RULE_PLACE_H

#include "base/diag.h"

struct place {
    const char *file; /* "" = the command line */
    unsigned line;
    struct diag *diag;
};

/* Adds an entry; its value is -EINVAL, to be returned. */
#define place_error(place, word, ...)                                                    \
    (diag_add((place)->diag, (place)->file, (place)->line, (word), __VA_ARGS__), -EINVAL)

#endif
