#include "cli/image_findings.h"

#include "model/snapshot.h"
#include "report/report.h"
#include "table/table.h"

#include <string.h>

const struct table_condition *image_count_condition(const struct table_image *image,
                                                    const struct table_group *g)
{
    const struct table_condition *c = table_conditions(image, NULL) + g->first_condition;
    for (uint32_t i = 0; i < g->n_conditions; i++)
        if (strcmp(table_text(image, c[i].metric, NULL), "count") == 0)
            return &c[i];
    return NULL;
}

struct finding image_finding(const struct table_image *image, const struct table_group *g)
{
    const struct table_condition *c = image_count_condition(image, g);
    bool failed = table_scalars(image)->sample_state == SNAPSHOT_FAILED;
    struct finding f = {.group = table_text(image, g->name, NULL),
                        .state = severity_word(g->status),
                        .severity = severity_worse(SEVERITY_OK, g->status),
                        .have = FINDING_MIN,
                        .index = g->index,
                        .count = g->count,
                        .min = g->min,
                        .max = g->max,
                        .undecided = g->undecided,
                        .cpu = g->cpu,
                        .rss_kib = (int64_t)g->rss_kib,
                        .message = table_text(image, g->message, NULL)};
    if (g->max != UINT32_MAX)
        f.have |= FINDING_MAX;
    /* A failed scan has no numbers. */
    if (!failed)
        f.have |= FINDING_COUNT | FINDING_UNDECIDED | FINDING_CPU | FINDING_RSS;
    if (!c)
        return f;
    if (c->state == TABLE_CONDITION_UNKNOWN)
        f.have |= FINDING_UNSURE;
    f.limit_severity = (enum severity)c->severity;
    const char *limit = table_text(image, c->limit, NULL);
    f.inverted = *limit == '@' ? limit : NULL;
    return f;
}

int image_findings(const struct table_image *image, struct report *ret_report)
{
    static const struct finding scan_failed = {.severity = SEVERITY_UNKNOWN,
                                               .state = "unknown",
                                               .message = "cannot scan the processes"};
    size_t n, n_failing = 0;
    const struct table_group *g = table_groups(image, &n);
    report_begin(ret_report, &report_of_groups, 0);
    ret_report->image = image;
    for (size_t i = 0; i < n; i++) {
        const struct finding f = image_finding(image, &g[i]);
        report_add(ret_report, &f);
        n_failing += f.severity != SEVERITY_OK;
    }
    /* Groups of templates have no row then that could fail. */
    if (!n_failing && table_scalars(image)->sample_state == SNAPSHOT_FAILED)
        report_add(ret_report, &scan_failed);
    return report_finish(ret_report);
}
