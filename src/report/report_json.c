#include "report/internal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "engine/engine.h"
#include "model/snapshot.h"
#include "table/table.h"
#include "table/table_age.h"

#include <inttypes.h>

/* docs/procgroup.schema.json describes the result: one for all commands, whose keys are
 * the columns of PROCGROUP-MIB without their prefix. */

enum key_kind { TEXT, SEVERITY, NUMBER, HUNDREDTHS, TIME };

enum key_missing {
    ALWAYS, /* it is never missing */
    NONE,   /* null: unknown, or there is no such limit */
    LOCAL,  /* null for groups of this host; an agent may not have been asked for it */
    ABSENT, /* no key */
};

#define AT(member) offsetof(struct finding, member)

/* A key of a group. */
static const struct {
    const char *key;
    enum key_kind kind;
    enum key_missing missing;
    uint32_t have; /* enum finding_have, 0 = always known */
    size_t offset; /* in struct finding */
} keys[] = {
    {"name", TEXT, ALWAYS, 0, AT(group)},
    {"status", SEVERITY, ALWAYS, 0, AT(severity)},
    {"result", TEXT, ALWAYS, 0, AT(state)},
    {"count", NUMBER, NONE, FINDING_COUNT, AT(count)},
    {"min", NUMBER, NONE, FINDING_MIN, AT(min)},
    {"max", NUMBER, NONE, FINDING_MAX, AT(max)},
    {"undecided", NUMBER, NONE, FINDING_UNDECIDED, AT(undecided)},
    {"pending", NUMBER, ABSENT, FINDING_PENDING, AT(pending)},
    {"cpu", HUNDREDTHS, LOCAL, FINDING_CPU, AT(cpu)},
    {"rss", NUMBER, LOCAL, FINDING_RSS, AT(rss_kib)},
    {"user", TEXT, ABSENT, FINDING_USER, AT(user)},
    {"context", TEXT, ABSENT, FINDING_CONTEXT, AT(context)},
    {"adminStatus", TEXT, ABSENT, FINDING_ADMIN, AT(admin)},
    {"adminUntil", TIME, ABSENT, FINDING_UNTIL, AT(until_ms)},
    {"adminReason", TEXT, ABSENT, FINDING_REASON, AT(reason)},
    {"lastChange", TIME, ABSENT, FINDING_SINCE, AT(since_ms)},
    {"message", TEXT, ALWAYS, 0, AT(message)},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct report_style report_of_groups = {"procgroup", false};
const struct report_style report_of_hosts = {"snmp-procgroup", true};

static void add_key(const char *key, struct buf *out)
{
    buf_append_text(out, ", ");
    json_add_text(out, key);
    buf_append_text(out, ": ");
}

static void add_text_key(const char *key, const char *text, struct buf *out)
{
    buf_append_text(out, ", ");
    json_add_pair(out, key, text);
}

/* Empty = null. */
static void add_optional(const char *key, const char *text, struct buf *out)
{
    add_key(key, out);
    if (*text)
        json_add_text(out, text);
    else
        buf_append_text(out, "null");
}

/* ------------------------------------------------------------ findings */

static void add_time(int64_t wall_ms, struct buf *out)
{
    char text[32];
    json_add_text(out, clock_format_wall(wall_ms, text, sizeof(text)));
}

/* 0 = null */
static void add_time_key(const char *key, int64_t wall_ms, struct buf *out)
{
    add_key(key, out);
    if (wall_ms)
        add_time(wall_ms, out);
    else
        buf_append_text(out, "null");
}

static void add_hundredths(int64_t value, struct buf *out)
{
    buf_printf(out, "%" PRId64 ".%02" PRId64, value / 100, value % 100);
}

static void add_value(size_t key, const struct finding *f, struct buf *out)
{
    const void *at = (const char *)f + keys[key].offset;
    const int64_t *number = at;
    switch (keys[key].kind) {
    case TEXT:
        json_add_text(out, *(const char *const *)at);
        break;
    case SEVERITY:
        json_add_text(out, severity_word(*(const enum severity *)at));
        break;
    case NUMBER:
        buf_printf(out, "%" PRId64, *number);
        break;
    case HUNDREDTHS:
        add_hundredths(*number, out);
        break;
    case TIME:
        add_time(*number, out);
        break;
    }
}

static void add_members(const struct report *report, const struct finding *f,
                        struct buf *out)
{
    size_t n;
    const char *between = "\n    {";
    const struct table_image *image = report->image;
    const struct table_member *m = table_members(image, &n);
    add_key("members", out);
    buf_append_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        const char state[] = {(char)m[i].state, '\0'};
        if (m[i].group != f->index)
            continue;
        buf_printf(out, "%s\"pid\": %u, \"parent\": %u", between, m[i].pid, m[i].ppid);
        between = ",\n    {";
        add_text_key("name", table_text(image, m[i].name, NULL), out);
        add_optional("path", table_text(image, m[i].path, NULL), out);
        add_optional("commandLine", table_text(image, m[i].cmdline, NULL), out);
        add_text_key("user", table_text(image, m[i].user, NULL), out);
        add_text_key("state", state, out);
        add_key("cpu", out);
        add_hundredths(m[i].cpu, out);
        buf_printf(out, ", \"rss\": %" PRIu64 ", \"threads\": %u", m[i].rss_kib,
                   m[i].threads);
        add_time_key("startTime", m[i].start_ms, out);
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]");
}

