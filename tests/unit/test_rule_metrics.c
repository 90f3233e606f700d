#include "heap.h"
#include "rule/metrics.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct process_usage sample_usage = {
    .swap_kib = 4,
    .switches = 12,
    .pss_kib = 5,
    .read_bytes = 13,
    .write_bytes = 14,
    .fds = 256,
    .fd_limit = 1024,
};

static const struct process sample = {
    .start_ms = 100000,
    .sampled_ms = 150000,
    .threads = 7,
    .cpu_ms = 25000,
    .rss_kib = 2,
    .vsz_kib = 3,
    .faults = 11,
    .usage = &sample_usage,
};

struct row {
    enum metric metric;
    const char *name;
    const char *unit;
    enum metric_kind kind;
    enum metric_sum sum;
    uint32_t attributes;
    double value; /* of the sample at 160,000 ms; NAN = none */
};

static const struct row rows[] = {
    {METRIC_COUNT, "count", "", METRIC_MEMBERS, METRIC_SUM, PROCESS_STAT, NAN},
    {METRIC_THREADS, "threads", "", METRIC_LEVEL, METRIC_SUM, PROCESS_STAT, 7},
    {METRIC_ZOMBIES, "zombies", "", METRIC_MEMBERS, METRIC_SUM, PROCESS_STAT, NAN},
    {METRIC_CPU, "cpu", "%", METRIC_RATE, METRIC_SUM, PROCESS_STAT, 25000},
    {METRIC_CPU_LIFETIME, "cpu-lifetime", "%", METRIC_LEVEL, METRIC_SUM, PROCESS_STAT,
     50},
    {METRIC_RSS, "rss", "B", METRIC_LEVEL, METRIC_SUM, PROCESS_STAT, 2048},
    {METRIC_PSS, "pss", "B", METRIC_LEVEL, METRIC_SUM, PROCESS_PSS, 5120},
    {METRIC_VSZ, "vsz", "B", METRIC_LEVEL, METRIC_SUM, PROCESS_STAT, 3072},
    {METRIC_SWAP, "swap", "B", METRIC_LEVEL, METRIC_SUM, PROCESS_STATUS, 4096},
    {METRIC_FDS, "fds", "", METRIC_LEVEL, METRIC_SUM, PROCESS_FDS, 256},
    {METRIC_FD_USAGE, "fd-usage", "%", METRIC_LEVEL, METRIC_MAX, PROCESS_FDS, 25},
    {METRIC_READ_RATE, "read-rate", "B/s", METRIC_RATE, METRIC_SUM, PROCESS_IO, 13},
    {METRIC_WRITE_RATE, "write-rate", "B/s", METRIC_RATE, METRIC_SUM, PROCESS_IO, 14},
    {METRIC_FAULTS, "faults", "/s", METRIC_RATE, METRIC_SUM, PROCESS_STAT, 11},
    {METRIC_SWITCHES, "switches", "/s", METRIC_RATE, METRIC_SUM, PROCESS_STATUS, 12},
    {METRIC_AGE_OLDEST, "age-oldest", "s", METRIC_LEVEL, METRIC_MAX, PROCESS_STAT, 60},
    {METRIC_AGE_YOUNGEST, "age-youngest", "s", METRIC_LEVEL, METRIC_MIN, PROCESS_STAT,
     60},
    {METRIC_STARTS, "starts", "/min", METRIC_MEMBERS, METRIC_SUM, PROCESS_STAT, NAN},
    {METRIC_EXITS, "exits", "/min", METRIC_MEMBERS, METRIC_SUM, PROCESS_STAT, NAN},
    {METRIC_RESTARTS, "restarts", "/min", METRIC_MEMBERS, METRIC_SUM, PROCESS_STAT, NAN},
    {METRIC_BLOCKED, "blocked", "", METRIC_MEMBERS, METRIC_SUM, PROCESS_STAT, NAN},
    {METRIC_ENFORCING, "enforcing", "", METRIC_HOST, METRIC_SUM, 0, NAN},
};

static void test_every_metric_has_a_row(void **state)
{
    (void)state;
    assert_int_equal(sizeof(rows) / sizeof(rows[0]), METRIC_TOTAL);
    for (size_t i = 0; i < METRIC_TOTAL; i++) {
        const struct metric_info *info = metric_info(rows[i].metric);
        assert_string_equal(info->name, rows[i].name);
        assert_string_equal(info->unit, rows[i].unit);
        assert_int_equal(info->kind, rows[i].kind);
        assert_int_equal(info->sum, rows[i].sum);
        assert_int_equal(info->attributes, rows[i].attributes);
        bool has_value = info->kind == METRIC_LEVEL || info->kind == METRIC_RATE;
        assert_int_equal(info->each_allowed, has_value);
        assert_int_equal(info->value != NULL, has_value);
        if (has_value && info->value(&sample, 160000) != rows[i].value)
            fail_msg("%s is %g", info->name, info->value(&sample, 160000));
    }
}

static void test_names_are_found(void **state)
{
    (void)state;
    enum metric metric = METRIC_RSS;
    for (size_t i = 0; i < METRIC_TOTAL; i++) {
        assert_int_equal(metric_by_name(rows[i].name, &metric), 0);
        assert_int_equal(metric, rows[i].metric);
    }
    metric = METRIC_RSS;
    assert_int_equal(metric_by_name("CPU", &metric), -ENOENT);
    assert_int_equal(metric_by_name("", &metric), -ENOENT);
    assert_int_equal(metric, METRIC_RSS);
}

static void test_cpu_is_percent_of_one_processor(void **state)
{
    (void)state;
    /* 1,500 ms of CPU time in a second, on two processors. */
    assert_true(fabs(1500 * metric_info(METRIC_CPU)->scale - 150) < 1e-9);
}

static void test_limits_and_times_that_are_missing(void **state)
{
    (void)state;
    struct process_usage used = sample_usage;
    struct process p = sample;
    const struct metric_info *usage = metric_info(METRIC_FD_USAGE);
    p.usage = &used;
    used.fd_limit = UINT32_MAX;
    assert_true(usage->value(&p, 0) == 0);
    used.fd_limit = 0;
    assert_true(usage->value(&p, 0) == 100);
    used.fds = 0;
    assert_true(usage->value(&p, 0) == 0);
    p.sampled_ms = p.start_ms;
    assert_true(metric_info(METRIC_CPU_LIFETIME)->value(&p, 0) == 0);
    p.sampled_ms = 0; /* not given by the source: the current time is used */
    assert_true(metric_info(METRIC_CPU_LIFETIME)->value(&p, 200000) == 25);
    assert_true(metric_info(METRIC_AGE_OLDEST)->value(&p, 99999) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_metric_has_a_row),
        cmocka_unit_test(test_names_are_found),
        cmocka_unit_test(test_cpu_is_percent_of_one_processor),
        cmocka_unit_test(test_limits_and_times_that_are_missing),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
