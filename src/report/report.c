#include "report/internal.h"

#include "base/array.h"
#include "base/options.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ the list */

void report_begin(struct report *ret_report, const struct report_style *style,
                  size_t max_hosts)
{
    *ret_report = (struct report){.style = style};
    ret_report->subjects = calloc(max_hosts + 1, sizeof(*ret_report->subjects));
    if (!ret_report->subjects)
        ret_report->error = -ENOMEM;
}

void report_add_host(struct report *report, const char *name)
{
    if (!report->error)
        report->subjects[report->n_subjects++] =
            (struct report_subject){.name = name, .first = report->n};
}

void report_add(struct report *report, const struct finding *finding)
{
    struct finding *findings = array_grow(report->findings, report->n, sizeof(*findings));
    if (!findings) {
        report->error = -ENOMEM;
        return;
    }
    report->findings = findings;
    struct finding *f = &findings[report->n++];
    *f = *finding;
    f->host = report->n_subjects ? report->subjects[report->n_subjects - 1].name : NULL;
}

void report_add_condition(struct report *report, const struct report_condition *condition)
{
    size_t n = report->n_all_conditions;
    if (report->error)
        return;
    struct report_condition *all = array_grow(report->conditions, n, sizeof(*all));
    if (!all) {
        report->error = -ENOMEM;
        return;
    }
    struct finding *f = &report->findings[report->n - 1];
    if (!f->n_conditions++)
        f->first_condition = n;
    report->conditions = all;
    all[n] = *condition;
    report->n_all_conditions++;
}

static int by_name(const void *a, const void *b)
{
    const struct report_subject *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* A finding about the whole host comes before those of its groups; the order of two of
 * one group does not depend on qsort(3). */
static int by_group(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (!x->group || !y->group)
        return !!x->group - !!y->group;
    int order = strcmp(x->group, y->group);
    if (!order)
        order = (x->min > y->min) - (x->min < y->min);
    return order ? order : (x->max > y->max) - (x->max < y->max);
}

/* The findings are sorted for each host: all at once would need a second copy of them. */
static void finish_hosts(struct report *report)
{
    size_t end = report->n;
    for (size_t i = report->n_subjects; i-- > 0;) {
        struct report_subject *host = &report->subjects[i];
        host->n = end - host->first;
        end = host->first;
        if (host->n > 1)
            qsort(&report->findings[host->first], host->n, sizeof(struct finding),
                  by_group);
        for (size_t f = host->first; f < host->first + host->n; f++)
            host->severity = severity_worse(host->severity, report->findings[f].severity);
        report->n_failing += host->severity != SEVERITY_OK;
    }
    qsort(report->subjects, report->n_subjects, sizeof(*report->subjects), by_name);
}

static void add_subjects(struct report *report, bool failing)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct finding *f = &report->findings[i];
        if ((f->severity != SEVERITY_OK) == failing)
            report->subjects[report->n_subjects++] = (struct report_subject){
                f->group ? f->group : report->style->program, f->severity, i, 1};
    }
}

static void finish_groups(struct report *report)
{
    free(report->subjects);
    report->subjects = calloc(report->n + 1, sizeof(*report->subjects));
    if (!report->subjects) {
        report->error = -ENOMEM;
        return;
    }
    add_subjects(report, true);
    report->n_failing = report->n_subjects;
    qsort(report->subjects, report->n_failing, sizeof(*report->subjects), by_name);
    add_subjects(report, false);
}

int report_finish(struct report *report)
{
    if (!report->error && report->style->hosts)
        finish_hosts(report);
    else if (!report->error)
        finish_groups(report);
    for (size_t i = 0; i < report->n; i++)
        report->severity = severity_worse(report->severity, report->findings[i].severity);
    return report->error;
}

void report_free(struct report *report)
{
    free(report->findings);
    free(report->conditions);
    free(report->subjects);
    *report = (struct report){0};
}

/* ------------------------------------------------------------ formats */

static const struct report_format formats[] = {
    {"mon", report_write_mon, report_refuse_mon, false, 1, 2, false},
    {"nagios", report_write_nagios, report_refuse_nagios, true, 3, 3, false},
    {"json", report_write_json, report_refuse_json, false, 2, 2, false},
    {"prometheus", report_write_prometheus, report_refuse_prometheus, false, 2, 2, true},
};

const struct report_format *report_format_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const struct report_format *report_format_of_program(const char *path)
{
    bool plugin = strncmp(text_basename(path), "check_", 6) == 0;
    return report_format_by_name(plugin ? "nagios" : "mon");
}

void report_take_format(void *at, const struct option_row *row, char *text,
                        struct buf *errors)
{
    const struct report_format *format = report_format_by_name(text);
    if (format)
        *(const struct report_format **)at = format;
    else
        options_invalid(errors, row, text, "mon, nagios, json or prometheus");
}

int report_write(const struct report *report, const struct report_format *format,
                 struct buf *out)
{
    format->write(report, out);
    if (format->is_metrics)
        return 0;
    return format->is_plugin ? (int)report->severity : report->severity != SEVERITY_OK;
}
