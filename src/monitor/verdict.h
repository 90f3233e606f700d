/* Judges the answers of hosts. Pure. A host that is silent, one without the table, one
 * with a wrong answer and one that has answered get different states. */
#ifndef MONITOR_VERDICT_H
#define MONITOR_VERDICT_H

#include "model/group.h"
#include "monitor/answer.h"
#include "monitor/engine_id.h"

struct report;

enum host_state {
    HOST_SILENT,  /* no answer, or none that could be read; `problem` has the reason */
    HOST_REFUSED, /* SNMPv3 security: wrong user, wrong passphrase; `problem` */
    HOST_ABSENT,  /* no such object: the agent has no such table */
    HOST_BAD,     /* a wrong answer; `problem` has the reason */
    HOST_ANSWERED,
};

struct host_result {
    const char *name; /* as the user wrote it */
    enum host_state state;
    char *problem;  /* printable, owned; NULL: none, or no memory */
    int64_t scalar; /* of AGENT_TABLE_PROCGROUP: procGroupAgentSampleState */
    /* As query_time() and query_age(), and the wall time here at the same time. */
    int64_t time_ms, age_ms, answered_ms;
    bool too_old; /* set by verdict_find_old(), with `problem` */
    struct answer answer;
    struct answer conditions; /* of the groups; without rows if they were not read */
    struct engine_id engine;  /* with SNMPv3; len 0 otherwise */
};

/* Limits of the command line, which replace those of the agent. */
struct limit {
    const char *name; /* of a group, prNames, hrSWRunName or, with a '/', hrSWRunPath */
    struct range range;
};

struct policy {
    enum agent_table_kind kind;
    const struct agent_table *table;
    struct limit *limits; /* owned, as `groups`; their texts are borrowed */
    size_t n_limits;
    const char **groups; /* -g; none = all, if there are no limits either */
    size_t n_groups;
    enum severity no_answer;  /* of a host that does not answer */
    enum severity absent;     /* of a host in another state than HOST_ANSWERED */
    enum severity missing;    /* of a group that the host does not have */
    int64_t max_age_ms;       /* of a table with an age, by the agent's clock; 0 = any */
    int64_t max_clock_age_ms; /* of another, by its time and the clock here; 0 = any */
};

/* Finds the hosts whose tables are older than the policy allows: they are unknown. An
 * agent of this version marks its table itself when it is stale, by the interval of its
 * scans, which an older one does not publish. A table whose age and time a view hides may
 * be of any age: it is unknown too. */
void verdict_find_old(const struct policy *policy, struct host_result *results,
                      size_t n_results);
/* Judges all hosts. The report's texts are those of `results` and `policy`, which must
 * stay. Returns 0 or -ENOMEM; report_free() in any case. */
int verdict_make(const struct policy *policy, const struct host_result *results,
                 size_t n_results, struct report *ret_report);

#endif
