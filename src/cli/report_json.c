#include "cli/report.h"

#include "base/buf.h"
#include "base/json.h"
#include "cli/verdict.h"
#include "table/table.h"

static void add_limits(const struct table_group *g, struct buf *out)
{
    buf_printf(out, ", \"min\": %u, \"max\": ", g->min);
    if (g->max == UINT32_MAX)
        buf_append_text(out, "null");
    else
        buf_printf(out, "%u", g->max);
}

/* What is not known is null, and no number. */
static void add_numbers(const struct verdict *v, const struct table_group *g,
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

static void add_group(const struct verdict *v, const struct table_group *g,
                      struct buf *out)
{
    buf_append_text(out, "\n  {");
    json_add_pair(out, "name", table_text(v->image, g->name, NULL));
    buf_append_text(out, ", ");
    json_add_pair(out, "status", severity_word(g->status));
    add_numbers(v, g, out);
    add_limits(g, out);
    buf_append_text(out, ", ");
    json_add_pair(out, "message", table_text(v->image, g->message, NULL));
    buf_append_text(out, "}");
}

static void add_violation(const struct table_image *image,
                          const struct table_violation *v, struct buf *out)
{
    const struct {
        const char *key;
        const char *text;
    } texts[] = {
        {"group", table_text(image, v->name, NULL)},
        {"condition", table_text(image, v->condition_name, NULL)},
        {"severity", severity_word(v->severity)},
        {"value", table_text(image, v->value, NULL)},
        {"limit", table_text(image, v->limit, NULL)},
        {"offender", table_text(image, v->offender, NULL)},
        {"message", table_text(image, v->message, NULL)},
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
    const struct table_group *g = table_groups(verdict->image, &n);
    buf_printf(out, "{\"status\": \"%s\", \"groups\": [", severity_word(verdict->status));
    for (size_t i = 0; i < n; i++) {
        buf_append_text(out, i ? "," : "");
        add_group(verdict, &g[i], out);
    }
    buf_append_text(out, "\n], \"violations\": [");
    const struct table_violation *v = table_violations(verdict->image, &n);
    for (size_t i = 0; i < n; i++) {
        buf_append_text(out, i ? "," : "");
        add_violation(verdict->image, &v[i], out);
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
