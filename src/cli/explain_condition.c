/* Why is a group critical? Its conditions, what was measured, and since when. */
#include "cli/explain.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/when.h"
#include "engine/message.h"
#include "report/report.h"
#include "rule/metrics.h"
#include "table/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VIOLATIONS_MAX 20 /* lines of one condition */
#define INDENT         15

static void print_range(const struct condition *c)
{
    CLEANUP_BUF struct buf range = {0};
    message_range(&range, c->metric, &c->range);
    fputs(buf_text(&range), stdout);
}

/* ------------------------------------------------------------ since when */

static int by_start(const void *a, const void *b)
{
    const struct table_member *const *x = a, *const *y = b;
    int order = ((*x)->start_ms > (*y)->start_ms) - ((*x)->start_ms < (*y)->start_ms);
    return order ? order : ((*x)->pid > (*y)->pid) - ((*x)->pid < (*y)->pid);
}

/* The start of the member with which those of today alone became too many. NULL: there is
 * no such member, or no memory. */
static const struct table_member *find_surplus(const struct table_image *image,
                                               const struct table_group *g, double max)
{
    const struct table_member *m = table_members(image, NULL) + g->first_member;
    if (!(max < (double)g->n_members))
        return NULL;
    CLEANUP_FREE const struct table_member **list = calloc(g->n_members, sizeof(*list));
    if (!list)
        return NULL;
    for (uint32_t i = 0; i < g->n_members; i++)
        list[i] = &m[i];
    qsort(list, g->n_members, sizeof(*list), by_start);
    return list[(size_t)max];
}

/* One run knows when it saw the violation, and of too many members when they started. */
static void print_since(const struct explain *e, const struct table_group *g,
                        const struct condition *c, const struct table_condition *row)
{
    char then[WHEN_SIZE], age[WHEN_SIZE];
    int64_t now_ms = table_scalars(e->image)->sampled_ms;
    const struct table_member *surplus =
        c->metric == METRIC_COUNT ? find_surplus(e->image, g, c->range.max) : NULL;
    if (surplus) {
        when_format(surplus->start_ms, now_ms, then);
        when_format_age(now_ms - surplus->start_ms, age);
        printf("%*sat least since %s (%s), when pid %u started\n", INDENT, "", then, age,
               surplus->pid);
        return;
    }
    when_format(row->since_ms, now_ms, then);
    printf("%*sseen at %s by this run\n", INDENT, "", then);
}

/* ------------------------------------------------------------ what violates it */

static void print_violation(const struct explain *e, const struct table_violation *v)
{
    const char *offender = table_text(e->image, v->offender, NULL);
    const char *name = table_text(e->image, v->name, NULL);
    if (*offender)
        printf("%*s%s %s: %s\n", INDENT, "", selector_mark(e->marks, MATCH_NO), offender,
               table_text(e->image, v->value, NULL));
    else
        printf("%*s%s %s\n", INDENT, "", selector_mark(e->marks, MATCH_UNDECIDED),
               report_bare_message(name, table_text(e->image, v->message, NULL)));
}

static void print_violations(const struct explain *e, const struct table_group *g,
                             const struct table_condition *row)
{
    size_t n, found = 0;
    const struct table_violation *v = table_violations(e->image, &n);
    for (size_t i = 0; i < n; i++) {
        if (v[i].group != g->index || v[i].condition != row->index)
            continue;
        if (found++ < VIOLATIONS_MAX)
            print_violation(e, &v[i]);
    }
    if (found > VIOLATIONS_MAX)
        printf("%*sand %zu more\n", INDENT, "", found - VIOLATIONS_MAX);
}

static enum match result_of(const struct table_condition *row)
{
    return row->state == TABLE_CONDITION_OK        ? MATCH_YES
           : row->state == TABLE_CONDITION_UNKNOWN ? MATCH_UNDECIDED
                                                   : MATCH_NO;
}

static void print_row(const struct explain *e, const struct table_group *g,
                      const struct condition *c, const struct table_condition *row)
{
    const char *metric = metric_info(c->metric)->name;
    const char *value = table_text(e->image, row->value, NULL);
    enum match result = result_of(row);
    printf("  condition  %s %s: ", selector_mark(e->marks, result),
           table_text(e->image, row->name, NULL));
    if (c->each)
        printf("%s of each member", metric);
    else if (c->metric != METRIC_ENFORCING)
        printf("%s %s", metric, *value ? value : "without a value");
    else
        fputs(value, stdout);
    if (c->metric != METRIC_ENFORCING) {
        fputs(result == MATCH_NO          ? ", not "
              : result == MATCH_UNDECIDED ? ", perhaps not "
                                          : ", ",
              stdout);
        print_range(c);
    }
    printf(result == MATCH_YES ? ", otherwise %s\n" : ": %s\n",
           severity_word(result == MATCH_UNDECIDED ? SEVERITY_UNKNOWN : row->severity));
    if (result == MATCH_YES)
        return;
    print_since(e, g, c, row);
    if (c->each)
        print_violations(e, g, row);
}

/* Of a template, which has no values. */
static void print_rule(const struct condition *c)
{
    printf("  condition  %s: %s%s ", c->name, metric_info(c->metric)->name,
           c->each ? " of each member" : "");
    print_range(c);
    printf(", otherwise %s\n", severity_word(c->severity));
}

/* Rows are in the order of the rule: this run has given them their indexes. */
void explain_conditions(const struct explain *e, const struct explain_group *group)
{
    const struct group *g = group->rule;
    const struct table_condition *rows = table_conditions(e->image, NULL);
    bool has_rows = group->row && group->row->n_conditions == g->n_conditions;
    for (size_t i = 0; i < g->n_conditions; i++) {
        if (has_rows)
            print_row(e, group->row, &g->conditions[i],
                      &rows[group->row->first_condition + i]);
        else
            print_rule(&g->conditions[i]);
    }
}
