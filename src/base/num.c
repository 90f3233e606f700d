#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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

/* Digits are gathered as one integer and divided once, so that "0.1" is the double that
 * a compiler makes of it. Those beyond 18 digits do not count any more. */
static int parse_prefix(const char *text, const char **ret_end, double *ret_value)
{
    double whole = 0;
    double divisor = 1;
    int digits = 0;
    const char *p = text;
    for (; is_digit(*p); p++, digits++)
        whole = whole * 10 + (*p - '0');
    if (*p == '.') {
        int fraction = 0;
        for (p++; is_digit(*p); p++, digits++, fraction++) {
            if (fraction < 15) {
                whole = whole * 10 + (*p - '0');
                divisor *= 10;
            }
        }
        if (!fraction)
            return -EINVAL;
    }
    if (!digits || !isfinite(whole))
        return -EINVAL;
    *ret_end = p;
    *ret_value = whole / divisor;
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

int num_parse_size(const char *text, double *ret_value)
{
    static const struct {
        char unit;
        double factor;
    } units[] = {{'K', 0x1p10}, {'M', 0x1p20}, {'G', 0x1p30}, {'T', 0x1p40}, {'%', 1}};
    const char *end;
    double value;
    double factor = 0;
    if (parse_prefix(text, &end, &value) < 0)
        return -EINVAL;
    if (!*end)
        factor = 1;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (end[0] == units[i].unit && !end[1])
            factor = units[i].factor;
    if (factor == 0)
        return -EINVAL;
    *ret_value = value * factor;
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

void num_format(double value, char *ret_text, size_t size)
{
    if (fabs(value) < 1e15 && value == floor(value)) {
        snprintf(ret_text, size, "%.0f", value);
        return;
    }
    /* The shortest fraction that reads back as the same number. */
    for (int places = 1; places <= 15; places++) {
        char text[400];
        double again;
        snprintf(text, sizeof(text), "%.*f", places, value);
        char *comma = strchr(text, ','); /* the locale's point */
        if (comma)
            *comma = '.';
        snprintf(ret_text, size, "%s", text);
        const char *digits = text + (text[0] == '-');
        if (num_parse_decimal(digits, &again) == 0 && again == fabs(value))
            return;
    }
}
