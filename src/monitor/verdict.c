#include "monitor/verdict.h"

#include "base/text.h"
#include "model/snapshot.h"
#include "monitor/conditions.h"
#include "monitor/query.h"
#include "report/report.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Judging one host. */
struct judge {
    const struct policy *policy;
    const struct host_result *host;
    struct report *report;
};

static void add_host_finding(struct judge *j, const char *state, enum severity severity,
                             const char *message)
{
    const struct finding finding = {
        .state = state, .severity = severity, .message = message};
    report_add(j->report, &finding);
}

static const char *problem_of(const struct judge *j)
{
    return j->host->problem ? j->host->problem : "";
}

static void add_missing(struct judge *j, const char *group)
{
    const struct finding finding = {.state = "no such group",
                                    .severity = j->policy->missing,
                                    .limit_severity = j->policy->missing,
                                    .group = group,
                                    .message = "the host does not watch such a group"};
    report_add(j->report, &finding);
}

/* ------------------------------------------------------------ rows as the agent judges
 */

static const char *text_of(const struct judge *j, const struct answer_row *row,
                           enum field field)
{
    return answer_text(&j->host->answer, row, field);
}

/* Without the group's name, which messages of the agent begin with: reports have it
 * before the message. */
static const char *message_of(const struct judge *j, const struct answer_row *row)
{
    const char *message = text_of(j, row, FIELD_MESSAGE);
    const char *name = text_of(j, row, FIELD_NAME);
    size_t len = strlen(name);
    if (strncmp(message, name, len) == 0 && strncmp(message + len, ": ", 2) == 0)
        return message + len + 2;
    return message;
}

/* Columns that a finding may lack. */
static const struct {
    enum field field;
    enum finding_have have;
    size_t offset; /* of a number */
} numbers[] = {
    {FIELD_COUNT, FINDING_COUNT, offsetof(struct finding, count)},
    {FIELD_PENDING, FINDING_PENDING, offsetof(struct finding, pending)},
    {FIELD_UNDECIDED, FINDING_UNDECIDED, offsetof(struct finding, undecided)},
    {FIELD_CPU, FINDING_CPU, offsetof(struct finding, cpu)},
};

static void set_limits(struct finding *finding, int64_t min, int64_t max)
{
    finding->min = min;
    finding->max = max;
    finding->have |= FINDING_MIN | FINDING_MAX;
    if (max >= UINT32_MAX)
        finding->have &= ~(uint32_t)FINDING_MAX;
}

