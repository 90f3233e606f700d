#include "report/json_rows.h"

#include "base/buf.h"
#include "base/json.h"
#include "engine/engine.h"
#include "report/json_object.h"
#include "report/report.h"
#include "table/table.h"
#include "table/table_age.h"

#include <inttypes.h>

/* ------------------------------------------------------------ conditions */

static const char *state_word(uint32_t state)
{
    static const char *const words[] = {[TABLE_CONDITION_OK] = "ok",
                                        [TABLE_CONDITION_PENDING] = "pending",
                                        [TABLE_CONDITION_VIOLATED] = "violated",
                                        [TABLE_CONDITION_UNKNOWN] = "unknown",
                                        [TABLE_CONDITION_OFF] = "off"};
    return state < sizeof(words) / sizeof(words[0]) ? words[state] : "unknown";
}

/* Why there is no number. */
static const char *reason_of(const struct report_condition *c, const struct finding *f)
{
    if (c->state == TABLE_CONDITION_OFF)
        return "the group is off";
    if (c->state == TABLE_CONDITION_UNKNOWN)
        return *c->message ? report_bare_message(f->group, c->message)
                           : "could not be determined";
    if (c->have & TABLE_VALUE)
        return "";
    return f->have & FINDING_COUNT && f->count == 0 ? "the group has no members"
                                                    : "not measured yet";
}

static void write_condition(const struct report_condition *c, const struct finding *f,
                            struct buf *out)
{
    const char *reason = reason_of(c, f);
    json_add_pair(out, "name", c->name);
    object_add_text(out, "metric", c->metric);
    object_add_text(out, "state", state_word(c->state));
    object_add_text(out, "severity", severity_word(c->severity));
    object_add_milli(out, "value", c->have & TABLE_VALUE && !*reason, c->value_milli);
    object_add_milli(out, "low", c->have & TABLE_LOW, c->low_milli);
    object_add_milli(out, "high", c->have & TABLE_HIGH, c->high_milli);
    object_add_text(out, "unit", c->unit);
    object_add_text(out, "limit", c->limit);
    buf_printf(out, ", \"each\": %s, \"violations\": %u", c->each ? "true" : "false",
               c->violations);
    object_add_wall(out, "since", c->since_ms);
    object_add_optional(out, "message", c->message);
    object_add_optional(out, "reason", reason);
}

static bool add_condition(const struct report *report, size_t number, const void *of,
                          struct buf *out)
{
    write_condition(&report->conditions[number], of, out);
    return true;
}

static bool add_row(const struct report *report, size_t number, const void *of,
                    struct buf *out)
{
    const struct table_image *image = report->image;
    const struct table_condition *row = &table_conditions(image, NULL)[number];
    const struct table_age *age = report->agent ? report->agent->age : NULL;
    struct report_condition c = {.name = table_text(image, row->name, NULL),
                                 .metric = table_text(image, row->metric, NULL),
                                 .unit = table_text(image, row->unit, NULL),
                                 .limit = table_text(image, row->limit, NULL),
                                 .message = table_text(image, row->message, NULL),
                                 .state = table_aged_state(row, age),
                                 .severity = row->severity,
                                 .have = row->have,
                                 .value_milli = row->value_milli,
                                 .low_milli = row->low_milli,
                                 .high_milli = row->high_milli,
                                 .each = row->each,
                                 .violations = row->violations,
                                 .since_ms = table_aged_since(row, age)};
    if (age && age->stale && c.state != TABLE_CONDITION_OFF)
        c.message = age->text;
    write_condition(&c, of, out);
    return true;
}

/* NULL: the report has no row of it. */
static const struct table_group *group_of(const struct report *report,
                                          const struct finding *finding)
{
    return report->image ? table_find_group(report->image, finding->index) : NULL;
}

void rows_add_conditions(const struct report *report, const struct finding *finding,
                         struct buf *out)
{
    const struct table_group *g = group_of(report, finding);
    struct object_list list = {"conditions",          finding->first_condition,
                               finding->n_conditions, "\n      ",
                               add_condition,         finding};
    if (g) {
        list.first = g->first_condition;
        list.n = g->n_conditions;
        list.add = add_row;
    }
    if (g || finding->have & FINDING_CONDITIONS)
        object_add_list(out, &list, report);
}

