#include "report/internal.h"

#include "base/buf.h"
#include "base/json.h"
#include "table/table.h"

#include <inttypes.h>

#define AT(member) offsetof(struct finding, member)

/* procgroup check */
static const struct report_key group_keys[] = {
    {"name", REPORT_TEXT, AT(group), 0, false},
    {"status", REPORT_SEVERITY, AT(severity), 0, false},
    {"count", REPORT_NUMBER, AT(count), FINDING_COUNT, true},
    {"undecided", REPORT_NUMBER, AT(undecided), FINDING_UNDECIDED, true},
    {"cpu", REPORT_HUNDREDTHS, AT(cpu), FINDING_CPU, true},
    {"rss_kib", REPORT_NUMBER, AT(rss_kib), FINDING_RSS, true},
    {"min", REPORT_NUMBER, AT(min), FINDING_MIN, false},
    {"max", REPORT_NUMBER, AT(max), FINDING_MAX, true},
    {"message", REPORT_TEXT, AT(message), 0, false},
};
/* snmp-procgroup */
static const struct report_key host_keys[] = {
    {"group", REPORT_TEXT, AT(group), 0, false},
    {"result", REPORT_TEXT, AT(state), 0, false},
    {"severity", REPORT_SEVERITY, AT(severity), 0, false},
    {"count", REPORT_NUMBER, AT(count), FINDING_COUNT, true},
    {"min", REPORT_NUMBER, AT(min), FINDING_MIN, false},
    {"max", REPORT_NUMBER, AT(max), FINDING_MAX, false},
    {"pending", REPORT_NUMBER, AT(pending), FINDING_PENDING, false},
    {"undecided", REPORT_NUMBER, AT(undecided), FINDING_UNDECIDED, false},
    {"cpu", REPORT_HUNDREDTHS, AT(cpu), FINDING_CPU, false},
    {"user", REPORT_TEXT, AT(user), FINDING_USER, false},
    {"context", REPORT_TEXT, AT(context), FINDING_CONTEXT, false},
    {"message", REPORT_TEXT, AT(message), 0, false},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct report_style report_of_groups = {"procgroup", false, "status", group_keys,
                                              COUNT(group_keys)};
const struct report_style report_of_hosts = {"snmp-procgroup", true, "severity",
                                             host_keys, COUNT(host_keys)};

/* ------------------------------------------------------------ findings */

static void add_value(const struct report_key *key, const struct finding *f,
                      struct buf *out)
{
    const void *at = (const char *)f + key->offset;
    const int64_t *number = at;
    switch (key->kind) {
    case REPORT_TEXT:
        json_add_text(out, *(const char *const *)at);
        break;
    case REPORT_SEVERITY:
        json_add_text(out, severity_word(*(const enum severity *)at));
        break;
    case REPORT_NUMBER:
        buf_printf(out, "%" PRId64, *number);
        break;
    case REPORT_HUNDREDTHS:
        buf_printf(out, "%" PRId64 ".%02" PRId64, *number / 100, *number % 100);
        break;
    }
}

/* A finding without a group has neither a name nor a count. */
static void add_finding(const struct report *report, const struct finding *f,
                        struct buf *out)
{
    const char *between = "";
    const struct report_style *style = report->style;
    buf_append_text(out, style->hosts ? "\n    {" : "\n  {");
    for (size_t i = 0; i < style->n_keys; i++) {
        const struct report_key *key = &style->keys[i];
        bool known = !key->have || f->have & key->have;
        if ((!known && !key->null) ||
            (!f->group && (key->null || key->offset == AT(group))))
            continue;
        buf_append_text(out, between);
        between = ", ";
        json_add_text(out, key->key);
        buf_append_text(out, ": ");
        if (known)
            add_value(key, f, out);
        else
            buf_append_text(out, "null");
    }
    buf_append_text(out, "}");
}

static void add_findings(const struct report *report, size_t first, size_t n,
                         struct buf *out)
{
    const char *between = "";
    for (size_t i = first; i < first + n; i++) {
        const struct finding *f = &report->findings[i];
        if (!f->group && !f->host)
            continue; /* the status of the report says it */
        buf_append_text(out, between);
        between = ",";
        add_finding(report, f, out);
    }
}

/* ------------------------------------------------------------ violations */

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
    for (size_t i = 0; i < COUNT(texts); i++) {
        buf_append_text(out, i ? ", " : "\n  {");
        json_add_pair(out, texts[i].key, texts[i].text);
    }
    buf_append_text(out, "}");
}

/* ------------------------------------------------------------ all of it */

static void add_hosts(const struct report *report, struct buf *out)
{
    buf_append_text(out, ", \"hosts\": [");
    for (size_t i = 0; i < report->n_subjects; i++) {
        const struct report_subject *host = &report->subjects[i];
        buf_append_text(out, i ? ",\n  {" : "\n  {");
        json_add_pair(out, "host", host->name);
        buf_append_text(out, ", ");
        json_add_pair(out, "severity", severity_word(host->severity));
        buf_append_text(out, ", \"findings\": [");
        add_findings(report, host->first, host->n, out);
        buf_append_text(out, "]}");
    }
}

static void add_groups(const struct report *report, struct buf *out)
{
    size_t n;
    const struct table_violation *v = table_violations(report->image, &n);
    buf_append_text(out, ", \"groups\": [");
    add_findings(report, 0, report->n, out);
    buf_append_text(out, "\n], \"violations\": [");
    for (size_t i = 0; i < n; i++) {
        buf_append_text(out, i ? "," : "");
        add_violation(report->image, &v[i], out);
    }
}

void report_write_json(const struct report *report, struct buf *out)
{
    buf_append_text(out, "{");
    json_add_pair(out, report->style->severity_key, severity_word(report->severity));
    if (report->style->hosts)
        add_hosts(report, out);
    else
        add_groups(report, out);
    buf_append_text(out, "\n]}\n");
}

void report_refuse_json(const struct report_style *style, const char *why,
                        struct buf *out)
{
    buf_append_text(out, "{");
    json_add_pair(out, style->severity_key, "unknown");
    buf_append_text(out, ", ");
    json_add_pair(out, "message", why);
    buf_append_text(out, "}\n");
}
