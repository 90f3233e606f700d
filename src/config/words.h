/* Options of a configuration file as values.
 * Each function reports what is wrong with its word. */
#ifndef CONFIG_WORDS_H
#define CONFIG_WORDS_H

#include "base/source_location.h"
#include "config/tree.h"
#include "model/group.h"

/* All return 0, -ENOMEM, or -EINVAL with an entry at `at`, the option's first value. The
 * option has to have exactly one. */
int words_one(const struct config_option *option, const struct source_location *at,
              const char **ret_word);
/* Printable UTF-8 of at most `max` bytes, not empty. */
int words_text(const char *text, const char *what, size_t max,
               const struct source_location *at);
int words_bool(const struct config_option *option, const struct source_location *at,
               bool *ret_bool);
int words_severity(const struct config_option *option, const struct source_location *at,
                   enum severity *ret_severity);
int words_range(const struct config_option *option, const struct source_location *at,
                struct range *ret_range);
/* With the unit that it was written with: duration_unit(). */
int words_duration(const struct config_option *option, const struct source_location *at,
                   int64_t *ret_ms, char *ret_unit);

/* "warning" or "critical". */
const char *words_severity_name(enum severity severity);

#endif