/* ------------------------------------------------------------ members */

static bool add_member(const struct report *report, size_t number, const void *of,
                       struct buf *out)
{
    const struct table_image *image = report->image;
    const struct table_member *m = &table_members(image, NULL)[number];
    const struct finding *f = of;
    const char state[] = {(char)m->state, '\0'};
    if (m->group != f->index)
        return false;
    buf_printf(out, "\"pid\": %u, \"parent\": %u", m->pid, m->ppid);
    object_add_text(out, "name", table_text(image, m->name, NULL));
    object_add_optional(out, "path", table_text(image, m->path, NULL));
    object_add_optional(out, "commandLine", table_text(image, m->cmdline, NULL));
    object_add_text(out, "user", table_text(image, m->user, NULL));
    object_add_text(out, "state", state);
    object_add_key(out, "cpu");
    object_add_hundredths(out, m->cpu);
    buf_printf(out, ", \"rss\": %" PRIu64 ", \"threads\": %u", m->rss_kib, m->threads);
    object_add_wall(out, "startTime", m->start_ms);
    return true;
}

void rows_add_members(const struct report *report, const struct finding *finding,
                      struct buf *out)
{
    const struct table_group *g = group_of(report, finding);
    if (!g)
        return;
    const struct object_list list = {"members", g->first_member, g->n_members,
                                     "\n    ",  add_member,      finding};
    object_add_list(out, &list, report);
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

static bool add_violation(const struct report *report, size_t number, const void *of,
                          struct buf *out)
{
    const struct table_image *image = report->image;
    const struct table_violation *v = &table_violations(image, NULL)[number];
    (void)of;
    if (!has_group(report, v->group))
        return false;
    json_add_pair(out, "group", table_text(image, v->name, NULL));
    object_add_text(out, "condition", table_text(image, v->condition_name, NULL));
    object_add_text(out, "severity", severity_word(v->severity));
    object_add_text(out, "value", table_text(image, v->value, NULL));
    object_add_text(out, "limit", table_text(image, v->limit, NULL));
    object_add_optional(out, "offender", table_text(image, v->offender, NULL));
    object_add_key(out, "pid");
    if (v->pid)
        buf_printf(out, "%u", v->pid);
    else
        buf_append_text(out, "null");
    object_add_wall(out, "time", v->since_ms);
    object_add_text(out, "message", table_text(image, v->message, NULL));
    return true;
}

void rows_add_violations(const struct report *report, struct buf *out)
{
    struct object_list list = {"violations", 0, 0, "\n  ", add_violation, NULL};
    table_violations(report->image, &list.n);
    object_add_list(out, &list, report);
}

/* ------------------------------------------------------------ events */

/* An event of the daemon itself has no group. */
static bool add_event(const struct report *report, size_t number, const void *of,
                      struct buf *out)
{
    const struct table_image *image = report->agent->events[number];
    const struct table_event *event = table_event(image);
    size_t n, n_conditions;
    const struct table_group *g = table_groups(image, &n);
    const struct table_condition *c = table_conditions(image, &n_conditions);
    bool has_rows = n && n_conditions;
    (void)of;
    buf_printf(out, "\"number\": %" PRIu64, event->number);
    object_add_wall(out, "time", event->time_ms);
    object_add_text(out, "kind", event_kind_name(event->kind));
    object_add_optional(out, "group", has_rows ? table_text(image, g->name, NULL) : "");
    object_add_optional(out, "condition",
                        has_rows ? table_text(image, c->name, NULL) : "");
    object_add_optional(out, "severity", has_rows ? severity_word(event->severity) : "");
    object_add_text(
        out, "message",
        table_text(image, n ? g->message : table_scalars(image)->config_message, NULL));
    return true;
}

void rows_add_events(const struct report *report, struct buf *out)
{
    const struct object_list list = {"events", 0,         report->agent->n_events,
                                     "\n  ",   add_event, NULL};
    object_add_list(out, &list, report);
}
