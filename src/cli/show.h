/* A table image as text: its groups, with or without their members. Pure. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdbool.h>

struct group;
struct table_image;
struct buf;

struct show_options {
    bool members;
    char *const *wanted; /* names or patterns, NULL-terminated; empty = all groups */
    /* The rule of each row of the image: the name of a template is wanted too. */
    const struct group *const *rules;
};

/* Is `name` equal to the word, or else does it match it as a pattern? */
bool show_is_wanted(const char *word, const char *name);
/* Appends the table, cut to `width` columns (0 = not cut). Returns 0 or -ENOMEM. */
int show_format(const struct table_image *image, const struct show_options *options,
                unsigned width, struct buf *out);

#endif
