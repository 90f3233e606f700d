#include "proc/stat.h"

#include "base/num.h"

#include <errno.h>
#include <string.h>

static int parse_head(const char *text, const char *open, const char *close,
                      struct stat_line *line)
{
    const char *p = text;
    line->pid = (int64_t)num_scan_u64(&p, open);
    if (p == text || p + 1 != open || *p != ' ')
        return -EBADMSG;
    line->comm = open + 1;
    line->comm_len = (size_t)(close - line->comm);
    line->state = close[2];
    return close[1] == ' ' && close[3] == ' ' ? 0 : -EBADMSG;
}

/* Numbers with one blank before each. Returns the field number after the last one. */
static size_t parse_numbers(const char *p, const char *end, uint64_t *field)
{
    size_t i = STAT_PPID;
    while (i < STAT_FIELDS && end - p >= 2 && *p == ' ') {
        p++;
        int negative = *p == '-';
        const char *digits = p += negative;
        uint64_t value = num_scan_u64(&p, end);
        if (p == digits)
            break;
        field[i++] = negative ? 0 - value : value;
    }
    return i;
}

int stat_parse(const char *text, size_t len, struct stat_line *ret_line)
{
    const char *end = text + len;
    const char *open = memchr(text, '(', len);
    const char *close = memrchr(text, ')', len);
    if (!open || !close || close < open || end - close < 4)
        return -EBADMSG;
    struct stat_line line = {0};
    if (parse_head(text, open, close, &line) < 0)
        return -EBADMSG;
    if (parse_numbers(close + 3, end, line.field) <= STAT_RSS)
        return -EBADMSG;
    *ret_line = line;
    return 0;
}

uint64_t stat_exec_mark(const struct stat_line *line)
{
    static const int fields[] = {STAT_START_CODE, STAT_END_CODE,  STAT_START_STACK,
                                 STAT_END_DATA,   STAT_ARG_START, STAT_ENV_START};
    uint64_t mark = 0;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        mark = (mark ^ line->field[fields[i]]) * 0x9e3779b97f4a7c15u;
    return mark;
}

bool stat_shows_addresses(const struct stat_line *line)
{
    return line->field[STAT_START_STACK] != 0;
}

int64_t stat_ticks_to_ms(uint64_t ticks, uint64_t hz)
{
    return (int64_t)(ticks / hz * 1000 + ticks % hz * 1000 / hz);
}
