#include "cli/local.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/observer.h"
#include "config.h"
#include "engine/engine.h"
#include "label/label.h"
#include "proc/procfs.h"
#include "rule/metrics.h"
#include "rule/rules.h"
#include "select/selector.h"
#include "state/state_store.h"
#include "table/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct local {
    struct label_system *labels;
    struct label_reader reader;
    struct procfs *procfs;
    struct process_source_ops source;
    struct state_store *store;
    struct engine *engine;
    double recheck;
    bool include_self;
    bool ids_first;
    bool is_empty;        /* the last snapshot, by the ids of all processes */
    uint64_t self;        /* 0: the observers have not been searched */
    struct buf observers; /* struct engine_observer: this process, and what called it */
};

static void set_rechecks(struct rules *rules, double seconds)
{
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++)
            rules->groups[g].conditions[c].recheck_ms = (int64_t)floor(seconds * 1000);
}

/* The source keeps a descriptor for each process between scans if the limit allows it. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Loading the BPF program takes as long as reading 3,000 processes from /proc. It saves
 * nothing if files of each process are needed, and root alone may load it. */
static int open_source(struct local *local, const char *proc_root)
{
    const uint32_t shown = PROCESS_STAT | PROCESS_STATUS | PROCESS_NAME;
    local->reader = label_system_reader(local->labels);
    struct procfs_options options = {
        .root = proc_root,
        .labels = &local->reader,
        .use_bpf = geteuid() == 0 &&
                   (rules_attributes(engine_rules(local->engine)) & ~shown) == 0,
        .bpf_min = 5000,
    };
    int r = procfs_create(&options, &local->procfs);
    if (r == 0) {
        local->source = procfs_source(local->procfs);
        r = engine_configure_source(local->engine, &local->source);
    }
    if (r == -ENODEV)
        command_print("not a procfs mount", proc_root);
    else if (r < 0)
        command_print(strerror(-r), proc_root);
    return r;
}

/* Takes ownership of `rules`. */
static int open_engine(struct local *local, struct rules *rules)
{
    struct moment now = clock_now();
    local->labels = label_system_create("");
    local->store = state_create();
    local->engine = local->store ? engine_create(local->store) : NULL;
    if (!local->labels || !local->engine) {
        rules_destroy(rules);
        return -ENOMEM;
    }
    rules->publish_cmdline = true; /* to a user that can read the arguments anyway */
    return engine_set_rules(local->engine, rules, now);
}

int local_open(struct rules *rules, const struct local_options *options,
               struct local **ret_local)
{
    struct local *local = calloc(1, sizeof(*local));
    if (!local) {
        rules_destroy(rules);
        command_print("no memory", "");
        return -ENOMEM;
    }
    local->recheck = options->recheck;
    local->include_self = options->include_self;
    local->ids_first = options->ids_first;
    set_rechecks(rules, options->recheck);
    allow_descriptors();
    int r = open_engine(local, rules);
    if (r < 0)
        command_print("no memory", "");
    else
        r = open_source(local, options->proc_root);
    if (r == 0)
        *ret_local = local;
    else
        local_close(local);
    return r;
}

void local_close(struct local *local)
{
    if (!local)
        return;
    engine_destroy(local->engine);
    state_destroy(local->store);
    procfs_destroy(local->procfs);
    label_system_destroy(local->labels);
    buf_free(&local->observers);
    free(local);
}

/* ------------------------------------------------------------ scans */

static bool runs_this_program(void *ctx, uint64_t key)
{
    const struct local *local = ctx;
    return procfs_runs_same(local->procfs, local->self, key);
}

/* Once: the call was before the first scan. */
static int find_callers(struct local *local, const struct snapshot *snapshot)
{
    if (local->self || procfs_identify(local->procfs, getpid(), &local->self) < 0)
        return 0;
    return observer_find(snapshot, local->self, &local->source, &local->observers);
}

static int find_observers(struct local *local)
{
    const struct snapshot *snapshot = engine_snapshot(local->engine);
    const struct observer_program program = {runs_this_program, local};
    CLEANUP_BUF struct buf list = {0};
    if (local->include_self || snapshot->state == SNAPSHOT_FAILED)
        return 0;
    int r = find_callers(local, snapshot);
    if (r == 0)
        r = buf_append(&list, local->observers.data, local->observers.len);
    if (r == 0)
        r = observer_find_others(snapshot, local->self, &local->source, &program, &list);
    if (r == 0)
        r = engine_set_observers(local->engine, (const void *)list.data,
                                 list.len / sizeof(struct engine_observer));
    return r;
}

