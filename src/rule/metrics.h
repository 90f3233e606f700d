/* The metrics of conditions: one const table, a row each. */
#ifndef RULE_METRICS_H
#define RULE_METRICS_H

#include "model/group.h"
#include "model/process.h"

#include <stdbool.h>
#include <stddef.h>

enum metric_kind {
    METRIC_LEVEL, /* a value of a process now */
    METRIC_RATE, /* growth of a process's counter over the window, a second (cpu: percent)
                  */
    METRIC_MEMBERS, /* of the set, not of a process: count, zombies, blocked, starts, ...
                     */
    METRIC_HOST,
};

enum metric_sum {
    METRIC_SUM,
    METRIC_MAX, /* ages, percentages of a limit */
    METRIC_MIN, /* age-youngest */
};

struct metric_info {
    const char *name; /* in files: "cpu-lifetime" */
    const char *unit; /* for people: "%", "B", "s", "/s", "/min", "" */
    enum metric_kind kind;
    enum metric_sum sum;
    uint32_t attributes; /* enum process_attribute */
    bool each_allowed;
    double scale; /* METRIC_RATE: counter units a second -> the metric's unit */
    /* METRIC_LEVEL: the value; now_ms = boot time. METRIC_RATE: the counter. Else NULL.
     */
    double (*value)(const struct process *process, int64_t now_ms);
};

const struct metric_info *metric_info(enum metric metric);
/* Returns 0 or -ENOENT. */
int metric_by_name(const char *name, enum metric *ret_metric);

#endif
