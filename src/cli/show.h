/* A table image as text: its groups, worst first, with or without their members. Pure. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdbool.h>
#include <stdint.h>

struct group;
struct report;
struct table_image;
struct buf;

enum show_order {
    SHOW_WORST, /* critical, warning, unknown, ok */
    SHOW_CPU,   /* the others descend; groups with equal numbers are sorted as above */
    SHOW_RSS,
    SHOW_COUNT,
};

struct show_options {
    bool members;
    bool color; /* of the status */
    bool json;  /* the output format of the commands, and not a table */
    enum show_order order;
    char *const *wanted; /* names or patterns, NULL-terminated; empty = all groups */
    /* The rule of each row of the image: the name of a template is wanted too. */
    const struct group *const *rules;
};

/* Is `name` equal to the word, or else does it match it as a pattern? */
bool show_is_wanted(const char *word, const char *name);
/* Appends "1 critical, 4 ok", of the groups that are wanted; "no groups". */
int show_format_counts(const struct table_image *image,
                       const struct show_options *options, struct buf *out);
/* The groups that are wanted, as a report. `image` must stay as long. Returns 0 or
 * -ENOMEM; report_free() in any case. */
int show_report(const struct table_image *image, const struct show_options *options,
                struct report *ret_report);
/* Appends the table, cut to `width` columns (0 = not cut). Start times are in local time,
 * ages in relation to the last scan. Returns 0 or -ENOMEM, as the one above. */
int show_format(const struct table_image *image, const struct show_options *options,
                unsigned width, struct buf *out);

/* The parameters of SGR, for grid_paint(). */
const char *show_status_color(uint32_t status);

#endif
