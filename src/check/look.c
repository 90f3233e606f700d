#include "check/command.h"

#include "config.h"
#include "label/label.h"
#include "proc/procfs.h"
#include "rule/config.h"
#include "watch/board.h"
#include "watch/ledger.h"
#include "watch/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct look {
    struct label_system *labels;
    struct label_reader reader;
    struct procfs *procfs;
    struct process_source_ops source;
    struct ledger *ledger;
    struct watch *watch;
};

/* Nothing is remembered from call to call: what is out of range is so at once. */
static void forget_rechecks(struct rules *rules)
{
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++)
            rules->groups[g].conditions[c].recheck_ms = 0;
}

static int open_source(struct look *look, const char *proc_root)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    look->reader = label_system_reader(look->labels);
    struct procfs_options options = {
        .root = proc_root,
        .labels = &look->reader,
        .interpreters = (const char *const *)look_rules(look)->interpreters,
    };
    int r = procfs_create(&options, &look->procfs);
    if (r < 0)
        fprintf(stderr, "procgroup: %s: %s\n", proc_root, strerror(-r));
    else
        look->source = procfs_source(look->procfs);
    return r;
}

int look_open(struct rules *rules, const char *proc_root, struct look **ret_look)
{
    struct look *look = calloc(1, sizeof(*look));
    struct moment now = clock_now();
    int r = -ENOMEM;
    if (look) {
        look->labels = label_system_create("");
        look->ledger = ledger_create();
        look->watch = look->ledger ? watch_create(look->ledger, now) : NULL;
    }
    if (!look || !look->labels || !look->watch) {
        rules_destroy(rules);
        fputs("procgroup: no memory\n", stderr);
        goto out;
    }
    forget_rechecks(rules);
    r = watch_set_rules(look->watch, rules, now);
    if (r == 0)
        r = open_source(look, proc_root);
out:
    if (r < 0) {
        look_close(look);
        return r;
    }
    *ret_look = look;
    return 0;
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
        fprintf(stderr, "procgroup: cannot look: %s\n", strerror(-r));
    return r;
}

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
