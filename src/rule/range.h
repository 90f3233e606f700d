/* Ranges as written in the configuration: "1-1", "1-", "-5", "-8G", "-90%", "600-". */
#ifndef RULE_RANGE_H
#define RULE_RANGE_H

#include "model/group.h"

#include <stdbool.h>

/* A missing side means no limit. Returns 0, -EINVAL (also for "-" and for a number
 * without a dash), or -ERANGE (the minimum is above the maximum). */
int range_parse(const char *text, struct range *ret_range);
bool range_holds(const struct range *range, double value);
bool range_equal(const struct range *a, const struct range *b);
/* Do both have the same limits, written in the same way? */
bool range_reads_equal(const struct range *a, const struct range *b);
/* Does the text have both limits ("0-5", but neither "-5" nor "5-")? */
bool range_shows_both(const struct range *range);
/* "1-1", "1-", "-5", "-1.5G": as it was written, with its units. size >= 128. Returns
 * ret_text. */
char *range_format(const struct range *range, char *ret_text, size_t size);

#endif