static void add_finding(const struct report *report, const struct finding *f,
                        struct buf *out)
{
    const char *between = report->style->hosts ? "\n    {" : "\n  {";
    bool certain = (f->have & FINDING_COUNT) && !(f->have & FINDING_UNSURE);
    for (size_t i = 0; i < COUNT(keys); i++) {
        bool known = !keys[i].have || f->have & keys[i].have;
        bool no_limit = keys[i].have == FINDING_MIN && f->min == 0;
        if (!known && (keys[i].missing == ABSENT ||
                       (keys[i].missing == LOCAL && report->style->hosts)))
            continue;
        buf_append_text(out, between);
        between = ", ";
        json_add_text(out, keys[i].key);
        buf_append_text(out, ": ");
        if (known && !no_limit)
            add_value(i, f, out);
        else
            buf_append_text(out, "null");
    }
    if (f->inverted)
        add_text_key("limit", f->inverted, out);
    add_optional("reason", certain ? "" : f->message, out);
    if (report->members)
        add_members(report, f, out);
    buf_append_text(out, "}");
}

static void add_findings(const struct report *report, size_t first, size_t n,
                         struct buf *out)
{
    const char *between = "";
    add_key("groups", out);
    buf_append_text(out, "[");
    for (size_t i = first; i < first + n; i++) {
        const struct finding *f = &report->findings[i];
        if (!f->group)
            continue;
        buf_append_text(out, between);
        between = ",";
        add_finding(report, f, out);
    }
    buf_append_text(out, "]");
}

/* What is about the host, and not about one of its groups. */
static void add_problem(const char *result, enum severity severity, const char *message,
                        struct buf *out)
{
    buf_append_text(out, "{");
    json_add_pair(out, "result", result);
    add_text_key("status", severity_word(severity), out);
    add_text_key("message", message, out);
    buf_append_text(out, "}");
}

static void add_problems(const struct report *report, size_t first, size_t n,
                         struct buf *out)
{
    const char *between = "";
    add_key("problems", out);
    buf_append_text(out, "[");
    for (size_t i = first; i < first + n; i++) {
        const struct finding *f = &report->findings[i];
        if (f->group)
            continue;
        buf_append_text(out, between);
        between = ", ";
        add_problem(f->state, f->severity, f->message, out);
    }
    buf_append_text(out, "]");
}

/* ------------------------------------------------------------ violations */

/* Not all groups may be asked for. */
static bool has_group(const struct report *report, uint32_t group)
{
    size_t n;
    table_groups(report->image, &n);
    for (size_t i = 0; report->n < n && i < report->n; i++)
        if (report->findings[i].group && report->findings[i].index == group)
            return true;
    return report->n >= n;
}

static void add_violations(const struct report *report, struct buf *out)
{
    size_t n;
    const char *between = "\n  {";
    const struct table_image *image = report->image;
    const struct table_violation *v = table_violations(image, &n);
    add_key("violations", out);
    buf_append_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        if (!has_group(report, v[i].group))
            continue;
        buf_append_text(out, between);
        between = ",\n  {";
        json_add_pair(out, "group", table_text(image, v[i].name, NULL));
        add_text_key("condition", table_text(image, v[i].condition_name, NULL), out);
        add_text_key("severity", severity_word(v[i].severity), out);
        add_text_key("value", table_text(image, v[i].value, NULL), out);
        add_text_key("limit", table_text(image, v[i].limit, NULL), out);
        add_optional("offender", table_text(image, v[i].offender, NULL), out);
        if (v[i].pid)
            buf_printf(out, ", \"pid\": %u", v[i].pid);
        else
            buf_append_text(out, ", \"pid\": null");
        add_time_key("time", v[i].since_ms, out);
        add_text_key("message", table_text(image, v[i].message, NULL), out);
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]");
}

