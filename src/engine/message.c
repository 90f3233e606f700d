#include "engine/message.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "engine/group_state.h"
#include "engine/process_state.h"
#include "rule/metrics.h"
#include "rule/range.h"
#include "rule/template.h"
#include "select/selector.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX  3 /* undecided processes in a message */
#define RANGE_SIZE 160

/* "1.5G": bytes with the unit that leaves one to four digits before the point. */
static void add_bytes(struct buf *out, double value)
{
    static const char *const units[] = {" B", "K", "M", "G", "T"};
    size_t u = 0;
    while (fabs(value) >= 1024 && u + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1024;
        u++;
    }
    buf_printf(out, u ? "%.1f%s" : "%.0f%s", value, units[u]);
}

/* " %", "/min" */
static void add_unit(struct buf *out, const char *unit)
{
    buf_printf(out, "%s%s", *unit && *unit != '/' ? " " : "", unit);
}

static void add_value(struct buf *out, enum metric metric, double value)
{
    const char *unit = metric_info(metric)->unit;
    if (unit[0] == 'B') {
        add_bytes(out, value);
        buf_append_text(out, unit + 1);
        return;
    }
    buf_printf(out, value == floor(value) && fabs(value) < 1e15 ? "%.0f" : "%.1f", value);
    add_unit(out, unit);
}

char *message_value(enum metric metric, double low, double high)
{
    struct buf b = {0};
    if (low < high && (metric == METRIC_ENFORCING || (low <= 0 && isinf(high)))) {
        buf_append_text(&b, "unknown");
    } else if (metric == METRIC_ENFORCING) {
        buf_append_text(&b, low > 0 ? "enforcing" : "not enforcing");
    } else {
        buf_append_text(&b, isinf(high) ? "at least " : "");
        add_value(&b, metric, low);
        if (low < high && !isinf(high)) {
            buf_append_text(&b, " to ");
            add_value(&b, metric, high);
        }
    }
    return buf_take(&b);
}

char *message_limit(const struct condition *condition)
{
    char text[RANGE_SIZE] = "@";
    range_format(&condition->range, text + 1, sizeof(text) - 1);
    return strdup(text + !condition->inverted);
}

void message_term(struct buf *out, enum group_admin admin, int64_t until_ms,
                  const char *reason)
{
    char text[32];
    if (admin == GROUP_MONITORED || (!until_ms && !*reason))
        return;
    buf_append_text(out, admin == GROUP_OFF ? " [off" : " [in maintenance");
    if (until_ms)
        buf_printf(out, " until %s", clock_format_wall(until_ms, text, sizeof(text)));
    buf_printf(out, *reason ? ": %s]" : "]", reason);
}

char *message_offender(struct template_names *names, const struct process *process)
{
    const struct process *p = process;
    struct buf b = {0};
    const char *name = process_name(p);
    const char *user = template_user_name(names, p->euid);
    buf_printf(&b, "pid %d ", (int)p->pid);
    text_escape(&b, name, strlen(name), 60);
    buf_printf(&b, " user %s", user ? user : "?");
    if ((p->have & PROCESS_LABEL) && p->n_labels) {
        buf_append_text(&b, " context ");
        text_escape(&b, p->labels[0]->text, strlen(p->labels[0]->text), 100);
    }
    return buf_take(&b);
}

/* What the message is about: the group, the offender, the condition. */
static void add_subject(struct buf *b, const struct group_state *g,
                        const struct condition_state *s, const struct violation *v)
{
    buf_printf(b, "%s: ", g->name);
    if (s->rule->each && v->offender && *v->offender)
        buf_printf(b, "%s, ", v->offender);
    /* A name of its own says what the condition is for; the metric follows anyway. */
    if (strcmp(s->rule->name, metric_info(s->rule->metric)->name) != 0)
        buf_printf(b, "%s, ", s->rule->name);
}

/* A limit as it was written; bytes without a unit in the largest one that is exact: "1G",
 * "1500K/s", "0.25 s". */
static void add_bound(struct buf *b, enum metric metric, double value, char unit)
{
    char text[RANGE_SIZE];
    const char *shown = metric_info(metric)->unit;
    bool is_bytes = shown[0] == 'B';
    unit = !is_bytes ? 0 : unit && unit != '%' ? unit : num_size_unit(value);
    num_format_size(value, unit, text, sizeof(text));
    buf_append_text(b, text);
    if (is_bytes)
        buf_printf(b, "%s%s", unit ? "" : " B", shown + 1);
    else
        add_unit(b, shown);
}

void message_range(struct buf *out, enum metric metric, const struct range *range)
{
    char text[RANGE_SIZE];
    bool has_max = range->max < INFINITY;
    bool has_min = range->min > 0 || !has_max;
    bool is_plain = has_min && has_max && !*metric_info(metric)->unit;
    if (is_plain) {
        buf_printf(out, "within %s", range_format(range, text, sizeof(text)));
        return;
    }
    buf_append_text(out, !has_max ? "at least " : !has_min ? "at most " : "within ");
    if (has_min)
        add_bound(out, metric, range->min, range->min_unit);
    buf_append_text(out, has_min && has_max ? " to " : "");
    if (has_max)
        add_bound(out, metric, range->max, range->max_unit);
}

