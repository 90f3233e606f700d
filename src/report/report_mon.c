#include "report/internal.h"

#include "base/buf.h"
#include "table/table.h"

#include <inttypes.h>
#include <string.h>

#define VIOLATIONS_MAX 20 /* lines for one group; `procgroup show` lists all of them */

/* ------------------------------------------------------------ lines */

void report_add_message(const struct finding *f, struct buf *out)
{
    if (f->group)
        buf_printf(out, "%s: ", f->group);
    buf_append_text(out, report_bare_message(f->group ? f->group : "", f->message));
}

/* A single violation has its message in the line of the group. */
static void add_violations(const struct table_image *image, const struct finding *f,
                           struct buf *out)
{
    size_t n, found = 0, shown = 0;
    const struct table_violation *v = table_violations(image, &n);
    for (size_t i = 0; i < n; i++)
        found += v[i].group == f->index;
    for (size_t i = 0; i < n && found > 1 && shown < VIOLATIONS_MAX; i++) {
        if (v[i].group != f->index)
            continue;
        buf_printf(out, "  %s: %s\n", severity_word(v[i].severity),
                   table_text(image, v[i].message, NULL));
        shown++;
    }
    if (found > VIOLATIONS_MAX)
        buf_printf(out, "  and %zu more\n", found - shown);
}

/* "HOST: GROUP: violation critical: 0 (1-1): MESSAGE" */
static void add_host_line(const struct finding *f, struct buf *out)
{
    const char *severity = severity_word(f->severity);
    buf_printf(out, "%s: %s%s%s", f->host, f->group ? f->group : "", f->group ? ": " : "",
               f->state);
    if (f->severity != SEVERITY_OK && strcmp(f->state, severity) != 0)
        buf_printf(out, " %s", severity);
    if (f->have & FINDING_COUNT)
        buf_printf(out, ": %" PRId64, f->count);
    if (f->have & FINDING_COUNT && f->have & FINDING_MAX)
        buf_printf(out, " (%" PRId64 "-%" PRId64 ")", f->min, f->max);
    else if (f->have & FINDING_COUNT && f->have & FINDING_MIN && f->min)
        buf_printf(out, " (%" PRId64 "-)", f->min);
    buf_printf(out, "%s%s\n", *f->message ? ": " : "", f->message);
}

/* "critical: GROUP: MESSAGE" */
void report_add_lines(const struct report *report, const struct finding *f,
                      struct buf *out)
{
    if (f->host) {
        add_host_line(f, out);
        return;
    }
    buf_printf(out, "%s: ", severity_word(f->severity));
    report_add_message(f, out);
    buf_append_text(out, "\n");
    if (report->image && f->severity != SEVERITY_OK)
        add_violations(report->image, f, out);
}

/* ------------------------------------------------------------ mon */

/* Failing ones come first, so that a pager shows them. */
static void add_subjects(const struct report *report, bool failing, struct buf *out)
{
    for (size_t i = 0; i < report->n_subjects; i++) {
        const struct report_subject *s = &report->subjects[i];
        if ((s->severity != SEVERITY_OK) != failing)
            continue;
        for (size_t f = 0; f < s->n; f++)
            report_add_lines(report, &report->findings[s->first + f], out);
        if (!s->n)
            buf_printf(out, "%s: ok: no groups\n", s->name);
    }
}

/* mon splits the first line at blanks. */
void report_write_mon(const struct report *report, struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < report->n_subjects; i++) {
        if (report->subjects[i].severity == SEVERITY_OK)
            continue;
        buf_append_text(out, between);
        report_add_name(report->subjects[i].name, " ", out);
        between = " ";
    }
    buf_append_text(out, "\n");
    add_subjects(report, true, out);
    add_subjects(report, false, out);
}

/* mon calls a failure without a first line "(NO SUMMARY)". */
void report_refuse_mon(const struct report_style *style, const char *why, struct buf *out)
{
    buf_printf(out, "%s\n%s\n", style->program, why);
}
