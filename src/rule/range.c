#include "rule/range.h"

#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BOUND_SIZE 64

/* What is behind the digits of a limit. */
static char unit_of(const char *text, size_t len)
{
    bool none = !len || strchr("0123456789.", text[len - 1]);
    return none ? '\0' : text[len - 1];
}

int range_parse(const char *text, struct range *ret_range)
{
    int r = num_parse_range(text, num_parse_size, &ret_range->min, &ret_range->max);
    if (r < 0)
        return r;
    size_t dash = strcspn(text, "-");
    ret_range->min_unit = unit_of(text, dash);
    ret_range->max_unit = unit_of(text + dash + 1, strlen(text + dash + 1));
    ret_range->zero_written = dash > 0 && !(ret_range->min > 0);
    return 0;
}

bool range_holds(const struct range *range, double value)
{
    return value >= range->min && value <= range->max;
}

bool range_equal(const struct range *a, const struct range *b)
{
    return a->min == b->min && a->max == b->max;
}

bool range_reads_equal(const struct range *a, const struct range *b)
{
    return range_equal(a, b) && a->min_unit == b->min_unit &&
           a->max_unit == b->max_unit && a->zero_written == b->zero_written;
}

/* Also "0-0", and not "-0"; also "0-", and not "-", which is not allowed. */
static bool shows_min(const struct range *range)
{
    return range->min > 0 || range->zero_written || !(range->max > 0) ||
           !(range->max < INFINITY);
}

bool range_shows_both(const struct range *range)
{
    return shows_min(range) && range->max < INFINITY;
}

char *range_format(const struct range *range, char *ret_text, size_t size)
{
    char min[BOUND_SIZE] = "";
    char max[BOUND_SIZE] = "";
    if (shows_min(range))
        num_format_size(range->min > 0 ? range->min : 0, range->min_unit, min,
                        sizeof(min));
    if (range->max < INFINITY)
        num_format_size(range->max, range->max_unit, max, sizeof(max));
    snprintf(ret_text, size, "%s-%s", min, max);
    return ret_text;
}
