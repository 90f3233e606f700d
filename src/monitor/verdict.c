#include "monitor/verdict.h"

#include "base/text.h"
#include "model/snapshot.h"
#include "monitor/query.h"
#include "rule/range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[FINDINGS] = {
    [FINDING_OK] = "ok",
    [FINDING_MAINTENANCE] = "maintenance",
    [FINDING_VIOLATION] = "violation",
    [FINDING_UNKNOWN] = "unknown",
    [FINDING_MISSING] = "no such group",
    [FINDING_ABSENT] = "no such object",
    [FINDING_BAD] = "wrong answer",
    [FINDING_REFUSED] = "refused",
    [FINDING_SILENT] = "no answer",
};

/* One host's judgement on its way. */
struct judge {
    const struct policy *policy;
    const struct host_result *host;
    struct verdict *verdict;
    bool no_memory;
};

const char *finding_word(enum finding_word word)
{
    return words[word];
}

static void add(struct judge *j, const struct finding *finding)
{
    struct verdict *v = j->verdict;
    if (v->n_findings == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 64;
        struct finding *more = reallocarray(v->findings, cap, sizeof(*more));
        if (!more) {
            j->no_memory = true;
            return;
        }
        v->findings = more;
        v->cap = cap;
    }
    v->findings[v->n_findings++] = *finding;
}

static void add_host(struct judge *j, enum finding_word word, enum severity severity,
                     const char *message)
{
    const struct finding finding = {
        .word = word, .severity = severity, .message = message};
    add(j, &finding);
}

static void add_missing(struct judge *j, const char *group)
{
    const struct finding finding = {.word = FINDING_MISSING,
                                    .severity = j->policy->missing,
                                    .group = group,
                                    .message = "the host does not watch such a group"};
    add(j, &finding);
}

/* ------------------------------------------------------------ rows as the agent judges
 */

static const char *text_of(const struct judge *j, const struct answer_row *row,
                           enum field field)
{
    return answer_text(&j->host->answer, row, field);
}

/* A message of the agent begins with the group's name; who prints has it already. */
static const char *message_of(const struct judge *j, const struct answer_row *row)
{
    const char *message = text_of(j, row, FIELD_MESSAGE);
    const char *name = text_of(j, row, FIELD_NAME);
    size_t len = strlen(name);
    if (strncmp(message, name, len) == 0 && strncmp(message + len, ": ", 2) == 0)
        return message + len + 2;
    return message;
}

/* prMax of UCD-SNMP-MIB is 0 where there is no limit. */
static int64_t most_of(const struct judge *j, const struct answer_row *row)
{
    int64_t most = answer_number(row, FIELD_MAX);
    return j->policy->kind == AGENT_TABLE_UCD && most == 0 ? UINT32_MAX : most;
}

static struct finding finding_of(const struct judge *j, const struct answer_row *row)
{
    return (struct finding){
        .group = text_of(j, row, FIELD_NAME),
        .has_count = row->have & FIELD_BIT(FIELD_COUNT),
        .has_limits =
            (row->have & FIELD_BIT(FIELD_MIN)) && (row->have & FIELD_BIT(FIELD_MAX)),
        .count = answer_number(row, FIELD_COUNT),
        .min = answer_number(row, FIELD_MIN),
        .max = most_of(j, row),
        .message = message_of(j, row),
        .row = row,
    };
}

/* maintenance = shown, but silent: nobody is called (design section 5, "SET"). */
static bool is_silenced(const struct answer_row *row)
{
    int64_t admin = answer_number(row, FIELD_ADMIN);
    return admin == GROUP_MAINTENANCE || admin == GROUP_OFF;
}

static void settle(struct finding *finding, enum severity severity)
{
    finding->severity = severity;
    finding->word = severity == SEVERITY_OK        ? FINDING_OK
                    : severity == SEVERITY_UNKNOWN ? FINDING_UNKNOWN
                                                   : FINDING_VIOLATION;
    if (finding->row && is_silenced(finding->row)) {
        finding->severity = SEVERITY_OK;
        finding->word = FINDING_MAINTENANCE;
    }
}

