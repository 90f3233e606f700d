#include "report/internal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "engine/engine.h"
#include "table/table.h"
#include "table/table_age.h"

#include <inttypes.h>

#define AT(member) offsetof(struct finding, member)

/* procgroup check and status */
static const struct report_key group_keys[] = {
    {"name", REPORT_TEXT, AT(group), 0, false},
    {"status", REPORT_SEVERITY, AT(severity), 0, false},
    {"count", REPORT_NUMBER, AT(count), FINDING_COUNT, true},
    {"undecided", REPORT_NUMBER, AT(undecided), FINDING_UNDECIDED, true},
    {"cpu", REPORT_HUNDREDTHS, AT(cpu), FINDING_CPU, true},
    {"rss_kib", REPORT_NUMBER, AT(rss_kib), FINDING_RSS, true},
    {"min", REPORT_NUMBER, AT(min), FINDING_MIN, false},
    {"max", REPORT_NUMBER, AT(max), FINDING_MAX, true},
    {"pending", REPORT_NUMBER, AT(pending), FINDING_PENDING, false},
    {"admin", REPORT_TEXT, AT(admin), FINDING_ADMIN, false},
    {"admin_until", REPORT_TIME, AT(until_ms), FINDING_UNTIL, false},
    {"admin_reason", REPORT_TEXT, AT(reason), FINDING_REASON, false},
    {"since", REPORT_TIME, AT(since_ms), FINDING_SINCE, false},
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

static void add_time(int64_t wall_ms, struct buf *out)
{
    char text[32];
    json_add_text(out, clock_format_wall(wall_ms, text, sizeof(text)));
}

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
    case REPORT_TIME:
        add_time(*number, out);
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

/* ------------------------------------------------------------ the daemon */

static void add_agent(const struct report *report, struct buf *out)
{
    const struct table_scalars *s = table_scalars(report->image);
    const struct table_age *age = report->agent->age;
    buf_append_text(out, ", \"agent\": {");
    json_add_pair(out, "version", table_text(report->image, s->version, NULL));
    buf_append_text(out, ", \"started\": ");
    add_time(s->started_ms, out);
    buf_append_text(out, ", ");
    json_add_pair(out, "source", table_text(report->image, s->source_name, NULL));
    buf_append_text(out, ", \"sampled\": ");
    if (s->sampled_ms)
        add_time(s->sampled_ms, out);
    else
        buf_append_text(out, "null");
    buf_printf(out,
               ", \"age\": %u.%03u, \"stale\": %s, \"processes\": %u"
               ", \"config_errors\": %u, \"notifications\": %s, \"queued\": %u"
               ", \"dropped\": %u}",
               age->ms / 1000, age->ms % 1000, age->stale ? "true" : "false",
               s->processes, s->config_errors, s->notify_on ? "true" : "false", s->queued,
               s->dropped);
}

static void add_event(const struct table_image *image, struct buf *out)
{
    const struct table_event *event = table_event(image);
    size_t n, n_conditions;
    const struct table_group *g = table_groups(image, &n);
    const struct table_condition *c = table_conditions(image, &n_conditions);
    buf_printf(out, "\n  {\"number\": %" PRIu64 ", \"time\": ", event->number);
    add_time(event->time_ms, out);
    buf_append_text(out, ", ");
    json_add_pair(out, "kind", event_kind_name(event->kind));
    buf_append_text(out, ", ");
    if (n && n_conditions) {
        json_add_pair(out, "group", table_text(image, g->name, NULL));
        buf_append_text(out, ", ");
        json_add_pair(out, "condition", table_text(image, c->name, NULL));
        buf_append_text(out, ", ");
        json_add_pair(out, "severity", severity_word(event->severity));
        buf_append_text(out, ", ");
    }
    json_add_pair(
        out, "message",
        table_text(image, n ? g->message : table_scalars(image)->config_message, NULL));
    buf_append_text(out, "}");
}

static void add_events(const struct report_agent *agent, struct buf *out)
{
    buf_append_text(out, "\n], \"events\": [");
    for (size_t i = 0; i < agent->n_events; i++) {
        buf_append_text(out, i ? "," : "");
        add_event(agent->events[i], out);
    }
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
    if (report->agent)
        add_agent(report, out);
    buf_append_text(out, ", \"groups\": [");
    add_findings(report, 0, report->n, out);
    buf_append_text(out, "\n], \"violations\": [");
    for (size_t i = 0; i < n; i++) {
        buf_append_text(out, i ? "," : "");
        add_violation(report->image, &v[i], out);
    }
    if (report->agent)
        add_events(report->agent, out);
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
