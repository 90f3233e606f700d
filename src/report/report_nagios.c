#include "report/internal.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <string.h>

#define LINE_MAX_WIDTH 79 /* of the line before the performance data */

static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* '|' begins the performance data, so that no text may have one. */
static void add_text(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_append(out, *text == '|' ? "!" : text, 1);
}

/* ------------------------------------------------------------ summary */

/* Of a single host its failing groups, otherwise what fails; NULL: it does not fail. */
static const char *failing_name(const struct report *report, size_t i)
{
    if (!report->style->hosts || report->n_subjects > 1)
        return report->subjects[i].severity != SEVERITY_OK ? report->subjects[i].name
                                                           : NULL;
    const struct finding *f = &report->findings[i];
    if (f->severity == SEVERITY_OK)
        return NULL;
    return f->group ? f->group : f->state;
}

/* As many names as fit the line, and how many more there are. */
static void add_names(const struct report *report, struct buf *out)
{
    bool hosts = report->style->hosts;
    size_t n = hosts && report->n_subjects == 1 ? report->n : report->n_subjects;
    size_t left = 0, begin = out->len;
    for (size_t i = 0; i < n; i++)
        left += failing_name(report, i) ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = failing_name(report, i);
        if (!name)
            continue;
        size_t room = left > 1 ? strlen(hosts ? " and 10000 more" : " and 1000 more") : 0;
        if (out->len > begin && out->len + 1 + strlen(name) + room > LINE_MAX_WIDTH) {
            buf_printf(out, " and %zu more", left);
            return;
        }
        buf_append_text(out, out->len > begin ? " " : "");
        add_text(out, name);
        left--;
    }
}

/* Notifications have only the first line: a single failing group has its reason there if
 * it fits. */
static void add_failing(const struct report *report, struct buf *out)
{
    CLEANUP_BUF struct buf reason = {0};
    if (!report->style->hosts && report->n_failing == 1)
        report_add_message(&report->findings[report->subjects[0].first], &reason);
    if (reason.len && out->len + reason.len <= LINE_MAX_WIDTH)
        add_text(out, buf_text(&reason));
    else
        add_names(report, out);
}

/* ------------------------------------------------------------ performance data */

/* The guidelines: "label can contain any characters except the equals sign or single
 * quote", and "|" begins the data. Icinga puts what is before "::" in front of the labels
 * that follow. */
static void add_label(const struct report *report, const struct finding *f,
                      struct buf *out)
{
    static const char special[] = "'=|";
    CLEANUP_BUF struct buf label = {0};
    if (report->style->hosts && report->n_subjects > 1) {
        report_add_name(f->host, special, &label);
        buf_append_text(&label, " ");
    }
    report_add_name(f->group, special, &label);
    buf_append_text(out, " '");
    for (const char *p = buf_text(&label), *last = ""; *p; last = p++)
        if (*p == ':' && *last == ':')
            buf_append_text(out, "%3A");
        else
            buf_append(out, p, 1);
    buf_append_text(out, "'=");
    if (label.error && !out->error)
        out->error = label.error;
}

/* "2:5", "2:", "5" for 0 to 5; "@10:20" for a limit "@10-20". */
static void add_range(const struct finding *f, struct buf *out)
{
    if (f->inverted) {
        buf_append_text(out, "@");
        for (const char *p = f->inverted + 1; *p; p++)
            if (*p != '-' || p > f->inverted + 1)
                buf_append(out, *p == '-' ? ":" : p, 1);
        return;
    }
    if (f->have & FINDING_MIN && f->min)
        buf_printf(out, "%" PRId64 ":", f->min);
    if (f->have & FINDING_MAX)
        buf_printf(out, "%" PRId64, f->max);
}

static void add_count(const struct report *report, const struct finding *f,
                      struct buf *out)
{
    bool warning = f->limit_severity == SEVERITY_WARNING;
    add_label(report, f, out);
    if (f->have & FINDING_COUNT && !(f->have & FINDING_UNSURE))
        buf_printf(out, "%" PRId64, f->count);
    else
        buf_append_text(out, "U"); /* unknown */
    buf_append_text(out, warning ? ";" : ";;");
    add_range(f, out);
    buf_append_text(out, warning ? ";;0" : ";0");
}

/* Groups of this host are in the order of the table, not failing ones first. Those of
 * another host are sorted: a group that is checked twice has one label. */
static void add_performance(const struct report *report, struct buf *out)
{
    const struct report_subject all = {.n = report->n};
    bool hosts = report->style->hosts;
    const struct report_subject *lists = hosts ? report->subjects : &all;
    const char *bar = " |";
    for (size_t i = 0; i < (hosts ? report->n_subjects : 1); i++) {
        const char *last = "";
        for (size_t k = 0; k < lists[i].n; k++) {
            const struct finding *f = &report->findings[lists[i].first + k];
            if (!f->group || strcmp(f->group, last) == 0)
                continue;
            last = f->group;
            buf_append_text(out, bar);
            bar = "";
            add_count(report, f, out);
        }
    }
}

/* ------------------------------------------------------------ all of it */

void report_write_nagios(const struct report *report, struct buf *out)
{
    CLEANUP_BUF struct buf details = {0};
    buf_printf(out, "PROCS %s: ", words[report->severity]);
    if (report->n_failing) {
        add_failing(report, out);
    } else {
        if (report->style->hosts && report->n_subjects != 1)
            buf_printf(out, "%zu hosts, ", report->n_subjects);
        buf_printf(out, "%zu %s", report->n, report->n == 1 ? "group" : "groups");
    }
    add_performance(report, out);
    buf_append_text(out, "\n");
    for (size_t s = 0; s < report->n_subjects; s++)
        for (size_t i = 0; i < report->subjects[s].n; i++) {
            const struct finding *f = &report->findings[report->subjects[s].first + i];
            if (f->severity != SEVERITY_OK)
                report_add_lines(report, f, &details);
        }
    add_text(out, buf_text(&details));
    if (details.error && !out->error)
        out->error = details.error;
}

void report_refuse_nagios(const struct report_style *style, const char *why,
                          struct buf *out)
{
    (void)style;
    buf_append_text(out, "PROCS UNKNOWN: ");
    add_text(out, why);
    buf_append_text(out, "\n");
}