/* A status that is none, or was not told, is not known to be fine. */
static enum severity status_of(const struct judge *j, const struct answer_row *row)
{
    int64_t status = answer_number(row, FIELD_STATUS);
    if (!(row->have & FIELD_BIT(FIELD_STATUS)))
        return SEVERITY_UNKNOWN;
    if (j->policy->kind == AGENT_TABLE_UCD)
        return status ? SEVERITY_CRITICAL : SEVERITY_OK;
    return status <= SEVERITY_UNKNOWN ? (enum severity)status : SEVERITY_UNKNOWN;
}

static void judge_row(struct judge *j, const struct answer_row *row)
{
    struct finding finding = finding_of(j, row);
    settle(&finding, status_of(j, row));
    if (!(row->have & FIELD_BIT(FIELD_STATUS)))
        finding.message = "the agent did not tell its status";
    else if (answer_number(row, FIELD_STATUS) > SEVERITY_UNKNOWN &&
             j->policy->kind == AGENT_TABLE_PROCGROUP)
        finding.message = "its status is a number that means nothing";
    add(j, &finding);
}

/* ------------------------------------------------------------ limits of ours */

/* `most` >= `least` processes: what the host could not decide lies between. */
static void judge_count(struct judge *j, struct finding *finding,
                        const struct range *range, int64_t least, int64_t most)
{
    finding->has_count = finding->has_limits = true;
    finding->count = least;
    finding->min = (int64_t)range->min;
    finding->max = range->max < UINT32_MAX ? (int64_t)range->max : UINT32_MAX;
    finding->message = "";
    if ((double)least > range->max || (double)most < range->min) {
        settle(finding, SEVERITY_CRITICAL);
        finding->message = (double)least > range->max ? "too many" : "too few";
    } else if ((double)least < range->min || (double)most > range->max) {
        settle(finding, SEVERITY_UNKNOWN);
        finding->message = "there are processes that could not be told apart";
    } else {
        settle(finding, SEVERITY_OK);
    }
    add(j, finding);
}

static void judge_row_by(struct judge *j, const struct answer_row *row,
                         const struct limit *limit)
{
    struct finding finding = finding_of(j, row);
    int64_t undecided = answer_number(row, FIELD_UNDECIDED);
    bool blind = j->policy->kind == AGENT_TABLE_PROCGROUP &&
                 status_of(j, row) == SEVERITY_UNKNOWN && !undecided;
    if (blind || !finding.has_count) {
        settle(&finding, SEVERITY_UNKNOWN);
        add(j, &finding);
        return;
    }
    judge_count(j, &finding, &limit->range, finding.count, finding.count + undecided);
}

enum is_program { IS_NOT, IS_PERHAPS, IS_IT };

/* The kernel cuts a program's name after 15 octets; a path tells the rest. */
static enum is_program is_program(const char *name, const char *path, const char *wanted)
{
    if (wanted[0] == '/')
        return strcmp(*path ? path : name, wanted) == 0 ? IS_IT : IS_NOT;
    if (strcmp(name, wanted) == 0)
        return IS_IT;
    if (strlen(name) != 15 || strncmp(name, wanted, 15) != 0)
        return IS_NOT;
    if (!*path)
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
        enum is_program is = is_program(text_of(j, row, FIELD_NAME),
                                        text_of(j, row, FIELD_PATH), limit->name);
        least += is == IS_IT;
        most += is != IS_NOT;
    }
    judge_count(j, &finding, &limit->range, least, most);
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

static void judge_group(struct judge *j, const char *wanted)
{
    const struct answer *answer = &j->host->answer;
    bool found = false;
    for (size_t i = 0; i < answer->n_rows; i++) {
        const char *name = text_of(j, &answer->rows[i], FIELD_NAME);
        if (!*name || !query_is_named(name, wanted))
            continue;
        judge_row(j, &answer->rows[i]);
        found = true;
    }
    if (!found)
        add_missing(j, wanted);
}

