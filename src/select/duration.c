#include "select/duration.h"

#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_SECONDS 1e9
#define WORD_SIZE   64

static const struct {
    char letter;
    double seconds;
} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
#define N_UNITS (sizeof(units) / sizeof(units[0]))

static int parse_seconds(const char *text, double *ret_seconds)
{
    size_t len = strlen(text);
    char word[WORD_SIZE];
    double factor = 1;
    double value;
    if (len == 0 || len >= sizeof(word))
        return -EINVAL;
    memcpy(word, text, len + 1);
    for (size_t i = 0; i < N_UNITS; i++) {
        if (word[len - 1] == units[i].letter) {
            factor = units[i].seconds;
            word[len - 1] = '\0';
            break;
        }
    }
    if (num_parse_decimal(word, &value) < 0)
        return -EINVAL;
    *ret_seconds = value * factor;
    return 0;
}

int duration_parse(const char *text, int64_t *ret_ms)
{
    double seconds;
    if (parse_seconds(text, &seconds) < 0)
        return -EINVAL;
    if (seconds > MAX_SECONDS)
        return -ERANGE;
    *ret_ms = (int64_t)llround(seconds * 1000);
    return 0;
}

int duration_parse_range(const char *text, struct range *ret_seconds)
{
    return num_parse_range(text, parse_seconds, &ret_seconds->min, &ret_seconds->max);
}

char duration_unit(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; len && i < N_UNITS; i++)
        if (units[i].letter == text[len - 1])
            return units[i].letter;
    return '\0';
}

char *duration_format(int64_t ms, char unit, char *ret_text, size_t size)
{
    char number[WORD_SIZE];
    double factor = 1;
    for (size_t i = 0; i < N_UNITS; i++)
        if (units[i].letter == unit)
            factor = units[i].seconds;
    num_format((double)ms / (1000 * factor), number, sizeof(number));
    const char letter[] = {unit, '\0'};
    snprintf(ret_text, size, "%s%s", number, letter);
    return ret_text;
}
