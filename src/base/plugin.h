/* What Nagios and its kin read: the plugin guidelines, "Plugin Output for Nagios". */
#ifndef BASE_PLUGIN_H
#define BASE_PLUGIN_H

#include <stdint.h>

struct buf;

/* The text without '|', behind which performance data begins. */
void plugin_add_text(struct buf *out, const char *text);
/* "'label'=": in quotes, without ' = and | ("label can contain any characters except
 * the equals sign or single quote"). */
void plugin_add_label(struct buf *out, const char *label);
/* A range: "2:5", "2:", "5" for 0 to 5; nothing for 0 to UINT32_MAX. */
void plugin_add_range(struct buf *out, int64_t min, int64_t max);

#endif