/* ------------------------------------------------------------ the daemon */

static const char *sample_word(const struct report *report)
{
    static const char *const words[] = {[SNAPSHOT_COMPLETE] = "complete",
                                        [SNAPSHOT_PARTIAL] = "partial",
                                        [SNAPSHOT_FAILED] = "failed"};
    uint32_t state = table_scalars(report->image)->sample_state;
    if (report->agent->age->stale)
        return "stale";
    return state <= SNAPSHOT_FAILED ? words[state] : "none";
}

static void add_agent(const struct report *report, struct buf *out)
{
    const struct table_scalars *s = table_scalars(report->image);
    const struct table_age *age = report->agent->age;
    buf_append_text(out, ", \"agent\": {");
    json_add_pair(out, "version", table_text(report->image, s->version, NULL));
    add_time_key("startTime", s->started_ms, out);
    add_text_key("collector", table_text(report->image, s->source_name, NULL), out);
    add_text_key("sampleState", sample_word(report), out);
    add_time_key("sampleTime", s->sampled_ms, out);
    buf_printf(out,
               ", \"sampleAge\": %u.%03u, \"processes\": %u, \"configErrors\": %u"
               ", \"notificationsEnabled\": %s, \"notificationsQueued\": %u"
               ", \"notificationsDropped\": %u}",
               age->ms / 1000, age->ms % 1000, s->processes, s->config_errors,
               s->notify_on ? "true" : "false", s->queued, s->dropped);
}

/* An event of the daemon itself has no group. */
static void add_event(const struct table_image *image, struct buf *out)
{
    const struct table_event *event = table_event(image);
    size_t n, n_conditions;
    const struct table_group *g = table_groups(image, &n);
    const struct table_condition *c = table_conditions(image, &n_conditions);
    bool has_group = n && n_conditions;
    buf_printf(out, "\n  {\"number\": %" PRIu64, event->number);
    add_time_key("time", event->time_ms, out);
    add_text_key("kind", event_kind_name(event->kind), out);
    add_optional("group", has_group ? table_text(image, g->name, NULL) : "", out);
    add_optional("condition", has_group ? table_text(image, c->name, NULL) : "", out);
    add_optional("severity", has_group ? severity_word(event->severity) : "", out);
    add_text_key(
        "message",
        table_text(image, n ? g->message : table_scalars(image)->config_message, NULL),
        out);
    buf_append_text(out, "}");
}

static void add_events(const struct report_agent *agent, struct buf *out)
{
    add_key("events", out);
    buf_append_text(out, "[");
    for (size_t i = 0; i < agent->n_events; i++) {
        buf_append_text(out, i ? "," : "");
        add_event(agent->events[i], out);
    }
    buf_append_text(out, "]");
}

/* ------------------------------------------------------------ all of it */

static void add_hosts(const struct report *report, struct buf *out)
{
    add_key("hosts", out);
    buf_append_text(out, "[");
    for (size_t i = 0; i < report->n_subjects; i++) {
        const struct report_subject *host = &report->subjects[i];
        buf_append_text(out, i ? ",\n  {" : "\n  {");
        json_add_pair(out, "host", host->name);
        add_text_key("status", severity_word(host->severity), out);
        add_problems(report, host->first, host->n, out);
        add_findings(report, host->first, host->n, out);
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]");
}

void report_write_json(const struct report *report, struct buf *out)
{
    buf_append_text(out, "{");
    json_add_pair(out, "status", severity_word(report->severity));
    if (report->style->hosts) {
        add_hosts(report, out);
    } else {
        if (report->agent)
            add_agent(report, out);
        add_problems(report, 0, report->n, out);
        add_findings(report, 0, report->n, out);
        add_violations(report, out);
        if (report->agent)
            add_events(report->agent, out);
    }
    buf_append_text(out, "}\n");
}

void report_refuse_json(const struct report_style *style, const char *why,
                        struct buf *out)
{
    (void)style;
    buf_append_text(out, "{");
    json_add_pair(out, "status", "unknown");
    add_key("problems", out);
    buf_append_text(out, "[");
    add_problem("error", SEVERITY_UNKNOWN, why, out);
    buf_append_text(out, "]}\n");
}
