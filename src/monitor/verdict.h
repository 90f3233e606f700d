/* What the hosts' answers mean: pure. A host is silent, has no such table, answers
 * nonsense, or has groups that are fine or not; these never stand for one another. */
#ifndef MONITOR_VERDICT_H
#define MONITOR_VERDICT_H

#include "model/group.h"
#include "monitor/answer.h"

enum host_state {
    HOST_SILENT,  /* no answer, or none that could be read; `problem` tells how */
    HOST_REFUSED, /* security forbids: a wrong user, a wrong passphrase; `problem` */
    HOST_ABSENT,  /* no such object: the table is not there */
    HOST_BAD,     /* an answer that makes no sense; `problem` tells what */
    HOST_ANSWERED,
};

#define HOST_PROBLEM_SIZE 200

struct host_result {
    const char *name; /* as the user wrote it */
    enum host_state state;
    char problem[HOST_PROBLEM_SIZE]; /* printable */
    int64_t scalar; /* of AGENT_TABLE_PROCGROUP: procGroupAgentSampleState */
    struct answer answer;
};

/* Limits that are judged here, whatever the agent thinks. */
struct limit {
    const char *name; /* of a group, prNames, hrSWRunName or with a '/' hrSWRunPath */
    struct range range;
};

struct policy {
    enum agent_table_kind kind;
    const struct agent_table *table;
    const struct limit *limits;
    size_t n_limits;
    const char *const *groups; /* -g; none = all, where there are no limits either */
    size_t n_groups;
    enum severity no_answer; /* of a host that does not answer, */
    enum severity absent;    /* has no such table, refuses or answers nonsense, */
    enum severity missing;   /* has no such group */
};

enum finding_word {
    FINDING_OK,
    FINDING_MAINTENANCE, /* SEVERITY_OK: somebody works on it */
    FINDING_VIOLATION,
    FINDING_UNKNOWN, /* the host could not look */
    FINDING_MISSING,
    FINDING_ABSENT,
    FINDING_BAD,
    FINDING_REFUSED,
    FINDING_SILENT,
    FINDINGS
};
/* "violation", "no answer" ... */
const char *finding_word(enum finding_word word);

struct finding {
    enum finding_word word;
    enum severity severity;
    const char *group; /* NULL: the whole host */
    bool has_count;
    bool has_limits;
    int64_t count;
    int64_t min;
    int64_t max;                  /* UINT32_MAX = no limit */
    const char *message;          /* never NULL; without the group's name before it */
    const struct answer_row *row; /* NULL where there is none */
};

struct host_verdict {
    const struct host_result *result;
    enum severity severity;
    size_t first; /* of its findings, sorted by group */
    size_t n;
};

struct verdict {
    enum severity severity;     /* the worst */
    struct host_verdict *hosts; /* sorted by name, each name once */
    size_t n_hosts;
    size_t n_failing;
    struct finding *findings;
    size_t n_findings;
    size_t cap;
};

/* All of it points into `results`, `policy`. Returns 0 or -ENOMEM. */
int verdict_reach(const struct policy *policy, const struct host_result *results,
                  size_t n_results, struct verdict *ret_verdict);
void verdict_free(struct verdict *verdict);

#endif
