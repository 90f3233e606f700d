#include "proc/key_value.h"

#include "base/num.h"

#include <string.h>

static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline : end;
}

static bool starts_with(const char *at, const char *end, const char *key)
{
    size_t n = strlen(key);
    return (size_t)(end - at) >= n && memcmp(at, key, n) == 0;
}

static bool next_number(const char **p, const char *end, uint64_t *ret_value)
{
    while (*p < end && (**p == ' ' || **p == '\t'))
        ++*p;
    if (starts_with(*p, end, "unlimited")) {
        *p += strlen("unlimited");
        *ret_value = UINT64_MAX;
        return true;
    }
    const char *digits = *p;
    uint64_t value = num_scan_u64(p, end);
    if (*p == digits)
        return false;
    *ret_value = value;
    return true;
}

static void fill_row(struct key_value *row, const char *at, const char *end)
{
    const size_t most = sizeof(row->value) / sizeof(row->value[0]);
    row->found = true;
    for (size_t i = 0; i < most && row->value[i]; i++)
        row->found = row->found && next_number(&at, end, row->value[i]);
}

void key_value_parse(const char *text, size_t len, struct key_value *rows, size_t n)
{
    const char *end = text + len;
    for (const char *at = text; at < end;) {
        const char *stop = line_end(at, end);
        for (size_t i = 0; i < n; i++)
            if (!rows[i].found && starts_with(at, stop, rows[i].key))
                fill_row(&rows[i], at + strlen(rows[i].key), stop);
        at = stop + 1;
    }
}

size_t key_value_count_numbers(const char *text, size_t len, const char *key)
{
    const char *end = text + len;
    for (const char *at = text; at < end;) {
        const char *stop = line_end(at, end);
        if (starts_with(at, stop, key)) {
            const char *p = at + strlen(key);
            uint64_t value;
            size_t n = 0;
            while (next_number(&p, stop, &value))
                n++;
            return n;
        }
        at = stop + 1;
    }
    return 0;
}
