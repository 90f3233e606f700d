#include "check/report.h"

#include "base/buf.h"
#include "check/details.h"
#include "check/verdict.h"
#include "watch/board.h"

#include <string.h>

#define LINE_MAX_WIDTH 79 /* of what stands before the performance data */

static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* Behind a '|' begins performance data: text has none. */
static void add_plain(const char *text, struct buf *out)
{
    for (; *text; text++)
        buf_append(out, *text == '|' ? "!" : text, 1);
}

/* As many names as fit the line, and how many more there are. */
static void add_names(const struct verdict *v, size_t begin, struct buf *out)
{
    for (size_t i = 0; i < v->n_failing; i++) {
        size_t len;
        const char *name = board_text(v->board, v->failing[i]->name, &len);
        size_t room = i + 1 < v->n_failing ? strlen(" and 1000 more") : 0;
        if (i && out->len - begin + 1 + len + room > LINE_MAX_WIDTH) {
            buf_printf(out, " and %zu more", v->n_failing - i);
            return;
        }
        buf_append_text(out, i ? " " : "");
        add_plain(name, out);
    }
}

static void add_summary(const struct verdict *v, struct buf *out)
{
    size_t n, begin = out->len;
    board_groups(v->board, &n);
    buf_printf(out, "PROCS %s: ", words[v->status]);
    if (v->n_failing)
        add_names(v, begin, out);
    else if (v->blind)
        buf_append_text(out, "could not look at the processes");
    else
        buf_printf(out, "%zu %s", n, n == 1 ? "group" : "groups");
}

/* ------------------------------------------------------------ performance data */

/* In quotes, without ' and = ("label can contain any characters except ..."). */
static void add_label(const char *name, struct buf *out)
{
    buf_append_text(out, " '");
    for (; *name; name++)
        buf_append(out, strchr("'=|", *name) ? "_" : name, 1);
    buf_append_text(out, "'=");
}

static const struct board_condition *count_condition(const struct board *board,
                                                     const struct board_group *g)
{
    const struct board_condition *c = board_conditions(board, NULL) + g->first_condition;
    for (uint32_t i = 0; i < g->n_conditions; i++)
        if (strcmp(board_text(board, c[i].metric, NULL), "count") == 0)
            return &c[i];
    return NULL;
}

/* As the guidelines write ranges: "2:5", "2:", "5" for 0 to 5. */
static void add_range(const struct board_group *g, struct buf *out)
{
    if (g->max == UINT32_MAX)
        buf_printf(out, "%u:", g->min);
    else if (g->min)
        buf_printf(out, "%u:%u", g->min, g->max);
    else
        buf_printf(out, "%u", g->max);
}

static void add_count(const struct verdict *v, const struct board_group *g,
                      struct buf *out)
{
    const struct board_condition *limit = count_condition(v->board, g);
    add_label(board_text(v->board, g->name, NULL), out);
    if (v->blind)
        buf_append_text(out, "U"); /* not known */
    else
        buf_printf(out, "%u", g->count);
    if (!limit || (!g->min && g->max == UINT32_MAX)) {
        buf_append_text(out, ";;;0");
        return;
    }
    buf_append_text(out, limit->severity == SEVERITY_WARNING ? ";" : ";;");
    add_range(g, out);
    buf_append_text(out, limit->severity == SEVERITY_WARNING ? ";;0" : ";0");
}

int report_nagios(const struct verdict *verdict, struct buf *out)
{
    size_t n;
    const struct board_group *g = board_groups(verdict->board, &n);
    struct buf details = {0};
    add_summary(verdict, out);
    buf_append_text(out, n ? " |" : "");
    for (size_t i = 0; i < n; i++)
        add_count(verdict, &g[i], out);
    buf_append_text(out, "\n");
    details_add_failing(verdict, &details);
    add_plain(buf_text(&details), out);
    if (details.error && !out->error)
        out->error = details.error;
    buf_free(&details);
    return (int)verdict->status;
}

void report_nagios_refuse(const char *why, struct buf *out)
{
    buf_append_text(out, "PROCS UNKNOWN: ");
    add_plain(why, out);
    buf_append_text(out, "\n");
}
