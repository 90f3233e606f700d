#include "base/buf.h"
#include "base/text.h"
#include "rule/metrics.h"
#include "rule/range.h"
#include "rule/template.h"
#include "watch/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "1.5 G": bytes with the unit that leaves one to four digits before the point. */
static void add_bytes(struct buf *out, double value)
{
    static const char *const units[] = {"B", "K", "M", "G", "T"};
    size_t u = 0;
    while (fabs(value) >= 1024 && u + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1024;
        u++;
    }
    buf_printf(out, u ? "%.1f %s" : "%.0f %s", value, units[u]);
}

static void add_value(struct buf *out, enum metric metric, double value)
{
    const char *unit = metric_info(metric)->unit;
    if (unit[0] == 'B') {
        add_bytes(out, value);
        buf_append_text(out, unit + 1);
    } else if (value == floor(value) && fabs(value) < 1e15) {
        buf_printf(out, "%.0f%s%s", value, *unit && *unit != '/' ? " " : "", unit);
    } else {
        buf_printf(out, "%.1f%s%s", value, *unit && *unit != '/' ? " " : "", unit);
    }
}

char *message_value(enum metric metric, double value)
{
    struct buf b = {0};
    if (metric == METRIC_ENFORCING)
        buf_append_text(&b, value > 0 ? "enforcing" : "not enforcing");
    else
        add_value(&b, metric, value);
    return buf_take(&b);
}

char *message_limit(const struct condition *condition)
{
    char text[64];
    return strdup(range_format(&condition->range, text, sizeof(text)));
}

char *message_offender(struct watch *watch, const struct process *process)
{
    const struct process *p = process;
    struct buf b = {0};
    const char *name = p->have & PROCESS_NAME ? p->name : p->comm;
    const char *user = template_user_name(watch->names, p->euid);
    buf_printf(&b, "pid %d ", (int)p->pid);
    text_escape(&b, name, strlen(name), 60);
    buf_printf(&b, " user %s", user ? user : "?");
    if ((p->have & PROCESS_LABEL) && p->n_labels) {
        buf_append_text(&b, " context ");
        text_escape(&b, p->labels[0]->text, strlen(p->labels[0]->text), 100);
    }
    return buf_take(&b);
}

/* "count", or "rss of the group (sum)": what was measured. */
static void add_subject(struct buf *b, const struct instance *g,
                        const struct condition_state *s, const struct violation *v)
{
    buf_printf(b, "%s: ", g->name);
    if (s->rule->each && v->offender && *v->offender)
        buf_printf(b, "%s, ", v->offender);
    /* A condition's own name says why it is there; its metric what was measured. */
    if (strcmp(s->rule->name, metric_info(s->rule->metric)->name) != 0)
        buf_printf(b, "%s, ", s->rule->name);
}

static void add_limit(struct buf *b, const struct condition *c, bool below)
{
    if (c->metric == METRIC_COUNT && below && c->range.min <= 1 && c->range.max >= 1) {
        char text[64];
        buf_printf(b, ", should be %s", range_format(&c->range, text, sizeof(text)));
        return;
    }
    buf_append_text(b, below ? ", below " : ", above ");
    add_value(b, c->metric, below ? c->range.min : c->range.max);
}

char *message_raised(const struct instance *instance,
                     const struct condition_state *condition,
                     const struct violation *violation, bool below)
{
    struct buf b = {0};
    const struct condition *c = condition->rule;
    add_subject(&b, instance, condition, violation);
    if (violation->unknown) {
        buf_printf(&b, "could not look: %s is not known", metric_info(c->metric)->name);
        if (instance->n_undecided)
            buf_printf(&b, " (%zu processes could not be judged)", instance->n_undecided);
        else if (instance->blind)
            buf_append_text(&b, " (the processes could not be read)");
        return buf_take(&b);
    }
    if (c->metric == METRIC_ENFORCING) {
        buf_append_text(&b, "the security module is not enforcing");
        return buf_take(&b);
    }
    buf_printf(&b, "%s %s", metric_info(c->metric)->name, violation->value);
    add_limit(&b, c, below);
    if (!c->each && violation->offender && *violation->offender)
        buf_printf(&b, " (%s)", violation->offender);
    return buf_take(&b);
}

char *message_recovered(const struct instance *instance,
                        const struct condition_state *condition,
                        const struct violation *violation, const char *why)
{
    struct buf b = {0};
    add_subject(&b, instance, condition, violation);
    if (why)
        buf_printf(&b, "over: %s", why);
    else if (condition->rule->each || !condition->value)
        buf_printf(&b, "ok again: %s", metric_info(condition->rule->metric)->name);
    else
        buf_printf(&b, "ok again: %s %s", metric_info(condition->rule->metric)->name,
                   condition->value);
    if (violation->unknown && !why)
        buf_append_text(&b, ", and known again");
    return buf_take(&b);
}
