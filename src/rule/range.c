#include "rule/range.h"

#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BOUND_SIZE 64

static int parse_side(const char *text, size_t len, double none, double *ret_value)
{
    char side[BOUND_SIZE];
    if (len == 0) {
        *ret_value = none;
        return 0;
    }
    if (len >= sizeof(side))
        return -EINVAL;
    memcpy(side, text, len);
    side[len] = '\0';
    return num_parse_size(side, ret_value);
}

int range_parse(const char *text, struct range *ret_range)
{
    struct range range;
    const char *dash = strchr(text, '-');
    if (dash == NULL || strcmp(text, "-") == 0)
        return -EINVAL;
    if (parse_side(text, (size_t)(dash - text), 0, &range.min) < 0 ||
        parse_side(dash + 1, strlen(dash + 1), INFINITY, &range.max) < 0)
        return -EINVAL;
    if (range.min > range.max)
        return -ERANGE;
    *ret_range = range;
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

char *range_format(const struct range *range, char *ret_text, size_t size)
{
    char min[BOUND_SIZE] = "";
    char max[BOUND_SIZE] = "";
    bool has_max = range->max < INFINITY;
    /* "0-0" and "0-" read better than "-0" and the forbidden "-". */
    if (range->min > 0 || !has_max || range->max <= 0)
        num_format(range->min > 0 ? range->min : 0, min, sizeof(min));
    if (has_max)
        num_format(range->max, max, sizeof(max));
    snprintf(ret_text, size, "%s-%s", min, max);
    return ret_text;
}
