#include "report/internal.h"

#include "base/buf.h"
#include "base/json.h"
#include "engine/engine.h"
#include "model/snapshot.h"
#include "report/json_object.h"
#include "report/json_rows.h"
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

/* ------------------------------------------------------------ findings */

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
        object_add_hundredths(out, *number);
        break;
    case TIME:
        object_add_time(out, *number);
        break;
    }
}

static bool add_finding(const struct report *report, size_t number, const void *of,
                        struct buf *out)
{
    const struct finding *f = &report->findings[number];
    const char *between = "";
    (void)of;
    if (!f->group)
        return false;
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
        object_add_text(out, "limit", f->inverted);
    object_add_optional(out, "reason", certain ? "" : f->message);
    rows_add_conditions(report, f, out);
    if (report->members)
        rows_add_members(report, f, out);
    return true;
}

/* What is about the host, and not about one of its groups. */
static void add_problem(const char *result, enum severity severity, const char *message,
                        struct buf *out)
{
    json_add_pair(out, "result", result);
    object_add_text(out, "status", severity_word(severity));
    object_add_text(out, "message", message);
}

static bool add_problem_of(const struct report *report, size_t number, const void *of,
                           struct buf *out)
{
    const struct finding *f = &report->findings[number];
    (void)of;
    if (f->group)
        return false;
    add_problem(f->state, f->severity, f->message, out);
    return true;
}

static void add_findings(const struct report *report, size_t first, size_t n,
                         struct buf *out)
{
    const char *indent = report->style->hosts ? "\n    " : "\n  ";
    const struct object_list problems = {"problems", first, n, "", add_problem_of, NULL};
    const struct object_list groups = {"groups", first, n, indent, add_finding, NULL};
    object_add_list(out, &problems, report);
    object_add_list(out, &groups, report);
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
    object_add_wall(out, "startTime", s->started_ms);
    object_add_text(out, "collector", table_text(report->image, s->source_name, NULL));
    object_add_text(out, "sampleState", sample_word(report));
    object_add_wall(out, "sampleTime", s->sampled_ms);
    buf_printf(out,
               ", \"sampleAge\": %u.%03u, \"processes\": %u, \"configErrors\": %u"
               ", \"notificationsEnabled\": %s, \"notificationsQueued\": %u"
               ", \"notificationsDropped\": %u}",
               age->ms / 1000, age->ms % 1000, s->processes, s->config_errors,
               s->notify_on ? "true" : "false", s->queued, s->dropped);
}

/* ------------------------------------------------------------ all of it */

static bool add_host(const struct report *report, size_t number, const void *of,
                     struct buf *out)
{
    const struct report_subject *host = &report->subjects[number];
    (void)of;
    json_add_pair(out, "host", host->name);
    object_add_text(out, "status", severity_word(host->severity));
    add_findings(report, host->first, host->n, out);
    return true;
}

void report_write_json(const struct report *report, struct buf *out)
{
    buf_append_text(out, "{");
    json_add_pair(out, "status", severity_word(report->severity));
    if (report->style->hosts) {
        const struct object_list hosts = {"hosts", 0,        report->n_subjects,
                                          "\n  ",  add_host, NULL};
        object_add_list(out, &hosts, report);
    } else {
        if (report->agent)
            add_agent(report, out);
        add_findings(report, 0, report->n, out);
        rows_add_violations(report, out);
        if (report->agent)
            rows_add_events(report, out);
    }
    buf_append_text(out, "}\n");
}

void report_refuse_json(const struct report_style *style, const char *why,
                        struct buf *out)
{
    (void)style;
    buf_append_text(out, "{");
    json_add_pair(out, "status", "unknown");
    object_add_key(out, "problems");
    buf_append_text(out, "[{");
    add_problem("error", SEVERITY_UNKNOWN, why, out);
    buf_append_text(out, "}]}\n");
}
