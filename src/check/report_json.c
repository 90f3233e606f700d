#include "check/report.h"

#include "base/buf.h"
#include "base/json.h"
#include "check/verdict.h"
#include "watch/board.h"

static void add_limits(const struct board_group *g, struct buf *out)
{
    buf_printf(out, ", \"min\": %u, \"max\": ", g->min);
    if (g->max == UINT32_MAX)
        buf_append_text(out, "null");
    else
        buf_printf(out, "%u", g->max);
}

/* What is not known is null, and no number. */
static void add_numbers(const struct verdict *v, const struct board_group *g,
                        struct buf *out)
{
    if (v->blind) {
        buf_append_text(out, ", \"count\": null, \"undecided\": null, \"cpu\": null, "
                             "\"rss_kib\": null");
        return;
    }
    buf_printf(out,
               ", \"count\": %u, \"undecided\": %u, \"cpu\": %u.%02u, \"rss_kib\": %llu",
               g->count, g->undecided, g->cpu / 100, g->cpu % 100,
               (unsigned long long)g->rss_kib);
}

static void add_group(const struct verdict *v, const struct board_group *g,
                      struct buf *out)
{
    buf_append_text(out, "\n  {");
    json_add_pair(out, "name", board_text(v->board, g->name, NULL));
    buf_append_text(out, ", ");
    json_add_pair(out, "status", severity_word(g->status));
    add_numbers(v, g, out);
    add_limits(g, out);
    buf_append_text(out, ", ");
    json_add_pair(out, "message", board_text(v->board, g->message, NULL));
    buf_append_text(out, "}");
}

static void add_violation(const struct board *board, const struct board_violation *v,
                          struct buf *out)
{
    const struct {
        const char *key;
        const char *text;
    } texts[] = {
        {"group", board_text(board, v->name, NULL)},
        {"condition", board_text(board, v->condition_name, NULL)},
        {"severity", severity_word(v->severity)},
        {"value", board_text(board, v->value, NULL)},
        {"limit", board_text(board, v->limit, NULL)},
        {"offender", board_text(board, v->offender, NULL)},
        {"message", board_text(board, v->message, NULL)},
    };
    buf_append_text(out, "\n  {");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        buf_append_text(out, i ? ", " : "");
        json_add_pair(out, texts[i].key, texts[i].text);
    }
    buf_append_text(out, "}");
}

int report_json(const struct verdict *verdict, struct buf *out)
{
    size_t n;
    const struct board_group *g = board_groups(verdict->board, &n);
    buf_printf(out, "{\"status\": \"%s\", \"groups\": [", severity_word(verdict->status));
    for (size_t i = 0; i < n; i++) {
        buf_append_text(out, i ? "," : "");
        add_group(verdict, &g[i], out);
    }
    buf_append_text(out, "\n], \"violations\": [");
    const struct board_violation *v = board_violations(verdict->board, &n);
    for (size_t i = 0; i < n; i++) {
        buf_append_text(out, i ? "," : "");
        add_violation(verdict->board, &v[i], out);
    }
    buf_append_text(out, "\n]}\n");
    return verdict->status == SEVERITY_OK ? 0 : 1;
}

void report_json_refuse(const char *why, struct buf *out)
{
    buf_append_text(out, "{\"status\": \"unknown\", ");
    json_add_pair(out, "message", why);
    buf_append_text(out, "}\n");
}
