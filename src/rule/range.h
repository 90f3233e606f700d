/* Intervals as people write them: "1-1", "1-", "-5", "0-0", "-8G", "-90%", "600-". */
#ifndef RULE_RANGE_H
#define RULE_RANGE_H

#include "model/group.h"

#include <stdbool.h>

/* One number alone is not a range. A missing side is no limit ("-" alone is an error).
 * Returns 0, -EINVAL, or -ERANGE (min > max). */
int range_parse(const char *text, struct range *ret_range);
bool range_holds(const struct range *range, double value);
bool range_equal(const struct range *a, const struct range *b);
/* "1-1", "1-", "-5", with units as bare numbers; size >= 48. Returns ret_text. */
char *range_format(const struct range *range, char *ret_text, size_t size);

#endif
