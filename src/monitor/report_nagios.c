#include "base/buf.h"
#include "base/plugin.h"
#include "monitor/report.h"
#include "monitor/verdict.h"

#include <inttypes.h>
#include <string.h>

#define LINE_MAX_WIDTH 79 /* of what stands before the performance data */

static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* What fails: of one host its groups, of several the hosts. */
static const char *failing_name(const struct verdict *v, size_t i)
{
    if (v->n_hosts > 1)
        return v->hosts[i].severity != SEVERITY_OK ? v->hosts[i].result->name : NULL;
    const struct finding *f = &v->findings[i];
    if (f->severity == SEVERITY_OK)
        return NULL;
    return f->group ? f->group : finding_word(f->word);
}

static size_t count_failing(const struct verdict *v, size_t n)
{
    size_t failing = 0;
    for (size_t i = 0; i < n; i++)
        failing += failing_name(v, i) != NULL;
    return failing;
}

/* As many names as fit the line, and how many more there are. */
static void add_failing(const struct verdict *v, struct buf *out)
{
    size_t n = v->n_hosts > 1 ? v->n_hosts : v->n_findings;
    size_t left = count_failing(v, n), begin = out->len;
    for (size_t i = 0; i < n; i++) {
        const char *name = failing_name(v, i);
        if (!name)
            continue;
        size_t room = left > 1 ? strlen(" and 10000 more") : 0;
        if (out->len > begin && out->len + 1 + strlen(name) + room > LINE_MAX_WIDTH) {
            buf_printf(out, " and %zu more", left);
            return;
        }
        buf_append_text(out, out->len > begin ? " " : "");
        plugin_add_text(out, name);
        left--;
    }
}

static void add_fine(const struct verdict *v, struct buf *out)
{
    if (v->n_hosts != 1)
        buf_printf(out, "%zu hosts, ", v->n_hosts);
    buf_printf(out, "%zu %s", v->n_findings, v->n_findings == 1 ? "group" : "groups");
}

static void add_count(const struct verdict *v, const struct host_verdict *host,
                      const struct finding *f, struct buf *out)
{
    struct buf label = {0};
    if (v->n_hosts > 1)
        buf_printf(&label, "%s ", host->result->name);
    buf_append_text(&label, f->group);
    buf_append_text(out, " ");
    plugin_add_label(out, buf_text(&label));
    buf_free(&label);
    if (f->has_count && f->word != FINDING_UNKNOWN)
        buf_printf(out, "%" PRId64, f->count);
    else
        buf_append_text(out, "U");
    buf_append_text(out, f->severity == SEVERITY_WARNING ? ";" : ";;");
    if (f->has_limits)
        plugin_add_range(out, f->min, f->max);
    buf_append_text(out, f->severity == SEVERITY_WARNING ? ";;0" : ";0");
}

static void add_performance(const struct verdict *v, struct buf *out)
{
    const char *begin = " |";
    for (size_t h = 0; h < v->n_hosts; h++)
        for (size_t i = 0; i < v->hosts[h].n; i++) {
            const struct finding *f = &v->findings[v->hosts[h].first + i];
            if (!f->group)
                continue;
            buf_append_text(out, begin);
            begin = "";
            add_count(v, &v->hosts[h], f, out);
        }
}

static void add_details(const struct verdict *v, struct buf *out)
{
    struct buf lines = {0};
    for (size_t h = 0; h < v->n_hosts; h++)
        for (size_t i = 0; i < v->hosts[h].n; i++) {
            const struct finding *f = &v->findings[v->hosts[h].first + i];
            if (f->severity != SEVERITY_OK)
                report_add_line(v->hosts[h].result->name, f, &lines);
        }
    plugin_add_text(out, buf_text(&lines));
    if (lines.error && !out->error)
        out->error = lines.error;
    buf_free(&lines);
}

int report_nagios(const struct verdict *verdict, struct buf *out)
{
    buf_printf(out, "PROCS %s: ", words[verdict->severity]);
    if (verdict->n_failing)
        add_failing(verdict, out);
    else
        add_fine(verdict, out);
    add_performance(verdict, out);
    buf_append_text(out, "\n");
    add_details(verdict, out);
    return (int)verdict->severity;
}

void report_nagios_refuse(const char *why, struct buf *out)
{
    buf_append_text(out, "PROCS UNKNOWN: ");
    plugin_add_text(out, why);
    buf_append_text(out, "\n");
}