static void add_limit(struct buf *b, const struct condition *c, enum message_side side)
{
    if (c->inverted || side == MESSAGE_INSIDE) {
        buf_append_text(b, c->inverted ? ", " : ", not yet ");
        message_range(b, c->metric, c->inverted ? &c->range : &c->clear);
        return;
    }
    buf_append_text(b, side == MESSAGE_BELOW ? ", below " : ", above ");
    char text[RANGE_SIZE];
    /* Of a count both limits are of interest. A single one stands without its dash: "-5"
     * could be read as a negative number. */
    if (c->metric == METRIC_COUNT && range_shows_both(&c->range))
        buf_append_text(b, range_format(&c->range, text, sizeof(text)));
    else if (side == MESSAGE_BELOW)
        add_bound(b, c->metric, c->range.min, c->range.min_unit);
    else
        add_bound(b, c->metric, c->range.max, c->range.max_unit);
}

/* "pid 1 (init)" */
static void add_process(struct buf *b, const struct process *p)
{
    const char *name = process_name(p);
    buf_printf(b, "pid %d (", (int)p->pid);
    text_escape(b, name, strlen(name), 60);
    buf_append_text(b, ")");
}

static struct selector_doubt doubt_about(const struct snapshot *snapshot,
                                         const struct group_state *g, size_t i)
{
    return selector_doubt(g->rule->selector, g->undecided[i].process, snapshot,
                          snapshot->taken.boot_ms);
}

/* "path of pid 1 (init), pid 7 (cron) and 2 more not readable: Permission denied". Those
 * that are named have the same reason. */
static void add_undecided(struct buf *b, const struct snapshot *snapshot,
                          const struct group_state *g)
{
    const struct selector_doubt doubt = doubt_about(snapshot, g, 0);
    size_t named = 0;
    buf_printf(b, ": %s of ", doubt.key);
    for (size_t i = 0; i < g->n_undecided && named < NAMED_MAX; i++) {
        struct selector_doubt other = doubt_about(snapshot, g, i);
        if (strcmp(other.key, doubt.key) != 0 || other.error != doubt.error)
            continue;
        buf_append_text(b, named++ ? ", " : "");
        add_process(b, g->undecided[i].process);
    }
    if (named < g->n_undecided)
        buf_printf(b, " and %zu more", g->n_undecided - named);
    if (doubt.error)
        buf_printf(b, " not readable: %s", process_error_text(doubt.error));
    else
        buf_append_text(b, " could not be determined");
}

/* Of a value that takes much CPU time to read. */
static bool is_too_old(const struct group_state *g, const struct condition *c)
{
    bool found = false;
    for (size_t i = 0; i < g->n_members && !found; i++)
        found = process_denied_by(g->members[i].process, ETIME) &
                metric_info(c->metric)->attributes;
    return found;
}

/* Why the value could not be determined. */
static void add_reason(struct buf *b, const struct snapshot *snapshot,
                       const struct group_state *g, const struct condition *c)
{
    if (g->scan_failed)
        buf_printf(b, ": %s", strerror(-snapshot->error));
    else if (c->metric == METRIC_ENFORCING)
        buf_append_text(b, ": the security module does not report its mode");
    else if (g->n_undecided)
        add_undecided(b, snapshot, g);
    else if (snapshot->state == SNAPSHOT_PARTIAL && snapshot->unresponsive)
        buf_append_text(b, ": some processes do not answer");
    else if (snapshot->state == SNAPSHOT_PARTIAL)
        buf_append_text(b, ": some processes are hidden (hidepid)");
    else if (is_too_old(g, c))
        buf_printf(b, ": some values were %s", process_error_text(ETIME));
    else
        buf_append_text(b, ": permission denied reading some attributes");
}

char *message_raised(const struct snapshot *snapshot, const struct group_state *group,
                     const struct condition_state *condition,
                     const struct violation *violation, enum message_side side)
{
    struct buf b = {0};
    const struct condition *c = condition->rule;
    add_subject(&b, group, condition, violation);
    if (violation->unknown) {
        bool none = strcmp(violation->value, "unknown") == 0;
        buf_printf(&b, "%s %s%s", metric_info(c->metric)->name, violation->value,
                   none ? "" : ", not certain");
        add_reason(&b, snapshot, group, c);
        return buf_take(&b);
    }
    if (c->metric == METRIC_ENFORCING) {
        bool none = strcmp(snapshot->host.module, "none") == 0;
        buf_append_text(&b, none ? "there is no security module"
                                 : "the security module is not enforcing");
        return buf_take(&b);
    }
    buf_printf(&b, "%s %s", metric_info(c->metric)->name, violation->value);
    add_limit(&b, c, side);
    if (!c->each && violation->offender && *violation->offender)
        buf_printf(&b, " (%s)", violation->offender);
    return buf_take(&b);
}

char *message_recovered(const struct group_state *group,
                        const struct condition_state *condition,
                        const struct violation *violation, const char *why)
{
    struct buf b = {0};
    add_subject(&b, group, condition, violation);
    if (why)
        buf_printf(&b, "no longer violated, %s", why);
    else if (violation->unknown)
        buf_printf(&b, "ok again, %s is known",
                   metric_info(condition->rule->metric)->name);
    else
        buf_printf(&b, "ok again, %s %s", metric_info(condition->rule->metric)->name,
                   violation->value ? violation->value : "");
    return buf_take(&b);
}
