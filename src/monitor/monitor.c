#include "monitor/monitor.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/options.h"
#include "monitor/known_hosts.h"
#include "monitor/monitor_options.h"
#include "monitor/progress.h"
#include "monitor/run.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Columns that every format needs; JSON has all. */
#define FIELDS_ALWAYS                                                                    \
    (FIELD_BIT(FIELD_NAME) | FIELD_BIT(FIELD_STATUS) | FIELD_BIT(FIELD_COUNT) |          \
     FIELD_BIT(FIELD_MIN) | FIELD_BIT(FIELD_MAX) | FIELD_BIT(FIELD_MESSAGE) |            \
     FIELD_BIT(FIELD_ADMIN) | FIELD_BIT(FIELD_PATH))

static bool needs_paths(const struct policy *policy)
{
    for (size_t i = 0; i < policy->n_limits; i++)
        if (policy->limits[i].name[0] == '/' || strlen(policy->limits[i].name) > 15)
            return true;
    return false;
}

static bool has_all(const struct monitor_options *o)
{
    return strcmp(o->format->name, "json") == 0;
}

/* Only the groups of -g and of SPECs are requested; hrSWRunTable is read whole. */
static int make_plan(const struct monitor_options *o, struct plan *ret_plan,
                     const char ***ret_wanted)
{
    const struct policy *policy = &o->policy;
    struct plan plan = {PLAN_LIMITS};
    const char **wanted =
        calloc(policy->n_groups + policy->n_limits + 1, sizeof(*wanted));
    if (!wanted)
        return -ENOMEM;
    agent_table_make(policy->kind, &plan.table);
    plan.fields = has_all(o) ? UINT32_MAX : FIELDS_ALWAYS;
    if (policy->n_limits)
        plan.fields |= FIELD_BIT(FIELD_UNDECIDED);
    plan.repetitions = o->repetitions;
    plan.wanted = wanted;
    if (policy->kind == AGENT_TABLE_HOSTRES) {
        plan.repetitions = o->repetitions < 40 ? 40 : o->repetitions;
        plan.max_rows = 100000;
        if (!needs_paths(policy))
            plan.fields &= ~FIELD_BIT(FIELD_PATH);
    } else {
        for (size_t i = 0; i < policy->n_groups; i++)
            wanted[plan.n_wanted++] = policy->groups[i];
        for (size_t i = 0; i < policy->n_limits; i++)
            wanted[plan.n_wanted++] = policy->limits[i].name;
    }
    *ret_plan = plan;
    *ret_wanted = wanted;
    return 0;
}

/* `fields` 0: not wanted. */
static void make_conditions_plan(const struct monitor_options *o, struct plan *ret_plan)
{
    struct plan plan = {PLAN_LIMITS};
    agent_table_make(AGENT_TABLE_CONDITIONS, &plan.table);
    plan.repetitions = o->repetitions;
    plan.max_rows = 50000;
    if (o->policy.kind == AGENT_TABLE_PROCGROUP && has_all(o))
        plan.fields = UINT32_MAX;
    *ret_plan = plan;
}

/* ------------------------------------------------------------ messages */

static void print_error(const char *text)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}

static int refuse(const struct monitor_options *o, const char *why, struct buf *out)
{
    print_error(why);
    o->format->refuse(&report_of_hosts, why, out);
    return o->format->usage_status;
}

static int refuse_call(const struct monitor_options *o, struct buf *out)
{
    char first[200];
    monitor_options_print_errors(o);
    options_first_error(&o->why, first, sizeof(first));
    o->format->refuse(&report_of_hosts, first, out);
    return o->format->usage_status;
}

/* ------------------------------------------------------------ the run */

static int judge(const struct monitor_options *o, const struct plan *plan,
                 const struct host_result *results, struct buf *out)
{
    struct report report;
    struct policy policy = o->policy;
    policy.table = &plan->table;
    int status = verdict_make(&policy, results, o->n_hosts, &report) == 0
                     ? report_write(&report, o->format, out)
                     : refuse(o, "no memory", out);
    report_free(&report);
    return status;
}

