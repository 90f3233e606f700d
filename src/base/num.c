#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* 10^27 is the last power of ten that an 80-bit long double holds exactly; with so many
 * places all numbers from 1e-10 up have the 17 digits that a double may need. */
#define DECIMALS_MAX 27
#define BOUND_SIZE   64

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int num_parse_u64(const char *text, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;
    bool big = false;
    if (!*text)
        return -EINVAL;
    for (const char *p = text; *p; p++) {
        if (!is_digit(*p))
            return -EINVAL;
        uint64_t digit = (uint64_t)(*p - '0');
        big = big || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
              __builtin_add_overflow(value, digit, &value);
    }
    if (big || value > max)
        return -ERANGE;
    *ret_value = value;
    return 0;
}

struct digits {
    uint64_t value; /* the first digits, as many as 64 bits hold */
    int exponent;   /* the number is value * 10^exponent */
    size_t count;
};

static const char *gather(const char *p, bool fraction, struct digits *d)
{
    for (; is_digit(*p); p++, d->count++) {
        bool fits = d->value < UINT64_MAX / 10;
        if (fits)
            d->value = d->value * 10 + (uint64_t)(*p - '0');
        d->exponent += fraction ? -fits : !fits;
    }
    return p;
}

/* One integer, scaled once, so that "0.1" is the same double as in C. */
static double digits_value(const struct digits *d)
{
    long double scale = 1;
    for (int i = 0; i != d->exponent; i += d->exponent < 0 ? -1 : 1)
        scale *= 10;
    long double value = (long double)d->value;
    return (double)(d->exponent < 0 ? value / scale : value * scale);
}

static int parse_prefix(const char *text, const char **ret_end, double *ret_value)
{
    struct digits d = {0};
    const char *p = gather(text, false, &d);
    if (*p == '.') {
        size_t whole = d.count;
        p = gather(p + 1, true, &d);
        if (d.count == whole)
            return -EINVAL;
    }
    double value = digits_value(&d);
    if (!d.count || !isfinite(value))
        return -EINVAL;
    *ret_end = p;
    *ret_value = value;
    return 0;
}

int num_parse_decimal(const char *text, double *ret_value)
{
    const char *end;
    double value;
    if (parse_prefix(text, &end, &value) < 0 || *end)
        return -EINVAL;
    *ret_value = value;
    return 0;
}

static const struct {
    char unit;
    double factor;
} units[] = {{'T', 0x1p40}, {'G', 0x1p30}, {'M', 0x1p20}, {'K', 0x1p10}, {'%', 1}};
#define N_UNITS (sizeof(units) / sizeof(units[0]))

int num_parse_size(const char *text, double *ret_value)
{
    const char *end;
    double value;
    double factor = 0;
    if (parse_prefix(text, &end, &value) < 0)
        return -EINVAL;
    if (!*end)
        factor = 1;
    for (size_t i = 0; i < N_UNITS; i++)
        if (end[0] == units[i].unit && !end[1])
            factor = units[i].factor;
    if (factor == 0 || !isfinite(value * factor))
        return -EINVAL;
    *ret_value = value * factor;
    return 0;
}

static int parse_bound(const char *text, size_t len, int (*parse)(const char *, double *),
                       double *ret_value)
{
    char bound[BOUND_SIZE];
    if (!len)
        return 0;
    if (len >= sizeof(bound))
        return -EINVAL;
    memcpy(bound, text, len);
    bound[len] = '\0';
    return parse(bound, ret_value);
}

int num_parse_range(const char *text, int (*parse)(const char *, double *),
                    double *ret_min, double *ret_max)
{
    double min = 0;
    double max = INFINITY;
    const char *dash = strchr(text, '-');
    if (!dash || strcmp(text, "-") == 0 ||
        parse_bound(text, (size_t)(dash - text), parse, &min) < 0 ||
        parse_bound(dash + 1, strlen(dash + 1), parse, &max) < 0)
        return -EINVAL;
    if (min > max)
        return -ERANGE;
    *ret_min = min;
    *ret_max = max;
    return 0;
}

uint64_t num_scan_u64(const char **p, const char *end)
{
    uint64_t value = 0;
    const char *at = *p;
    for (; at < end && is_digit(*at); at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *p = at;
    return value;
}

/* printf()'s "%.*f" with a point in every locale. */
static void format_decimals(double value, int decimals, char *ret_text, size_t size)
{
    char text[64]; /* 16 digits before the point: what has a fraction is < 2^53 */
    int len = snprintf(text, sizeof(text), "%.*f", decimals, value);
    int whole = (int)strspn(text, "-0123456789");
    snprintf(ret_text, size, "%.*s.%s", whole, text, text + len - decimals);
}

void num_format(double value, char *ret_text, size_t size)
{
    char text[64];
    double again;
    if (!isfinite(value) || value == floor(value)) {
        snprintf(ret_text, size, "%.0f", value + 0.0); /* -0.0 becomes 0.0 */
        return;
    }
    /* The shortest fraction that reads back as the same number. */
    for (int decimals = 1; decimals <= DECIMALS_MAX; decimals++) {
        format_decimals(value, decimals, text, sizeof(text));
        if (num_parse_decimal(text + (*text == '-'), &again) == 0 && again == fabs(value))
            break;
    }
    size_t len = strlen(text);
    while (text[len - 1] == '0')
        len--;
    text[text[len - 1] == '.' ? len - 1 : len] = '\0';
    snprintf(ret_text, size, "%s", text);
}

/* The factors are powers of two: no digit is lost. */
void num_format_size(double value, char unit, char *ret_text, size_t size)
{
    char text[64];
    double factor = 1;
    for (size_t i = 0; unit && i < N_UNITS; i++)
        if (units[i].unit == unit)
            factor = units[i].factor;
    num_format(value / factor, text, sizeof(text));
    const char word[] = {value == 0 ? '\0' : unit, '\0'};
    snprintf(ret_text, size, "%s%s", text, word);
}

char num_size_unit(double value)
{
    for (size_t i = 0; units[i].factor > 1; i++)
        if (value != 0 && fmod(value, units[i].factor) == 0)
            return units[i].unit;
    return '\0';
}