/* A host that could not look has perhaps no row that says so: templates make none. */
static void judge_sample(struct judge *j)
{
    int64_t state = j->host->scalar - 1;
    if (j->policy->kind != AGENT_TABLE_PROCGROUP || state == SNAPSHOT_COMPLETE ||
        state == SNAPSHOT_PARTIAL)
        return;
    add_host(j, FINDING_UNKNOWN, SEVERITY_UNKNOWN,
             state == SNAPSHOT_FAILED ? "the host could not look at its processes"
                                      : "the host has not looked at its processes yet");
}

static void judge_answer(struct judge *j)
{
    const struct policy *policy = j->policy;
    const struct answer *answer = &j->host->answer;
    judge_sample(j);
    for (size_t i = 0; i < policy->n_limits; i++)
        judge_limit(j, &policy->limits[i]);
    for (size_t i = 0; i < policy->n_groups; i++)
        judge_group(j, policy->groups[i]);
    if (policy->n_limits || policy->n_groups)
        return;
    for (size_t i = 0; i < answer->n_rows; i++)
        if (answer->rows[i].have & FIELD_BIT(FIELD_NAME))
            judge_row(j, &answer->rows[i]);
}

static void judge_host(struct judge *j)
{
    const struct policy *policy = j->policy;
    switch (j->host->state) {
    case HOST_SILENT:
        add_host(j, FINDING_SILENT, policy->no_answer, j->host->problem);
        break;
    case HOST_REFUSED:
        add_host(j, FINDING_REFUSED, policy->absent, j->host->problem);
        break;
    case HOST_ABSENT:
        add_host(j, FINDING_ABSENT, policy->absent, policy->table->absent);
        break;
    case HOST_BAD:
        add_host(j, FINDING_BAD, policy->absent, j->host->problem);
        break;
    case HOST_ANSWERED:
        judge_answer(j);
        break;
    }
}

static int by_group(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (!x->group || !y->group)
        return !x->group ? -!!y->group : 1;
    return strcmp(x->group, y->group);
}

static int by_host(const void *a, const void *b)
{
    const struct host_verdict *x = a, *y = b;
    return strcmp(x->result->name, y->result->name);
}

static void reach_host(struct judge *j, struct host_verdict *ret_host)
{
    struct verdict *v = j->verdict;
    struct host_verdict host = {j->host, SEVERITY_OK, v->n_findings, 0};
    judge_host(j);
    host.n = v->n_findings - host.first;
    if (host.n > 1)
        qsort(v->findings + host.first, host.n, sizeof(struct finding), by_group);
    for (size_t i = 0; i < host.n; i++)
        host.severity =
            severity_worse(host.severity, v->findings[host.first + i].severity);
    v->severity = severity_worse(v->severity, host.severity);
    v->n_failing += host.severity != SEVERITY_OK;
    *ret_host = host;
}

int verdict_reach(const struct policy *policy, const struct host_result *results,
                  size_t n_results, struct verdict *ret_verdict)
{
    struct verdict v = {.severity = SEVERITY_OK, .n_hosts = n_results};
    struct judge j = {.policy = policy, .verdict = &v};
    v.hosts = calloc(n_results + 1, sizeof(*v.hosts));
    if (!v.hosts)
        return -ENOMEM;
    for (size_t i = 0; i < n_results; i++) {
        j.host = &results[i];
        reach_host(&j, &v.hosts[i]);
    }
    qsort(v.hosts, v.n_hosts, sizeof(*v.hosts), by_host);
    if (j.no_memory) {
        verdict_free(&v);
        return -ENOMEM;
    }
    *ret_verdict = v;
    return 0;
}

void verdict_free(struct verdict *verdict)
{
    free(verdict->hosts);
    free(verdict->findings);
    *verdict = (struct verdict){0};
}
