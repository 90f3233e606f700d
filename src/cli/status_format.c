#include "cli/status.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/daemon_view.h"
#include "cli/grid.h"
#include "cli/show.h"
#include "cli/when.h"
#include "engine/engine.h"
#include "engine/message.h"
#include "model/snapshot.h"
#include "table/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_SIZE 32

static const struct grid_column columns[] = {
    {"GROUP", false, 24, 0}, {"STATUS", false, 0, 0},  {"SINCE", true, 0, 0},
    {"COUNT", true, 0, 0},   {"MESSAGE", false, 0, 0},
};
#define STATUS_COLUMN 1
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

/* Appends lines, each cut as those of a grid. */
static void add_lines(const struct buf *lines, unsigned width, struct buf *out)
{
    for (const char *at = buf_text(lines), *end; (end = strchr(at, '\n')); at = end + 1) {
        CLEANUP_FREE char *line = strndup(at, (size_t)(end - at));
        unsigned used;
        bool is_cut = width && line && grid_text_width(line) > width;
        size_t len = is_cut ? grid_text_cut(line, width - 1, &used) : (size_t)(end - at);
        buf_append(out, at, len);
        buf_append_text(out, is_cut ? "+\n" : "\n");
    }
}

/* ------------------------------------------------------------ the head */

static void add_notifications(const struct table_scalars *s, struct buf *out)
{
    if (!s->notify_on)
        buf_append_text(out, "notifications are turned off\n");
    if (s->queued || s->dropped)
        buf_printf(out, "notifications: %u queued, %u dropped\n", s->queued, s->dropped);
}

static void add_head(const struct daemon_view *view, int64_t wall_ms, struct buf *out)
{
    const struct table_image *image = view->file.image;
    const struct table_scalars *s = table_scalars(image);
    char span[WHEN_SIZE];
    when_format_age(wall_ms - s->started_ms, span);
    buf_printf(out, "procgroupd %s, source %s, started %s ago\n",
               table_text(image, s->version, NULL),
               table_text(image, s->source_name, NULL), span);
    when_format_age(view->age.ms, span);
    if (view->age.stale)
        buf_printf(out, "stale: %s\n", view->age.text);
    else if (s->sampled_ms)
        buf_printf(out,
                   "last scan %s ago, %u processes, %u of them not fully readable%s\n",
                   span, s->processes, s->unreadable,
                   s->sample_state == SNAPSHOT_FAILED ? "; it failed" : "");
    else
        buf_append_text(out, "not scanned yet\n");
    if (s->config_errors)
        buf_printf(out, "%s: %u error%s, the previous groups are in use: %s\n",
                   table_text(image, s->config_file, NULL), s->config_errors,
                   text_plural(s->config_errors),
                   table_text(image, s->config_message, NULL));
    add_notifications(s, out);
}

/* "2 critical, 1 warning, 4 ok; 1 pending, 1 in maintenance" */
static void add_summary(const struct report *report, struct buf *out)
{
    static const enum severity by_rank[] = {SEVERITY_CRITICAL, SEVERITY_WARNING,
                                            SEVERITY_UNKNOWN, SEVERITY_OK};
    size_t counts[SEVERITY_UNKNOWN + 1] = {0};
    size_t pending = 0, suspended = 0;
    for (size_t i = 0; i < report->n; i++) {
        const struct finding *f = &report->findings[i];
        if (!f->group)
            continue;
        bool is_monitored = strcmp(f->admin, "monitored") == 0;
        counts[f->severity] += is_monitored;
        suspended += !is_monitored;
        pending += f->have & FINDING_PENDING && f->pending;
    }
    const char *between = "";
    for (size_t i = 0; i < COUNT(by_rank); i++) {
        if (!counts[by_rank[i]] && by_rank[i] != SEVERITY_OK)
            continue;
        buf_printf(out, "%s%zu %s", between, counts[by_rank[i]],
                   severity_word(by_rank[i]));
        between = ", ";
    }
    if (suspended)
        buf_printf(out, ", %zu in maintenance or off", suspended);
    buf_printf(out, pending ? "; %zu pending\n" : "\n", pending);
}

/* ------------------------------------------------------------ the groups */

/* The worst first; of equal ones those with pending violations, then by name. */
static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = severity_compare(x->severity, y->severity);
    if (order || !x->group || !y->group)
        return order;
    bool x_waits = x->pending > 0, y_waits = y->pending > 0;
    return x_waits != y_waits ? y_waits - x_waits : strcmp(x->group, y->group);
}

/* "until 14:02:33: REASON; " of a maintenance: at the end of the message, where the
 * daemon has written it, it would be cut off. Returns how long the message is without it.
 */
