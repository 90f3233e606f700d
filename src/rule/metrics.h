/* The metrics of conditions: one row each in a const table. */
#ifndef RULE_METRICS_H
#define RULE_METRICS_H

#include "model/group.h"
#include "model/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_kind {
    METRIC_LEVEL,   /* a value of each process */
    METRIC_RATE,    /* growth of a counter of each process, per second, over the window */
    METRIC_MEMBERS, /* of the set of members: count, zombies, blocked, starts, ... */
    METRIC_HOST,    /* of the host: enforcing */
};

enum metric_sum {
    METRIC_SUM,
    METRIC_MAX, /* ages, percentages of a limit */
    METRIC_MIN, /* age-youngest */
};

struct metric_info {
    const char *name; /* in the configuration: "cpu-lifetime" */
    const char *unit; /* as shown: "%", "B", "s", "/s", "/min", "" */
    enum metric_kind kind;
    enum metric_sum sum;
    uint32_t attributes; /* enum process_attribute */
    bool each_allowed;
    double scale; /* METRIC_RATE: factor from counter units per second to `unit` */
    /* METRIC_LEVEL: the value at now_ms (boot time). METRIC_RATE: the counter. Others:
     * NULL. */
    double (*value)(const struct process *process, int64_t now_ms);
};

const struct metric_info *metric_info(enum metric metric);
/* A value or limit, which is not negative, in thousandths of its unit: rounded, and at
 * most UINT64_MAX. */
uint64_t metric_milli(double value);
/* Returns 0 or -ENOENT. */
int metric_by_name(const char *name, enum metric *ret_metric);

#endif
