/* The groups again and again: redrawn in place on a terminal, with keys; elsewhere one
 * block after another. */
#ifndef CLI_SHOW_LIVE_H
#define CLI_SHOW_LIVE_H

#include "cli/show.h"

struct local;
struct terminal;

/* Shows `image`, of which it becomes the owner, and then a new one every `every` seconds
 * until it is ended. Returns 0, or -errno with the reason on stderr. */
int show_live(struct local *local, struct terminal *terminal,
              const struct show_options *options, double every,
              struct table_image *image);

#endif
