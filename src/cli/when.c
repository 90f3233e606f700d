#include "cli/when.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void when_format(int64_t wall_ms, int64_t now_ms, char ret_text[WHEN_SIZE])
{
    char then[WHEN_SIZE], now[WHEN_SIZE];
    const size_t date = strlen("2026-11-30"), time = strlen("14:02:33");
    clock_format_wall(wall_ms, then, sizeof(then));
    clock_format_wall(now_ms, now, sizeof(now));
    if (!wall_ms || strlen(then) < date + 1 + time)
        snprintf(ret_text, WHEN_SIZE, "?");
    else if (strncmp(then, now, date) == 0)
        snprintf(ret_text, WHEN_SIZE, "%.*s", (int)time, then + date + 1);
    else
        snprintf(ret_text, WHEN_SIZE, "%.*s", (int)date, then);
}

void when_format_age(int64_t ms, char ret_text[WHEN_SIZE])
{
    static const struct {
        int64_t seconds, part;
        char unit, part_unit;
    } units[] = {{86400, 3600, 'd', 'h'}, {3600, 60, 'h', 'm'}, {60, 1, 'm', 's'}};
    int64_t s = ms > 0 ? ms / 1000 : 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (s >= units[i].seconds) {
            snprintf(ret_text, WHEN_SIZE, "%" PRId64 "%c%02" PRId64 "%c",
                     s / units[i].seconds, units[i].unit,
                     s % units[i].seconds / units[i].part, units[i].part_unit);
            return;
        }
    snprintf(ret_text, WHEN_SIZE, "%" PRId64 "s", s);
}
