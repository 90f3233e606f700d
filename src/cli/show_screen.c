#include "cli/show_screen.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/grid.h"
#include "cli/local.h"
#include "report/report.h"
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *enforcing_word(const struct label_host *host)
{
    if (strcmp(host->module, "none") == 0)
        return "";
    return host->enforcing > 0    ? " (enforcing)"
           : host->enforcing == 0 ? " (not enforcing)"
                                  : " (enforcement unknown)";
}

/* "102 processes, 62 of them kernel threads" */
static void add_processes(const struct snapshot *snapshot, struct buf *out)
{
    size_t kernel = 0;
    for (size_t i = 0; i < snapshot->count; i++)
        kernel += snapshot->list[i]->kernel;
    buf_printf(out, "%zu processes, %zu of them kernel threads", snapshot->count, kernel);
}

/* Where the processes come from, and how many could not be read. */
static void add_source(struct local *local, const struct snapshot *snapshot,
                       struct buf *out)
{
    struct label_host host = local_label_host(local);
    buf_printf(out, "source %s, security module %s%s", local_source(local), host.module,
               enforcing_word(&host));
    if (snapshot->unreadable)
        buf_printf(out, "; %zu not fully readable", snapshot->unreadable);
    if (snapshot->unresponsive)
        buf_printf(out, ", %zu do not answer", snapshot->unresponsive);
    if (snapshot->hidden)
        buf_printf(out, ", %zu more hidden", snapshot->hidden);
    else if (snapshot->state == SNAPSHOT_PARTIAL)
        buf_append_text(out, ", others hidden");
}

/* A line of no more than `width` columns. */
static void add_line(const struct buf *line, unsigned width, struct buf *out)
{
    unsigned used;
    size_t len = width ? grid_text_cut(buf_text(line), width, &used) : line->len;
    buf_append(out, buf_text(line), len);
    buf_append_text(out, "\n");
}

static int add_head(struct local *local, const struct table_image *image,
                    const struct show_options *options, unsigned width, struct buf *out)
{
    const struct snapshot *snapshot = local_snapshot(local);
    CLEANUP_BUF struct buf first = {0};
    CLEANUP_BUF struct buf second = {0};
    int r = show_format_counts(image, options, &first);
    buf_append_text(&first, "; ");
    if (snapshot->state == SNAPSHOT_FAILED)
        buf_printf(&first, "scan failed: %s", strerror(-snapshot->error));
    else
        add_processes(snapshot, &first);
    add_source(local, snapshot, &second);
    add_line(&first, width, out);
    add_line(&second, width, out);
    return r < 0 || first.error || second.error ? -ENOMEM : out->error;
}

static int add_json(const struct table_image *image, const struct show_options *options,
                    struct buf *out)
{
    struct report report;
    int r = show_report(image, options, &report);
    if (r == 0)
        report_write(&report, report_format_by_name("json"), out);
    report_free(&report);
    return r < 0 ? r : out->error;
}

int show_screen_format(struct local *local, const struct table_image *image,
                       const struct show_options *options, unsigned width,
                       struct buf *out)
{
    struct show_options shown = *options;
    size_t n;
    const struct table_group *groups = table_groups(image, &n);
    CLEANUP_FREE const struct group **rules = calloc(n + 1, sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        rules[i] = local_group_rule(local, &groups[i]);
    shown.rules = rules;
    if (shown.json)
        return add_json(image, &shown, out);
    int r = add_head(local, image, &shown, width, out);
    return r < 0 ? r : show_format(image, &shown, width, out);
}
