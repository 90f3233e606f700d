#include "cli/report.h"

#include "base/buf.h"
#include "base/plugin.h"
#include "cli/details.h"
#include "cli/verdict.h"
#include "table/table.h"

#include <stdbool.h>
#include <string.h>

#define LINE_MAX_WIDTH 79 /* of what stands before the performance data */

static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* As many names as fit the line, and how many more there are. */
static void add_names(const struct verdict *v, size_t begin, struct buf *out)
{
    for (size_t i = 0; i < v->n_failing; i++) {
        size_t len;
        const char *name = table_text(v->image, v->failing[i]->name, &len);
        size_t room = i + 1 < v->n_failing ? strlen(" and 1000 more") : 0;
        if (i && out->len - begin + 1 + len + room > LINE_MAX_WIDTH) {
            buf_printf(out, " and %zu more", v->n_failing - i);
            return;
        }
        buf_append_text(out, i ? " " : "");
        plugin_add_text(out, name);
    }
}

/* Notifications show this line alone: where one group fails there may be room for why. */
static bool add_reason(const struct verdict *v, size_t begin, struct buf *out)
{
    struct buf line = {0};
    details_add_line(v->image, v->failing[0], &line);
    bool fits = v->n_failing == 1 && out->len - begin + line.len <= LINE_MAX_WIDTH;
    if (fits)
        plugin_add_text(out, buf_text(&line));
    buf_free(&line);
    return fits;
}

static void add_summary(const struct verdict *v, struct buf *out)
{
    size_t n, begin = out->len;
    table_groups(v->image, &n);
    buf_printf(out, "PROCS %s: ", words[v->status]);
    if (v->n_failing && !add_reason(v, begin, out))
        add_names(v, begin, out);
    if (!v->n_failing && v->blind)
        buf_append_text(out, "could not look at the processes");
    else if (!v->n_failing)
        buf_printf(out, "%zu %s", n, n == 1 ? "group" : "groups");
}

/* ------------------------------------------------------------ performance data */

static const struct table_condition *count_condition(const struct table_image *image,
                                                     const struct table_group *g)
{
    const struct table_condition *c = table_conditions(image, NULL) + g->first_condition;
    for (uint32_t i = 0; i < g->n_conditions; i++)
        if (strcmp(table_text(image, c[i].metric, NULL), "count") == 0)
            return &c[i];
    return NULL;
}

/* "@10-20", the text of a limit that is turned round, as the guidelines write it. */
static void add_inverted(const char *limit, struct buf *out)
{
    buf_append_text(out, "@");
    for (const char *p = limit + 1; *p; p++)
        if (*p != '-' || p > limit + 1)
            buf_append(out, *p == '-' ? ":" : p, 1);
}

static void add_limits(const struct verdict *v, const struct table_group *g,
                       const struct table_condition *c, struct buf *out)
{
    const char *limit = c ? table_text(v->image, c->limit, NULL) : "";
    bool warning = c && c->severity == SEVERITY_WARNING;
    buf_append_text(out, warning ? ";" : ";;");
    if (*limit == '@')
        add_inverted(limit, out);
    else if (c)
        plugin_add_range(out, g->min, g->max);
    buf_append_text(out, warning ? ";;0" : ";0");
}

static void add_count(const struct verdict *v, const struct table_group *g,
                      struct buf *out)
{
    const struct table_condition *c = count_condition(v->image, g);
    buf_append_text(out, " ");
    plugin_add_label(out, table_text(v->image, g->name, NULL));
    if (v->blind || (c && c->state == TABLE_CONDITION_UNKNOWN))
        buf_append_text(out, "U"); /* not known */
    else
        buf_printf(out, "%u", g->count);
    add_limits(v, g, c, out);
}

int report_nagios(const struct verdict *verdict, struct buf *out)
{
    size_t n;
    const struct table_group *g = table_groups(verdict->image, &n);
    struct buf details = {0};
    add_summary(verdict, out);
    buf_append_text(out, n ? " |" : "");
    for (size_t i = 0; i < n; i++)
        add_count(verdict, &g[i], out);
    buf_append_text(out, "\n");
    details_add_failing(verdict, &details);
    plugin_add_text(out, buf_text(&details));
    if (details.error && !out->error)
        out->error = details.error;
    buf_free(&details);
    return (int)verdict->status;
}

void report_nagios_refuse(const char *why, struct buf *out)
{
    buf_append_text(out, "PROCS UNKNOWN: ");
    plugin_add_text(out, why);
    buf_append_text(out, "\n");
}