static size_t add_term(const struct table_group *g, const char *reason,
                       const char *message, int64_t wall_ms, struct buf *out)
{
    CLEANUP_BUF struct buf term = {0};
    char when[WHEN_SIZE];
    size_t len = strlen(message);
    message_term(&term, (enum group_admin)g->admin, g->until_ms, reason);
    if (!term.len)
        return len;
    when_format(g->until_ms, wall_ms, when);
    if (g->until_ms)
        buf_printf(out, "until %s", when);
    buf_printf(out, "%s%s; ", g->until_ms && *reason ? ": " : "", reason);
    bool ends = len > term.len && strcmp(message + len - term.len, buf_text(&term)) == 0;
    return ends ? len - term.len : len;
}

/* Of an old table, whose head has the reason, what was last known. */
static void add_message(const struct daemon_view *view, const struct table_group *g,
                        const char *name, int64_t wall_ms, struct buf *out)
{
    const struct table_image *image = view->file.image;
    const char *message = report_bare_message(name, table_text(image, g->message, NULL));
    size_t len = add_term(g, table_text(image, g->reason, NULL), message, wall_ms, out);
    if (view->age.stale)
        buf_printf(out, "last known: %s, ", severity_word(g->status));
    buf_append(out, message, len);
}

static int add_row(struct grid *table, const struct daemon_view *view,
                   const struct finding *f, int64_t wall_ms, bool color)
{
    CLEANUP_BUF struct buf message = {0};
    char since[WHEN_SIZE] = "?", count[COUNT_SIZE] = "?";
    if (f->have & FINDING_SINCE)
        when_format_age(wall_ms - f->since_ms, since);
    if (f->have & FINDING_COUNT && f->undecided)
        snprintf(count, sizeof(count), "%lld-%lld", (long long)f->count,
                 (long long)(f->count + f->undecided));
    else if (f->have & FINDING_COUNT)
        snprintf(count, sizeof(count), "%lld", (long long)f->count);
    const struct table_group *g = table_find_group(view->file.image, f->index);
    if (g)
        add_message(view, g, f->group, wall_ms, &message);
    const char *const cells[] = {f->group, f->state, since, count, buf_text(&message)};
    int r = message.error ? message.error : grid_add(table, cells);
    if (r == 0 && color)
        grid_paint(table, STATUS_COLUMN, show_status_color(f->severity));
    return r;
}

static int add_groups(const struct daemon_view *view, const struct report *report,
                      const struct status_options *options, unsigned width,
                      struct buf *out)
{
    struct grid *table = grid_create(columns, COUNT(columns));
    int r = table ? 0 : -ENOMEM;
    qsort(report->findings, report->n, sizeof(struct finding), compare_findings);
    for (size_t i = 0; i < report->n && r == 0; i++)
        if (report->findings[i].group)
            r = add_row(table, view, &report->findings[i], options->wall_ms,
                        options->color);
    for (int i = -1; r == 0 && grid_rows(table) && i < (int)grid_rows(table); i++)
        r = grid_format(table, i, 0, width, out);
    grid_destroy(table);
    return r;
}

/* ------------------------------------------------------------ the last events */

static void add_event(const struct table_image *image, int64_t wall_ms, struct buf *out)
{
    const struct table_event *event = table_event(image);
    size_t n;
    char when[WHEN_SIZE];
    const struct table_group *g = table_groups(image, &n);
    when_format(event->time_ms, wall_ms, when);
    buf_printf(out, "%s %s", when, event_kind_name(event->kind));
    if (n && event->kind != EVENT_RECOVERED)
        buf_printf(out, " %s", severity_word(event->severity));
    buf_printf(
        out, ": %s\n",
        table_text(image, n ? g->message : table_scalars(image)->config_message, NULL));
}

static bool is_shown(const struct table_image *image, const struct report *report)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; n && i < report->n; i++)
        if (report->findings[i].group && report->findings[i].index == g->index)
            return true;
    return !n;
}

/* Those of the groups that are shown, and of the daemon itself. */
static void add_events(const struct daemon_view *view, const struct report *report,
                       const struct status_options *options, struct buf *out)
{
    const struct table_image *list[TABLE_FILE_EVENTS];
    size_t n = 0;
    for (size_t i = 0; i < view->file.n_events; i++)
        if (is_shown(view->file.events[i], report))
            list[n++] = view->file.events[i];
    if (n && options->events)
        buf_append_text(out, "\nlast events:\n");
    for (size_t i = n > options->events ? n - options->events : 0; i < n; i++)
        add_event(list[i], options->wall_ms, out);
}

int status_format(const struct daemon_view *view, const struct status_options *options,
                  unsigned width, struct buf *out)
{
    CLEANUP_BUF struct buf lines = {0};
    struct report report;
    struct report_agent agent;
    int r = status_report(view, options, &agent, &report);
    if (r == 0) {
        add_head(view, options->wall_ms, &lines);
        add_summary(&report, &lines);
        buf_append_text(&lines, "\n");
        add_lines(&lines, width, out);
        r = add_groups(view, &report, options, width, out);
    }
    buf_clear(&lines);
    add_events(view, &report, options, &lines);
    add_lines(&lines, width, out);
    report_free(&report);
    return r ? r : lines.error ? lines.error : out->error;
}
