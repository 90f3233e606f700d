#include "base/buf.h"
#include "check/verdict.h"
#include "watch/board.h"

#include <stdlib.h>

static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
static const char *const states[] = {"ok", "warning", "critical", "unknown"};

/* The failing ones, to be freed; *ret_n of them. NULL = no memory. */
static const struct board_group **failing(const struct board *board, size_t *ret_n)
{
    size_t n;
    board_groups(board, &n);
    const struct board_group **list = calloc(n + 1, sizeof(struct board_group *));
    *ret_n = list ? verdict_failing(board, list, n) : 0;
    return list;
}

static void add_names(const struct board *board, const struct board_group **list,
                      size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%s", i ? " " : "", board_text(board, list[i]->name, NULL));
}

static void add_detail(const struct board *board, const struct board_group *g,
                       struct buf *out)
{
    buf_printf(out, "%s: %s\n", states[g->status], board_text(board, g->message, NULL));
}

/* mon(8): the first line is the summary, and a changed one is a new event to mon: names
 * alone, sorted. The rest is free text. */
int report_mon(const struct board *board, struct buf *out)
{
    size_t n, all;
    const struct board_group **list = failing(board, &n);
    const struct board_group *g = board_groups(board, &all);
    add_names(board, list, n, out);
    buf_append_text(out, "\n");
    for (size_t i = 0; i < n; i++)
        add_detail(board, list[i], out);
    for (size_t i = 0; i < all; i++)
        if (g[i].status == SEVERITY_OK)
            buf_printf(out, "ok: %s: %s\n", board_text(board, g[i].name, NULL),
                       board_text(board, g[i].message, NULL));
    free(list);
    return list && !n ? 0 : 1;
}

/* Labels of performance data: no ' and no =, in quotes (plugin guidelines). */
static void add_label(const char *name, struct buf *out)
{
    buf_append_text(out, " '");
    for (; *name; name++)
        buf_printf(out, "%c",
                   *name == '\'' || *name == '=' || *name == '|' ? '_' : *name);
    buf_append_text(out, "'=");
}

static void add_count(const struct board *board, const struct board_group *g,
                      struct buf *out)
{
    add_label(board_text(board, g->name, NULL), out);
    buf_printf(out, "%u;;%u:", g->count, g->min);
    if (g->max != UINT32_MAX)
        buf_printf(out, "%u", g->max);
    buf_append_text(out, ";0");
}

int report_nagios(const struct board *board, struct buf *out)
{
    size_t n, all;
    const struct board_group **list = failing(board, &n);
    const struct board_group *g = board_groups(board, &all);
    enum severity worst = list ? verdict_worst(board) : SEVERITY_UNKNOWN;
    buf_printf(out, "PROCS %s: ", words[worst]);
    if (n)
        add_names(board, list, n, out);
    else
        buf_printf(out, "%zu groups", all);
    buf_append_text(out, " |");
    for (size_t i = 0; i < all; i++)
        add_count(board, &g[i], out);
    buf_append_text(out, "\n");
    for (size_t i = 0; i < n; i++)
        add_detail(board, list[i], out);
    free(list);
    return (int)worst;
}

/* The board's texts are printable already; what JSON minds is escaped here. */
static void add_string(const char *key, const char *text, struct buf *out)
{
    buf_printf(out, "\"%s\": \"", key);
    for (; *text; text++)
        buf_printf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    buf_append_text(out, "\"");
}

int report_json(const struct board *board, struct buf *out)
{
    size_t n;
    const struct board_group *g = board_groups(board, &n);
    enum severity worst = verdict_worst(board);
    buf_printf(out, "{\"status\": \"%s\", \"groups\": [", states[worst]);
    for (size_t i = 0; i < n; i++) {
        buf_append_text(out, i ? ",\n  {" : "\n  {");
        add_string("name", board_text(board, g[i].name, NULL), out);
        buf_printf(out, ", \"status\": \"%s\", \"count\": %u, \"min\": %u, \"max\": ",
                   states[g[i].status], g[i].count, g[i].min);
        buf_printf(out, g[i].max == UINT32_MAX ? "null" : "%u", g[i].max);
        buf_printf(out, ", \"cpu\": %u.%02u, \"rss_kib\": %llu, \"undecided\": %u, ",
                   g[i].cpu / 100, g[i].cpu % 100, (unsigned long long)g[i].rss_kib,
                   g[i].undecided);
        add_string("message", board_text(board, g[i].message, NULL), out);
        buf_append_text(out, "}");
    }
    buf_append_text(out, "\n]}\n");
    return worst == SEVERITY_OK ? 0 : 1;
}
