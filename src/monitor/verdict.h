/* What the hosts' answers mean: pure. A host is silent, has no such table, answers
 * nonsense, or has groups that are fine or not; these never stand for one another. */
#ifndef MONITOR_VERDICT_H
#define MONITOR_VERDICT_H

#include "model/group.h"
#include "monitor/answer.h"

struct report;

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

/* Judges all hosts. The report's texts are those of `results` and `policy`, which must
 * stay. Returns 0 or -ENOMEM; report_free() in any case. */
int verdict_reach(const struct policy *policy, const struct host_result *results,
                  size_t n_results, struct report *ret_report);

#endif
