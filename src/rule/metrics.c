#include "rule/metrics.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* value_NAME(): a member of struct process, multiplied by a factor. */
#define VALUE(name, member, factor)                                                      \
    static double value_##name(const struct process *p, int64_t now_ms)                  \
    {                                                                                    \
        (void)now_ms;                                                                    \
        return (double)p->member * (factor);                                             \
    }
VALUE(threads, threads, 1)
VALUE(cpu_time, cpu_ms, 1)
VALUE(rss, rss_kib, 1024)
VALUE(pss, usage->pss_kib, 1024)
VALUE(vsz, vsz_kib, 1024)
VALUE(swap, usage->swap_kib, 1024)
VALUE(fds, usage->fds, 1)
VALUE(bytes_read, usage->read_bytes, 1)
VALUE(bytes_written, usage->write_bytes, 1)
VALUE(faults, faults, 1)
VALUE(switches, usage->switches, 1)

/* The age at the time when the counters were read; the current age would give a wrong
 * rate. */
static double value_cpu_lifetime(const struct process *p, int64_t now_ms)
{
    int64_t then = p->sampled_ms > 0 ? p->sampled_ms : now_ms;
    int64_t age = then - p->start_ms;
    return age > 0 ? 100.0 * (double)p->cpu_ms / (double)age : 0;
}

static double value_fd_usage(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    if (p->usage->fd_limit == UINT32_MAX || p->usage->fds == 0)
        return 0;
    return p->usage->fd_limit > 0 ? 100.0 * p->usage->fds / p->usage->fd_limit : 100.0;
}

static double value_age(const struct process *p, int64_t now_ms)
{
    return now_ms > p->start_ms ? (double)(now_ms - p->start_ms) / 1000.0 : 0;
}

#define MEMBERS(name, unit)                                                              \
    {                                                                                    \
        name, unit, METRIC_MEMBERS, METRIC_SUM, PROCESS_STAT, false, 1, NULL             \
    }
#define LEVEL(name, unit, sum, attributes, value)                                        \
    {                                                                                    \
        name, unit, METRIC_LEVEL, sum, attributes, true, 1, value                        \
    }
#define RATE(name, unit, attributes, scale, value)                                       \
    {                                                                                    \
        name, unit, METRIC_RATE, METRIC_SUM, attributes, true, scale, value              \
    }

static const struct metric_info metrics[METRIC_TOTAL] = {
    [METRIC_COUNT] = MEMBERS("count", ""),
    [METRIC_THREADS] = LEVEL("threads", "", METRIC_SUM, PROCESS_STAT, value_threads),
    [METRIC_ZOMBIES] = MEMBERS("zombies", ""),
    /* 1,000 ms of CPU time a second are 100 % of one processor. */
    [METRIC_CPU] = RATE("cpu", "%", PROCESS_STAT, 0.1, value_cpu_time),
    [METRIC_CPU_LIFETIME] =
        LEVEL("cpu-lifetime", "%", METRIC_SUM, PROCESS_STAT, value_cpu_lifetime),
    [METRIC_RSS] = LEVEL("rss", "B", METRIC_SUM, PROCESS_STAT, value_rss),
    [METRIC_PSS] = LEVEL("pss", "B", METRIC_SUM, PROCESS_PSS, value_pss),
    [METRIC_VSZ] = LEVEL("vsz", "B", METRIC_SUM, PROCESS_STAT, value_vsz),
    [METRIC_SWAP] = LEVEL("swap", "B", METRIC_SUM, PROCESS_STATUS, value_swap),
    [METRIC_FDS] = LEVEL("fds", "", METRIC_SUM, PROCESS_FDS, value_fds),
    [METRIC_FD_USAGE] = LEVEL("fd-usage", "%", METRIC_MAX, PROCESS_FDS, value_fd_usage),
    [METRIC_READ_RATE] = RATE("read-rate", "B/s", PROCESS_IO, 1, value_bytes_read),
    [METRIC_WRITE_RATE] = RATE("write-rate", "B/s", PROCESS_IO, 1, value_bytes_written),
    [METRIC_FAULTS] = RATE("faults", "/s", PROCESS_STAT, 1, value_faults),
    [METRIC_SWITCHES] = RATE("switches", "/s", PROCESS_STATUS, 1, value_switches),
    [METRIC_AGE_OLDEST] = LEVEL("age-oldest", "s", METRIC_MAX, PROCESS_STAT, value_age),
    [METRIC_AGE_YOUNGEST] =
        LEVEL("age-youngest", "s", METRIC_MIN, PROCESS_STAT, value_age),
    [METRIC_STARTS] = MEMBERS("starts", "/min"),
    [METRIC_EXITS] = MEMBERS("exits", "/min"),
    [METRIC_RESTARTS] = MEMBERS("restarts", "/min"),
    [METRIC_BLOCKED] = MEMBERS("blocked", ""),
    [METRIC_ENFORCING] = {"enforcing", "", METRIC_HOST, METRIC_SUM, 0, false, 1, NULL},
};

const struct metric_info *metric_info(enum metric metric)
{
    return &metrics[metric];
}

uint64_t metric_milli(double value)
{
    double milli = value > 0 ? round(value * 1000) : 0;
    return milli >= (double)UINT64_MAX ? UINT64_MAX : (uint64_t)milli;
}

int metric_by_name(const char *name, enum metric *ret_metric)
{
    for (unsigned i = 0; i < METRIC_TOTAL; i++) {
        if (strcmp(metrics[i].name, name) == 0) {
            *ret_metric = (enum metric)i;
            return 0;
        }
    }
    return -ENOENT;
}
