#include "report/internal.h"

#include "base/buf.h"
#include "table/table.h"
#include "table/table_age.h"

#include <inttypes.h>
#include <string.h>

#define AT(member) offsetof(struct finding, member)

enum sample_kind {
    KIND_SEVERITY,
    KIND_NUMBER,
    KIND_KIB,
    KIND_HUNDREDTHS,
    KIND_TIME,
    KIND_ADMIN,
};

/* A metric with a value for each group that has one. */
static const struct {
    const char *name;
    const char *help;
    enum sample_kind kind;
    size_t offset; /* in struct finding */
    uint32_t have; /* enum finding_have, 0 = always known */
} metrics[] = {
    {"procgroup_status", "Status of the group: 0 ok, 1 warning, 2 critical, 3 unknown.",
     KIND_SEVERITY, AT(severity), 0},
    {"procgroup_processes", "Members of the group.", KIND_NUMBER, AT(count),
     FINDING_COUNT},
    {"procgroup_processes_min", "Smallest allowed number of members.", KIND_NUMBER,
     AT(min), FINDING_MIN},
    {"procgroup_processes_max", "Largest allowed number of members.", KIND_NUMBER,
     AT(max), FINDING_MAX},
    {"procgroup_processes_undecided",
     "Processes that may be members: this could not be determined.", KIND_NUMBER,
     AT(undecided), FINDING_UNDECIDED},
    {"procgroup_pending_violations",
     "Values out of range that are waiting for their recheck.", KIND_NUMBER, AT(pending),
     FINDING_PENDING},
    {"procgroup_cpu_usage_ratio", "CPU usage of the members; 1 is one CPU.",
     KIND_HUNDREDTHS, AT(cpu), FINDING_CPU},
    {"procgroup_resident_memory_bytes", "Resident memory of the members.", KIND_KIB,
     AT(rss_kib), FINDING_RSS},
    {"procgroup_suspended",
     "Whether the group is in maintenance or off, and counts as ok.", KIND_ADMIN,
     AT(admin), FINDING_ADMIN},
    {"procgroup_status_change_timestamp_seconds",
     "Time of the last change of the status.", KIND_TIME, AT(since_ms), FINDING_SINCE},
};

static void add_head(const char *name, const char *help, struct buf *out)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void add_label(const char *label, const char *value, struct buf *out)
{
    buf_printf(out, "%s=\"", label);
    for (const char *p = value; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_append(out, "\\", 1);
        buf_append(out, p, 1);
    }
    buf_append_text(out, "\"");
}

static void add_labels(const struct finding *f, struct buf *out)
{
    buf_append_text(out, "{");
    if (f->host)
        add_label("host", f->host, out);
    buf_append_text(out, f->host && f->group ? "," : "");
    if (f->group)
        add_label("group", f->group, out);
    buf_append_text(out, "} ");
}

static void add_seconds(int64_t ms, struct buf *out)
{
    buf_printf(out, "%" PRId64 ".%03" PRId64 "\n", ms / 1000, ms % 1000);
}

static void add_value(enum sample_kind kind, const void *at, struct buf *out)
{
    const int64_t *number = at;
    switch (kind) {
    case KIND_SEVERITY:
        buf_printf(out, "%d\n", (int)*(const enum severity *)at);
        break;
    case KIND_NUMBER:
        buf_printf(out, "%" PRId64 "\n", *number);
        break;
    case KIND_KIB:
        buf_printf(out, "%" PRId64 "\n", *number * 1024);
        break;
    case KIND_HUNDREDTHS: /* of a percent */
        buf_printf(out, "%" PRId64 ".%04" PRId64 "\n", *number / 10000, *number % 10000);
        break;
    case KIND_TIME:
        add_seconds(*number, out);
        break;
    case KIND_ADMIN:
        buf_printf(out, "%d\n", strcmp(*(const char *const *)at, "monitored") != 0);
        break;
    }
}

/* Two findings of one group, by two limits of a query, have the same labels: the first
 * one is the sample. */
static bool is_repeated(const struct report *report, size_t i)
{
    const struct finding *f = &report->findings[i], *last = f - 1;
    return i > 0 && report->style->hosts && f->host == last->host && f->group &&
           last->group && strcmp(f->group, last->group) == 0;
}

static void add_metric(const struct report *report, size_t m, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < report->n; i++) {
        const struct finding *f = &report->findings[i];
        if ((metrics[m].have && !(f->have & metrics[m].have)) || is_repeated(report, i) ||
            (!f->group && !f->host))
            continue;
        if (is_first)
            add_head(metrics[m].name, metrics[m].help, out);
        is_first = false;
        buf_append_text(out, metrics[m].name);
        add_labels(f, out);
        add_value(metrics[m].kind, (const char *)f + metrics[m].offset, out);
    }
}

static void add_up(bool is_up, struct buf *out)
{
    add_head("procgroup_up", "Whether the groups could be read and are not stale.", out);
    buf_printf(out, "procgroup_up %d\n", is_up);
}

/* In the order of the findings. What is unknown has no sample. */
void report_write_prometheus(const struct report *report, struct buf *out)
{
    add_up(!report->agent || !report->agent->age->stale, out);
    if (report->agent && table_scalars(report->image)->sampled_ms) {
        add_head("procgroup_last_scan_timestamp_seconds",
                 "Time when the last scan began.", out);
        buf_append_text(out, "procgroup_last_scan_timestamp_seconds ");
        add_seconds(table_scalars(report->image)->sampled_ms, out);
    }
    for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++)
        add_metric(report, m, out);
}

void report_refuse_prometheus(const struct report_style *style, const char *why,
                              struct buf *out)
{
    (void)style, (void)why;
    add_up(false, out);
}