static struct finding finding_of(const struct judge *j, const struct answer_row *row)
{
    struct finding f = {
        .group = text_of(j, row, FIELD_NAME),
        .user = text_of(j, row, FIELD_USER),
        .context = text_of(j, row, FIELD_CONTEXT),
        .message = message_of(j, row),
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (row->have & FIELD_BIT(numbers[i].field)) {
            f.have |= numbers[i].have;
            *(int64_t *)(void *)((char *)&f + numbers[i].offset) =
                answer_number(row, numbers[i].field);
        }
    if (row->have & FIELD_BIT(FIELD_USER))
        f.have |= FINDING_USER;
    if (row->have & FIELD_BIT(FIELD_CONTEXT))
        f.have |= FINDING_CONTEXT;
    /* prMax of UCD-SNMP-MIB is 0 where there is no limit. */
    int64_t max = answer_number(row, FIELD_MAX);
    if (row->have & FIELD_BIT(FIELD_MIN) && row->have & FIELD_BIT(FIELD_MAX))
        set_limits(&f, answer_number(row, FIELD_MIN),
                   j->policy->kind == AGENT_TABLE_UCD && !max ? UINT32_MAX : max);
    return f;
}

/* Adds the finding. A group in maintenance is shown, but does not fail. */
static void add_judged(struct judge *j, const struct answer_row *row,
                       struct finding *finding, enum severity severity)
{
    int64_t admin = row ? answer_number(row, FIELD_ADMIN) : 0;
    finding->severity = severity;
    finding->state = severity == SEVERITY_OK        ? "ok"
                     : severity == SEVERITY_UNKNOWN ? "unknown"
                                                    : "violation";
    if (admin == GROUP_MAINTENANCE || admin == GROUP_OFF) {
        finding->severity = SEVERITY_OK;
        finding->state = "maintenance";
    } else if (severity == SEVERITY_UNKNOWN) {
        finding->have &= ~(uint32_t)FINDING_COUNT;
    }
    finding->limit_severity = finding->severity;
    if (row && j->host->conditions.n_rows)
        finding->have |= FINDING_CONDITIONS;
    report_add(j->report, finding);
    if (finding->have & FINDING_CONDITIONS)
        conditions_add(j->report, j->host, row);
}

/* A missing or invalid status is unknown, and so is an old one. */
static enum severity status_of(const struct judge *j, const struct answer_row *row)
{
    int64_t status = answer_number(row, FIELD_STATUS);
    if (!(row->have & FIELD_BIT(FIELD_STATUS)) || j->host->too_old)
        return SEVERITY_UNKNOWN;
    if (j->policy->kind == AGENT_TABLE_UCD)
        return status ? SEVERITY_CRITICAL : SEVERITY_OK;
    return status <= SEVERITY_UNKNOWN ? (enum severity)status : SEVERITY_UNKNOWN;
}

static void judge_row(struct judge *j, const struct answer_row *row)
{
    struct finding finding = finding_of(j, row);
    if (j->host->too_old)
        finding.message = problem_of(j);
    else if (!(row->have & FIELD_BIT(FIELD_STATUS)))
        finding.message = "the agent did not send a status";
    else if (answer_number(row, FIELD_STATUS) > SEVERITY_UNKNOWN &&
             j->policy->kind == AGENT_TABLE_PROCGROUP)
        finding.message = "the agent sent an invalid status";
    add_judged(j, row, &finding, status_of(j, row));
}

/* ------------------------------------------------------------ limits of the command line
 */

/* Between `least` and `most` processes: the host could not decide about the others. `row`
 * may be NULL. */
static void judge_count(struct judge *j, const struct answer_row *row,
                        struct finding *finding, const struct range *range, int64_t least,
                        int64_t most)
{
    enum severity severity = SEVERITY_OK;
    finding->have |= FINDING_COUNT;
    finding->count = least;
    set_limits(finding, (int64_t)range->min,
               range->max < UINT32_MAX ? (int64_t)range->max : UINT32_MAX);
    finding->message = "";
    if ((double)least > range->max || (double)most < range->min) {
        severity = SEVERITY_CRITICAL;
        finding->message = (double)least > range->max ? "too many" : "too few";
    } else if ((double)least < range->min || (double)most > range->max) {
        severity = SEVERITY_UNKNOWN;
        finding->message = "some processes could not be matched";
    }
    add_judged(j, row, finding, severity);
}

static void judge_row_by(struct judge *j, const struct answer_row *row,
                         const struct limit *limit)
{
    struct finding finding = finding_of(j, row);
    int64_t undecided = answer_number(row, FIELD_UNDECIDED);
    bool failed = j->policy->kind == AGENT_TABLE_PROCGROUP &&
                  status_of(j, row) == SEVERITY_UNKNOWN && !undecided;
    if (j->host->too_old)
        finding.message = problem_of(j);
    if (j->host->too_old || failed || !(finding.have & FINDING_COUNT))
        add_judged(j, row, &finding, SEVERITY_UNKNOWN);
    else
        judge_count(j, row, &finding, &limit->range, finding.count,
                    finding.count + undecided);
}

enum is_program { IS_NOT, IS_PERHAPS, IS_IT };

/* The kernel cuts a program's name after 15 octets; a path has the rest. NULL: a view
 * hides the path. */
static enum is_program is_program(const char *name, const char *path, const char *wanted)
{
    if (wanted[0] == '/' && !path)
        return strcmp(name, wanted) == 0 ? IS_IT : IS_PERHAPS;
    if (wanted[0] == '/')
        return strcmp(*path ? path : name, wanted) == 0 ? IS_IT : IS_NOT;
    if (strcmp(name, wanted) == 0)
        return IS_IT;
    if (strlen(name) != 15 || strncmp(name, wanted, 15) != 0)
        return IS_NOT;
    if (!path || !*path)
        return IS_PERHAPS;
    return strcmp(text_basename(path), wanted) == 0 ? IS_IT : IS_NOT;
}

#define HRSWRUN_INVALID 4 /* hrSWRunStatus: a zombie */

static void count_programs(struct judge *j, const struct limit *limit)
{
    const struct answer *answer = &j->host->answer;
    struct finding finding = {.group = limit->name};
    int64_t least = 0, most = 0;
    for (size_t i = 0; i < answer->n_rows; i++) {
        const struct answer_row *row = &answer->rows[i];
        if (answer_number(row, FIELD_STATUS) == HRSWRUN_INVALID)
            continue;
        bool has_path = row->have & FIELD_BIT(FIELD_PATH);
        enum is_program is =
            is_program(text_of(j, row, FIELD_NAME),
                       has_path ? text_of(j, row, FIELD_PATH) : NULL, limit->name);
        least += is == IS_IT;
        most += is != IS_NOT;
    }
    judge_count(j, NULL, &finding, &limit->range, least, most);
}

static void judge_limit(struct judge *j, const struct limit *limit)
{
    const struct answer *answer = &j->host->answer;
    bool found = false;
    if (j->policy->kind == AGENT_TABLE_HOSTRES) {
        count_programs(j, limit);
        return;
    }
    for (size_t i = 0; i < answer->n_rows; i++) {
        const char *name = text_of(j, &answer->rows[i], FIELD_NAME);
        if (!*name || !query_is_named(name, limit->name))
            continue;
        judge_row_by(j, &answer->rows[i], limit);
        found = true;
    }
    if (!found)
        add_missing(j, limit->name);
}

/* ------------------------------------------------------------ hosts */

/* Has an earlier -g named it? */
static bool is_named_before(const struct policy *policy, size_t at, const char *name)
{
    for (size_t i = 0; i < at; i++)
        if (query_is_named(name, policy->groups[i]))
            return true;
    return false;
}

static void judge_group(struct judge *j, size_t at)
{
    const struct answer *answer = &j->host->answer;
    const char *wanted = j->policy->groups[at];
    bool found = false;
    for (size_t i = 0; i < at; i++)
        if (strcmp(j->policy->groups[i], wanted) == 0)
            return;
    for (size_t i = 0; i < answer->n_rows; i++) {
        const char *name = text_of(j, &answer->rows[i], FIELD_NAME);
        if (!*name || !query_is_named(name, wanted))
            continue;
        if (!is_named_before(j->policy, at, name))
            judge_row(j, &answer->rows[i]);
        found = true;
    }
    if (!found)
        add_missing(j, wanted);
}

static bool has_sample(const struct host_result *host)
{
    int64_t state = host->scalar - 1;
    return state == SNAPSHOT_COMPLETE || state == SNAPSHOT_PARTIAL;
}

#define STALE 4 /* procGroupAgentSampleState - 1 */

/* After a failed scan there may be no row with that status, as templates make none. */
static void judge_sample(struct judge *j)
{
    int64_t state = j->host->scalar - 1;
    if (j->host->too_old) {
        add_host_finding(j, "unknown", SEVERITY_UNKNOWN, problem_of(j));
        return;
    }
    if (j->policy->kind != AGENT_TABLE_PROCGROUP || has_sample(j->host))
        return;
    add_host_finding(j, "unknown", SEVERITY_UNKNOWN,
                     state == SNAPSHOT_FAILED ? "the host could not scan its processes"
                     : state == STALE         ? "procgroupd does not respond"
                                      : "the host has not scanned its processes yet");
}

static void judge_answer(struct judge *j)
{
    const struct policy *policy = j->policy;
    const struct answer *answer = &j->host->answer;
    judge_sample(j);
    for (size_t i = 0; i < policy->n_limits; i++)
        judge_limit(j, &policy->limits[i]);
    for (size_t i = 0; i < policy->n_groups; i++)
        judge_group(j, i);
    if (policy->n_limits || policy->n_groups)
        return;
    bool nameless = false;
    for (size_t i = 0; i < answer->n_rows; i++)
        if (*text_of(j, &answer->rows[i], FIELD_NAME))
            judge_row(j, &answer->rows[i]);
        else
            nameless = true;
    if (nameless)
        add_host_finding(j, "unknown", SEVERITY_UNKNOWN,
                         "the agent did not send the names of some groups");
}

static void judge_host(struct judge *j)
{
    const struct policy *policy = j->policy;
    const char *problem = problem_of(j);
    switch (j->host->state) {
    case HOST_SILENT:
        add_host_finding(j, "no answer", policy->no_answer, problem);
        break;
    case HOST_REFUSED:
        add_host_finding(j, "refused", policy->absent, problem);
        break;
    case HOST_ABSENT:
        add_host_finding(j, "no such object", policy->absent, policy->table->absent);
        break;
    case HOST_BAD:
        add_host_finding(j, "wrong answer", policy->absent, problem);
        break;
    case HOST_ANSWERED:
        judge_answer(j);
        break;
    }
}

/* Without a sample there is no age, and judge_sample() says so. */
static void find_old(const struct policy *policy, struct host_result *host)
{
    bool has_age = host->age_ms >= 0;
    bool is_visible = has_age || host->time_ms;
    int64_t age = has_age ? host->age_ms : host->answered_ms - host->time_ms;
    int64_t limit = has_age ? policy->max_age_ms : policy->max_clock_age_ms;
    if (policy->kind != AGENT_TABLE_PROCGROUP || host->state != HOST_ANSWERED || !limit ||
        (is_visible ? age <= limit && age >= -limit : !has_sample(host)))
        return;
    host->too_old = true;
    int n =
        is_visible
            ? asprintf(&host->problem, "the last scan was %lld s %s", llabs(age / 1000),
                       age < 0 ? "later than now: the clocks differ" : "ago")
            : asprintf(&host->problem, "the age of the table is not visible; let the "
                                       "view of the agent include "
                                       "procGroupAgentSampleAge, or use --max-age 0");
    if (n < 0)
        host->problem = NULL;
}

void verdict_find_old(const struct policy *policy, struct host_result *results,
                      size_t n_results)
{
    for (size_t i = 0; i < n_results; i++)
        find_old(policy, &results[i]);
}

int verdict_make(const struct policy *policy, const struct host_result *results,
                 size_t n_results, struct report *ret_report)
{
    report_begin(ret_report, &report_of_hosts, n_results);
    for (size_t i = 0; i < n_results; i++) {
        struct judge j = {policy, &results[i], ret_report};
        report_add_host(ret_report, results[i].name);
        judge_host(&j);
    }
    return report_finish(ret_report);
}
