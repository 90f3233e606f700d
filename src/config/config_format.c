/* The rules as a file: config_load() reads from it what was formatted. */
#include "config/config.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/quote.h"
#include "config/measure_words.h"
#include "config/words.h"
#include "rule/metrics.h"
#include "rule/range.h"
#include "rule/template.h"
#include "select/duration.h"
#include "select/selector.h"

#include <stdbool.h>
#include <string.h>

#define NUMBER_SIZE 160

static void format_text(struct buf *out, const char *before, const char *text)
{
    buf_append_text(out, before);
    quote_append(out, text);
}

static void format_duration(struct buf *out, const char *before, int64_t ms, char unit)
{
    char number[NUMBER_SIZE];
    buf_printf(out, "%s%s", before, duration_format(ms, unit, number, sizeof(number)));
}

static void format_range(struct buf *out, const char *before, const struct range *range)
{
    char text[NUMBER_SIZE];
    format_text(out, before, range_format(range, text, sizeof(text)));
}

static void format_settings(const struct rules *rules, struct buf *out)
{
    format_duration(out, "interval = ", rules->interval_ms, rules->interval_unit);
    format_duration(out, "\nrecheck = ", rules->recheck_ms, rules->recheck_unit);
    format_text(out, "\nuser = ", rules->user);
    buf_printf(out, "\nmax-instances = %zu\n", rules->max_instances);
    if (rules->publish_cmdline)
        buf_append_text(out, "publish-cmdline = true\n");
    if (!rules->interpreters)
        return;
    buf_append_text(out, "interpreters = {");
    for (size_t i = 0; rules->interpreters[i]; i++)
        format_text(out, i > 0 ? ", " : "", rules->interpreters[i]);
    buf_append_text(out, "}\n");
}

/* Can `count =` say it? */
static bool is_count(const struct group *group)
{
    const struct condition *c = group->conditions;
    return group->n_conditions > 0 && strcmp(c->name, "count") == 0 &&
           c->metric == METRIC_COUNT && !c->each && c->window_ms == 0 &&
           range_equal(&c->range, &c->clear);
}

/* `min_age_ms`: what would be inherited. */
static void format_judgement(const struct condition *c, int64_t min_age_ms,
                             struct buf *out)
{
    format_duration(out, "  recheck = ", c->recheck_ms, c->recheck_unit);
    if (c->min_age_ms != min_age_ms)
        format_duration(out, "  min-age = ", c->min_age_ms, c->min_age_unit);
    buf_printf(out, "  severity = %s", words_severity_name(c->severity));
}

static void format_condition(const struct condition *c, int64_t min_age_ms,
                             struct buf *out)
{
    format_text(out, "    condition ", c->name);
    buf_printf(out, " { metric = %s", metric_info(c->metric)->name);
    format_range(out, "  range = ", &c->range);
    if (!range_equal(&c->range, &c->clear))
        format_range(out, "  clear = ", &c->clear);
    if (c->each)
        buf_append_text(out, "  each = true");
    if (c->window_ms > 0)
        format_duration(out, "  window = ", c->window_ms, c->window_unit);
    format_judgement(c, min_age_ms, out);
    buf_append_text(out, " }\n");
}

static void format_measure(uint32_t measure, struct buf *out)
{
    uint32_t told = 0;
    const char *word;
    if (measure == 0)
        return;
    buf_append_text(out, "    measure = {");
    for (size_t i = 0; (word = measure_word(i)); i++) {
        uint32_t source = measure_attribute(word);
        if ((measure & source) == 0 || (told & source) != 0)
            continue;
        format_text(out, told != 0 ? ", " : "", word);
        told |= source;
    }
    buf_append_text(out, "}\n");
}

static void format_security(const struct group *group, struct buf *out)
{
    const struct condition *c = group->n_conditions > 0 ? group->conditions : NULL;
    buf_printf(out, "\nsecurity {\n    enforcing = %s", c ? "true" : "false");
    if (c)
        format_judgement(c, 0, out);
    if (group->description[0] != '\0')
        format_text(out, "\n    description = ", group->description);
    buf_append_text(out, "\n}\n");
}

static int format_group(const struct group *group, struct buf *out)
{
    CLEANUP_BUF struct buf selector = {0};
    bool count = is_count(group);
    format_text(out, "\ngroup ", group->name);
    buf_append_text(out, " {\n");
    if (group->description[0] != '\0') {
        format_text(out, "    description = ", group->description);
        buf_append_text(out, "\n");
    }
    int r = selector_format(group->selector, &selector);
    if (selector.len > 0) /* otherwise all processes */
        buf_printf(out, "    %s\n", buf_text(&selector));
    if (count) {
        format_range(out, "    count = ", &group->conditions[0].range);
        format_judgement(&group->conditions[0], 0, out);
        buf_append_text(out, "\n");
    }
    if (group->include_self)
        buf_append_text(out, "    include-self = true\n");
    format_measure(group->measure, out);
    if (group->is_template) {
        format_duration(out, "    expire = ", group->expire_ms, group->expire_unit);
        buf_append_text(out, "\n");
    }
    int64_t min_age_ms = count ? group->conditions[0].min_age_ms : 0;
    for (size_t i = count ? 1 : 0; i < group->n_conditions; i++)
        format_condition(&group->conditions[i], min_age_ms, out);
    buf_append_text(out, "}\n");
    return r;
}

int rules_format(const struct rules *rules, struct buf *out)
{
    int r = 0;
    format_settings(rules, out);
    for (size_t i = 0; i < rules->n_groups && r == 0; i++) {
        if (rules->groups[i].host) {
            format_security(&rules->groups[i], out);
        } else {
            r = format_group(&rules->groups[i], out);
        }
    }
    return r < 0 ? r : out->error;
}