/* Whether a process with these ids may be in a group. */
static bool may_be_member(void *ctx, uint32_t euid, uint32_t egid)
{
    const struct local *local = ctx;
    const struct rules *rules = engine_rules(local->engine);
    for (size_t i = 0; i < rules->n_groups; i++)
        if (rules->groups[i].selector &&
            selector_fits_ids(rules->groups[i].selector, euid, egid))
            return true;
    return false;
}

/* A scan is not needed if the ids of all processes rule them out. */
static int scan_ids_first(void *ctx, uint32_t attributes, struct moment now,
                          const struct snapshot **ret_snapshot)
{
    struct local *local = ctx;
    local->is_empty =
        local->ids_first &&
        procfs_scan_ids(local->procfs, now, may_be_member, local, ret_snapshot) == 0;
    return local->is_empty
               ? 0
               : local->source.scan(local->source.ctx, attributes, now, ret_snapshot);
}

static int run_cycle(struct local *local)
{
    const struct process_source_ops by_ids = {.scan = scan_ids_first, .ctx = local};
    struct moment now = clock_now();
    int r = engine_scan(local->engine, &by_ids, now);
    if (r == 0 && !local->is_empty)
        r = find_observers(local);
    return r == 0 ? engine_judge(local->engine, &local->source, now) : r;
}

int local_scan(struct local *local, struct table_image **ret_image)
{
    struct engine_facts facts = {.version = CONFIG_VERSION,
                                 .source_name = local->source.name(local->source.ctx)};
    struct event *event;
    int r = run_cycle(local);
    while ((event = engine_take_event(local->engine)))
        event_destroy(event);
    if (r == 0)
        r = engine_make_image(local->engine, &facts, ret_image);
    if (r < 0)
        command_print("cannot scan the processes", strerror(-r));
    return r;
}

bool local_needs_window(const struct rules *rules)
{
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++) {
            const struct metric_info *metric =
                metric_info(rules->groups[g].conditions[c].metric);
            /* starts, exits and restarts are per minute */
            if (metric->kind == METRIC_RATE || strcmp(metric->unit, "/min") == 0)
                return true;
        }
    return false;
}

void local_set_window(struct rules *rules, double seconds)
{
    rules->interval_ms = (int64_t)floor(seconds * 1000);
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++) {
            struct condition *condition = &rules->groups[g].conditions[c];
            if (metric_info(condition->metric)->kind == METRIC_RATE)
                condition->window_ms = 0;
        }
}

static void wait_for(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds,
                         .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        continue;
}

static bool is_pending(const struct table_image *image)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; i < n; i++)
        if (g[i].pending)
            return true;
    return false;
}

static int scan_again(struct local *local, double after, struct table_image **image)
{
    table_destroy(*image);
    *image = NULL;
    wait_for(after);
    return local_scan(local, image);
}

int local_check(struct local *local, double window, struct table_image **ret_image)
{
    struct table_image *image = NULL;
    int r = local_scan(local, &image);
    if (r == 0 && window > 0)
        r = scan_again(local, window, &image);
    if (r == 0 && local->recheck > 0 && is_pending(image))
        r = scan_again(local, local->recheck, &image);
    if (r == 0)
        *ret_image = image;
    return r;
}

/* ------------------------------------------------------------ results */

const struct rules *local_rules(const struct local *local)
{
    return engine_rules(local->engine);
}

const struct group *local_group_rule(const struct local *local,
                                     const struct table_group *row)
{
    return engine_group_rule(local->engine, row->index);
}

const char *local_leaves_out(const struct local *local, const struct group *rule,
                             const struct process *process)
{
    return engine_leaves_out(local->engine, rule, process);
}

const struct snapshot *local_snapshot(const struct local *local)
{
    return engine_snapshot(local->engine);
}

int local_read(struct local *local, struct process *process, uint32_t attributes)
{
    struct source_want want = {process, attributes, false};
    local->source.read(local->source.ctx, &want, 1);
    return want.ended ? -ESRCH : 0;
}

const char *local_source(const struct local *local)
{
    return local->source.name(local->source.ctx);
}

struct label_host local_label_host(struct local *local)
{
    return local->reader.host(local->reader.ctx);
}
