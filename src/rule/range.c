#include "rule/range.h"

#include "base/num.h"

#include <math.h>
#include <stdio.h>

#define BOUND_SIZE 64

int range_parse(const char *text, struct range *ret_range)
{
    return num_parse_range(text, num_parse_size, &ret_range->min, &ret_range->max);
}

bool range_holds(const struct range *range, double value)
{
    return value >= range->min && value <= range->max;
}

bool range_equal(const struct range *a, const struct range *b)
{
    return a->min == b->min && a->max == b->max;
}

char *range_format(const struct range *range, char *ret_text, size_t size)
{
    char min[BOUND_SIZE] = "";
    char max[BOUND_SIZE] = "";
    bool has_max = range->max < INFINITY;
    /* "0-0" instead of "-0", and "0-" instead of "-", which is not allowed. */
    if (range->min > 0 || !has_max || range->max <= 0)
        num_format(range->min > 0 ? range->min : 0, min, sizeof(min));
    if (has_max)
        num_format(range->max, max, sizeof(max));
    snprintf(ret_text, size, "%s-%s", min, max);
    return ret_text;
}
