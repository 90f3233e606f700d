#include "rule/metrics.h"

#include <errno.h>
#include <string.h>

#define KIB 1024.0

static double threads(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return p->threads;
}

static double cpu_time(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->cpu_ms;
}

/* Age when the counters were read: a rate over another moment would be wrong. */
static double cpu_lifetime(const struct process *p, int64_t now_ms)
{
    int64_t then = p->sampled_ms > 0 ? p->sampled_ms : now_ms;
    int64_t age = then - p->start_ms;
    return age > 0 ? 100.0 * (double)p->cpu_ms / (double)age : 0;
}

static double rss(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->rss_kib * KIB;
}

static double pss(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->pss_kib * KIB;
}

static double vsz(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->vsz_kib * KIB;
}

static double swap(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->swap_kib * KIB;
}

static double fds(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return p->fds;
}

static double fd_usage(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    if (p->fd_limit == UINT32_MAX || p->fds == 0)
        return 0;
    return p->fd_limit > 0 ? 100.0 * p->fds / p->fd_limit : 100.0;
}

static double bytes_read(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->read_bytes;
}

static double bytes_written(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->write_bytes;
}

static double faults(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->faults;
}

static double switches(const struct process *p, int64_t now_ms)
{
    (void)now_ms;
    return (double)p->switches;
}

static double age(const struct process *p, int64_t now_ms)
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
    [METRIC_THREADS] = LEVEL("threads", "", METRIC_SUM, PROCESS_STAT, threads),
    [METRIC_ZOMBIES] = MEMBERS("zombies", ""),
    /* 1,000 ms of processor time a second are 100 percent of one processor. */
    [METRIC_CPU] = RATE("cpu", "%", PROCESS_STAT, 0.1, cpu_time),
    [METRIC_CPU_LIFETIME] =
        LEVEL("cpu-lifetime", "%", METRIC_SUM, PROCESS_STAT, cpu_lifetime),
    [METRIC_RSS] = LEVEL("rss", "B", METRIC_SUM, PROCESS_STAT, rss),
    [METRIC_PSS] = LEVEL("pss", "B", METRIC_SUM, PROCESS_PSS, pss),
    [METRIC_VSZ] = LEVEL("vsz", "B", METRIC_SUM, PROCESS_STAT, vsz),
    [METRIC_SWAP] = LEVEL("swap", "B", METRIC_SUM, PROCESS_STATUS, swap),
    [METRIC_FDS] = LEVEL("fds", "", METRIC_SUM, PROCESS_FDS, fds),
    [METRIC_FD_USAGE] = LEVEL("fd-usage", "%", METRIC_MAX, PROCESS_FDS, fd_usage),
    [METRIC_READ_RATE] = RATE("read-rate", "B/s", PROCESS_IO, 1, bytes_read),
    [METRIC_WRITE_RATE] = RATE("write-rate", "B/s", PROCESS_IO, 1, bytes_written),
    [METRIC_FAULTS] = RATE("faults", "/s", PROCESS_STAT, 1, faults),
    [METRIC_SWITCHES] = RATE("switches", "/s", PROCESS_STATUS, 1, switches),
    [METRIC_AGE_OLDEST] = LEVEL("age-oldest", "s", METRIC_MAX, PROCESS_STAT, age),
    [METRIC_AGE_YOUNGEST] = LEVEL("age-youngest", "s", METRIC_MIN, PROCESS_STAT, age),
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