/* Polls the hosts, with what an earlier run has found out about them. */
static int poll_hosts(const struct monitor_options *o, struct client *client,
                      const struct plan *plan, struct host_result *results)
{
    CLEANUP_FREE const char **peers = calloc(o->n_hosts + 1, sizeof(*peers));
    CLEANUP_FREE struct host_known *known = calloc(o->n_hosts + 1, sizeof(*known));
    struct progress progress;
    struct plan conditions;
    bool shown = progress_is_possible(STDERR_FILENO, getenv("TERM"));
    if (!peers || !known)
        return -ENOMEM;
    for (size_t i = 0; i < o->n_hosts; i++)
        peers[i] = o->hosts[i].peer;
    struct known_hosts *hosts =
        o->no_cache ? NULL
                    : known_hosts_create(o->cache, o->verbose ? print_error : NULL);
    size_t n_known = known_hosts_find(hosts, peers, o->n_hosts, known);
    if (o->verbose)
        fprintf(stderr, "%s: %zu of %zu hosts are in the cache\n",
                program_invocation_short_name, n_known, o->n_hosts);
    make_conditions_plan(o, &conditions);
    progress_begin(&progress, STDERR_FILENO, clock_run_ms());
    const struct run_settings settings = {
        .plan = plan,
        .conditions = conditions.fields ? &conditions : NULL,
        .window = o->window,
        .deadline_ms = (int64_t)(o->deadline * 1000),
        .timeout_ms = (int64_t)(o->access.timeout * 1000),
        .retries = o->access.retries,
        .again_ms = (int64_t)(o->again * 1000),
        .progress = shown ? &progress : NULL};
    int r = run_hosts(&settings, client, peers, known, o->n_hosts, results);
    progress_end(&progress);
    known_hosts_learn(hosts, plan, peers, results, o->n_hosts,
                      clock_now().wall_ms / 1000);
    known_hosts_destroy(hosts);
    return r;
}

static int poll_and_judge(const struct monitor_options *o, struct client *client,
                          const struct plan *plan, struct buf *out)
{
    CLEANUP_FREE struct host_result *results = calloc(o->n_hosts + 1, sizeof(*results));
    if (!results)
        return refuse(o, "no memory", out);
    for (size_t i = 0; i < o->n_hosts; i++)
        results[i].name = o->hosts[i].name;
    int r = poll_hosts(o, client, plan, results);
    verdict_find_old(&o->policy, results, o->n_hosts);
    int status = r < 0 ? refuse(o, strerror(-r), out) : judge(o, plan, results, out);
    for (size_t i = 0; i < o->n_hosts; i++) {
        answer_free(&results[i].answer);
        answer_free(&results[i].conditions);
        free(results[i].problem);
    }
    return status;
}

static int monitor(const struct monitor_options *o, struct buf *out)
{
    CLEANUP_BUF struct buf why = {0};
    CLEANUP_FREE const char **wanted = NULL;
    struct plan plan;
    struct client *client;
    if (make_plan(o, &plan, &wanted) < 0)
        return refuse(o, "no memory", out);
    int r = client_create(&o->access, run_on_answer, &client, &why);
    if (r < 0)
        return refuse(o, why.len ? buf_text(&why) : strerror(-r), out);
    int status = poll_and_judge(o, client, &plan, out);
    client_destroy(client);
    return status;
}

/* Output that could not be written (full disk, closed pipe) is a failure. */
static int print(const struct monitor_options *o, const struct buf *out, int status)
{
    if (out->error) {
        print_error("no memory");
        return o->format->usage_status;
    }
    fwrite(buf_text(out), 1, out->len, stdout);
    if (fflush(stdout) == 0)
        return status;
    print_error(strerror(errno));
    return status ? status : o->format->usage_status;
}

int monitor_main(int argc, char **argv)
{
    struct monitor_options options;
    struct buf out = {0};
    int status = 0;
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN); /* net-snmp writes without MSG_NOSIGNAL */
    int r = monitor_options_read(argc, argv, &options);
    if (r < 0)
        status = refuse_call(&options, &out);
    else if (r > 0)
        status = monitor(&options, &out);
    else /* --help: a plugin reports "unknown" then */
        status = options.format->is_plugin ? 3 : 0;
    status = print(&options, &out, status);
    buf_free(&out);
    monitor_options_free(&options);
    return status;
}
