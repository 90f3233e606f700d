#include "cli/status.h"

#include "cli/daemon_view.h"
#include "cli/image_findings.h"
#include "cli/show.h"
#include "model/group.h"
#include "model/snapshot.h"
#include "table/table.h"

#include <string.h>

static bool is_wanted(const struct status_options *options, const char *name)
{
    for (char *const *word = options->wanted; *word; word++)
        if (show_is_wanted(*word, name))
            return true;
    return !*options->wanted;
}

static const char *admin_word(uint32_t admin)
{
    return admin == GROUP_OFF           ? "off"
           : admin == GROUP_MAINTENANCE ? "maintenance"
                                        : "monitored";
}

static struct finding finding_of(const struct daemon_view *view,
                                 const struct table_group *g)
{
    struct finding f = image_finding(view->file.image, g);
    f.pending = g->pending;
    f.admin = admin_word(g->admin);
    f.since_ms = table_aged_change(g, &view->age);
    f.have |= FINDING_PENDING | FINDING_ADMIN | FINDING_SINCE;
    f.until_ms = g->until_ms;
    f.reason = table_text(view->file.image, g->reason, NULL);
    f.have |= (g->until_ms ? FINDING_UNTIL : 0u) | (*f.reason ? FINDING_REASON : 0u);
    if (view->age.stale) {
        f.have &= FINDING_MIN | FINDING_MAX | FINDING_ADMIN | FINDING_SINCE |
                  FINDING_UNTIL | FINDING_REASON;
        f.severity = table_aged_status(g, &view->age);
        f.state = severity_word(f.severity);
        f.message = view->age.text;
    }
    if (g->admin != GROUP_MONITORED) {
        f.severity = SEVERITY_OK;
        f.state = f.admin;
    }
    return f;
}

/* Groups of templates have no row then that could fail. */
static void add_failure(const struct daemon_view *view, struct report *report)
{
    const struct finding f = {.severity = SEVERITY_UNKNOWN,
                              .state = "unknown",
                              .message = view->age.stale ? view->age.text
                                                         : "cannot scan the processes"};
    report_add(report, &f);
}

int status_report(const struct daemon_view *view, const struct status_options *options,
                  struct report_agent *agent, struct report *ret_report)
{
    const struct table_image *image = view->file.image;
    size_t n, n_failing = 0;
    const struct table_group *g = table_groups(image, &n);
    *agent = (struct report_agent){&view->age, view->file.events, view->file.n_events};
    report_begin(ret_report, &report_of_groups, 0);
    ret_report->image = image;
    ret_report->agent = agent;
    for (size_t i = 0; i < n; i++) {
        if (!is_wanted(options, table_text(image, g[i].name, NULL)))
            continue;
        const struct finding f = finding_of(view, &g[i]);
        report_add(ret_report, &f);
        n_failing += f.severity != SEVERITY_OK;
    }
    bool failed = table_scalars(image)->sample_state == SNAPSHOT_FAILED;
    if (!n_failing && (failed || view->age.stale))
        add_failure(view, ret_report);
    return report_finish(ret_report);
}

const char *status_unknown_word(const struct daemon_view *view,
                                const struct status_options *options)
{
    size_t n;
    const struct table_group *g = table_groups(view->file.image, &n);
    for (char *const *word = options->wanted; *word; word++) {
        size_t i = 0;
        while (i < n &&
               !show_is_wanted(*word, table_text(view->file.image, g[i].name, NULL)))
            i++;
        if (i == n)
            return *word;
    }
    return NULL;
}
