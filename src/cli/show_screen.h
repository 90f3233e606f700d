/* What `procgroup show` prints of one scan: a summary, and the table of the groups. */
#ifndef CLI_SHOW_SCREEN_H
#define CLI_SHOW_SCREEN_H

#include "cli/show.h"

struct local;

/* Appends it, cut to `width` columns (0 = not cut); options->rules is not used. `image`
 * is that of the last scan of `local`. Returns 0 or -ENOMEM. */
int show_screen_format(struct local *local, const struct table_image *image,
                       const struct show_options *options, unsigned width,
                       struct buf *out);

#endif
