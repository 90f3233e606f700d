#include "check/look.h"

#include "check/command.h"
#include "config.h"
#include "label/label.h"
#include "proc/procfs.h"
#include "rule/config.h"
#include "rule/metrics.h"
#include "watch/board.h"
#include "watch/ledger.h"
#include "watch/watch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct look {
    struct label_system *labels;
    struct label_reader reader;
    struct procfs *procfs;
    struct process_source_ops source;
    struct ledger *ledger;
    struct watch *watch;
    double recheck;
};

static void set_rechecks(struct rules *rules, double seconds)
{
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++)
            rules->groups[g].conditions[c].recheck_ms = (int64_t)floor(seconds * 1000);
}

/* The collector keeps folders open from look to look, as many as it may. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_source(struct look *look, const char *proc_root)
{
    look->reader = label_system_reader(look->labels);
    struct procfs_options options = {
        .root = proc_root,
        .labels = &look->reader,
        .interpreters = (const char *const *)look_rules(look)->interpreters,
    };
    int r = procfs_create(&options, &look->procfs);
    if (r == 0)
        look->source = procfs_source(look->procfs);
    else if (r == -ENODEV)
        command_tell("this folder is no /proc", proc_root);
    else
        command_tell(strerror(-r), proc_root);
    return r;
}

/* `rules` go to the watch, or are destroyed. */
static int open_watch(struct look *look, struct rules *rules)
{
    struct moment now = clock_now();
    look->labels = label_system_create("");
    look->ledger = ledger_create();
    look->watch = look->ledger ? watch_create(look->ledger, now) : NULL;
    if (!look->labels || !look->watch) {
        rules_destroy(rules);
        return -ENOMEM;
    }
    return watch_set_rules(look->watch, rules, now);
}

int look_open(struct rules *rules, const char *proc_root, double recheck,
              struct look **ret_look)
{
    struct look *look = calloc(1, sizeof(*look));
    if (!look) {
        rules_destroy(rules);
        command_tell("no memory", "");
        return -ENOMEM;
    }
    look->recheck = recheck;
    set_rechecks(rules, recheck);
    allow_descriptors();
    int r = open_watch(look, rules);
    if (r < 0)
        command_tell("no memory", "");
    else
        r = open_source(look, proc_root);
    if (r == 0)
        *ret_look = look;
    else
        look_close(look);
    return r;
}

void look_close(struct look *look)
{
    if (!look)
        return;
    watch_destroy(look->watch);
    ledger_destroy(look->ledger);
    procfs_destroy(look->procfs);
    label_system_destroy(look->labels);
    free(look);
}

/* ------------------------------------------------------------ looking */

int look_now(struct look *look, struct board **ret_board)
{
    struct watch_facts facts = {.version = CONFIG_VERSION,
                                .collector = look->source.name};
    struct transition *t;
    int r = watch_look(look->watch, &look->source, clock_now());
    while ((t = watch_take_transition(look->watch)))
        transition_destroy(t);
    if (r == 0)
        r = watch_make_board(look->watch, &facts, ret_board);
    if (r < 0)
        command_tell("cannot look", strerror(-r));
    return r;
}

bool look_needs_window(const struct rules *rules)
{
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++) {
            const struct metric_info *metric =
                metric_info(rules->groups[g].conditions[c].metric);
            /* starts, exits and restarts are a minute's */
            if (metric->kind == METRIC_RATE || strcmp(metric->unit, "/min") == 0)
                return true;
        }
    return false;
}

void look_wait(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds,
                         .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        continue;
}

static bool is_pending(const struct board *board)
{
    size_t n;
    const struct board_group *g = board_groups(board, &n);
    for (size_t i = 0; i < n; i++)
        if (g[i].pending)
            return true;
    return false;
}

static int look_again(struct look *look, double after, struct board **board)
{
    board_destroy(*board);
    *board = NULL;
    look_wait(after);
    return look_now(look, board);
}

int look_judge(struct look *look, double window, struct board **ret_board)
{
    struct board *board = NULL;
    int r = look_now(look, &board);
    if (r == 0 && window > 0)
        r = look_again(look, window, &board);
    if (r == 0 && look->recheck > 0 && is_pending(board))
        r = look_again(look, look->recheck, &board);
    if (r == 0)
        *ret_board = board;
    return r;
}

/* ------------------------------------------------------------ what was seen */

const struct rules *look_rules(const struct look *look)
{
    return watch_rules(look->watch);
}

const struct snapshot *look_snapshot(const struct look *look)
{
    return watch_snapshot(look->watch);
}

int look_detail(struct look *look, struct process *process, uint32_t sources)
{
    return look->source.detail(look->source.ctx, process, sources);
}

const char *look_collector(const struct look *look)
{
    return look->source.name;
}

struct label_host look_host(struct look *look)
{
    return look->reader.host(look->reader.ctx);
}
