#include "engine/internal.h"
#include "rule/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int64_t measure_window(const struct engine *engine, const struct condition *condition)
{
    /* A look may come early (a recheck, an exit): a rate over a few milliseconds would be
     * noise of the kernel's 10 ms ticks. Never less than nine tenths of the interval. */
    int64_t least = engine->rules->interval_ms * 9 / 10;
    int64_t window = condition ? condition->window_ms : 0;
    return window > least ? window : least;
}

int measure_member(const struct engine *engine, const struct member *member,
                   const struct condition *condition, double *ret_value)
{
    const struct metric_info *info = metric_info(condition->metric);
    const struct process *p = member->process;
    int64_t now = engine->snapshot->taken.boot_ms;
    if ((p->have & info->attributes) != info->attributes)
        return -EACCES;
    double value = info->value(p, now);
    if (info->kind == METRIC_LEVEL) {
        *ret_value = value;
        return 0;
    }
    int64_t window = measure_window(engine, condition);
    /* Counters begin at 0: who is younger has used within the window what he has used. */
    if (p->sampled_ms - p->start_ms < window) {
        *ret_value = value * 1000 / (double)window * info->scale;
        return 0;
    }
    const struct rate *rate =
        process_state_rate(member->pstate, condition->metric, window);
    double growth;
    if (!rate || history_rate(&rate->history, window, p->sampled_ms, value, &growth) < 0)
        return -ENODATA;
    *ret_value = growth * info->scale;
    return 0;
}

double measure_most(const struct engine *engine, const struct member *member,
                    const struct condition *condition)
{
    const struct metric_info *info = metric_info(condition->metric);
    double used = info->value(member->process, engine->snapshot->taken.boot_ms);
    return used * 1000 / (double)measure_window(engine, condition) * info->scale;
}

/* The counter of this look, for the rates of the next ones. */
static void sample_rate(struct engine *engine, const struct member *member,
                        enum metric metric, int64_t window)
{
    const struct metric_info *info = metric_info(metric);
    const struct process *p = member->process;
    if ((p->have & info->attributes) != info->attributes)
        return;
    struct rate *rate = process_state_rate(member->pstate, metric, window);
    if (!rate) {
        engine->error = -ENOMEM;
        return;
    }
    const struct process_state *pstate = member->pstate;
    if (!rate->history.count && pstate->started_since)
        history_add(&rate->history, window, p->start_ms, 0);
    /* Who joins the group only now was seen before, and his CPU time with him. */
    else if (!rate->history.count && metric == METRIC_CPU && pstate->before_ms)
        history_add(&rate->history, window, pstate->before_ms, pstate->before_cpu_ms);
    history_add(&rate->history, window, p->sampled_ms, info->value(p, p->sampled_ms));
}

double measure_cpu(const struct engine *engine, const struct member *member)
{
    const struct condition cpu = {.metric = METRIC_CPU};
    double percent;
    if (measure_member(engine, member, &cpu, &percent) == 0)
        return percent;
    /* Before the second sample of an older process all that is known is its life. */
    return metric_info(METRIC_CPU_LIFETIME)->value(member->process, 0);
}

static void sample_rates(struct engine *engine, const struct group_state *g,
                         const struct member *members, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sample_rate(engine, &members[i], METRIC_CPU, measure_window(engine, NULL));
        for (size_t c = 0; c < g->n_conditions; c++) {
            const struct condition *condition = g->conditions[c].rule;
            if (metric_info(condition->metric)->kind == METRIC_RATE)
                sample_rate(engine, &members[i], condition->metric,
                            measure_window(engine, condition));
        }
    }
}

/* What a counter grew by since the look before; nothing where that is not known. */
static uint64_t growth(double now, double old)
{
    return old >= 0 && now > old ? (uint64_t)(now - old) : 0;
}

static uint32_t saturate(double value)
{
    return value >= (double)UINT32_MAX ? UINT32_MAX : value > 0 ? (uint32_t)value : 0;
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool has_key(const struct group_state *g, uint64_t key)
{
    return g->n_keys && bsearch(&key, g->keys, g->n_keys, sizeof(key), compare_keys);
}

/* What a member used from the look before until now is the group's if it was a member
 * then, or began since; who joins later counts from its joining. */
static bool counts_growth(const struct group_state *g, const struct process_state *pstate)
{
    return pstate->started_since || has_key(g, pstate->key);
}

static void add_growth(struct table_group *sums, const struct member *m)
{
    const struct process *p = m->process;
    sums->cpu_ms += growth((double)p->cpu_ms, m->pstate->old_cpu_ms);
    if (!(p->have & PROCESS_IO))
        return;
    sums->read_bytes += growth((double)p->read_bytes, m->pstate->old_read);
    sums->write_bytes += growth((double)p->write_bytes, m->pstate->old_write);
}

static void add_member(struct table_group *sums, const struct member *m)
{
    const struct process *p = m->process;
    sums->threads += p->threads;
    sums->blocked += p->state == 'D';
    sums->rss_kib += p->rss_kib;
    sums->vsz_kib += p->vsz_kib;
    sums->swap_kib += p->have & PROCESS_STATUS ? p->swap_kib : 0;
    sums->pss_kib += p->have & PROCESS_PSS ? p->pss_kib : 0;
    if (p->have & PROCESS_FDS) {
        uint32_t usage =
            saturate(100 * metric_info(METRIC_FD_USAGE)->value(p, p->sampled_ms));
        sums->fds += p->fds;
        sums->fd_usage = usage > sums->fd_usage ? usage : sums->fd_usage;
    }
}

/* What every member has of it is there; a sum without some would be a lie. */
static uint32_t have_of(const struct group_state *g)
{
    static const struct {
        uint32_t source;
        uint32_t have;
    } parts[] = {{PROCESS_STATUS, TABLE_SWAP},
                 {PROCESS_PSS, TABLE_PSS},
                 {PROCESS_FDS, TABLE_FDS},
                 {PROCESS_IO, TABLE_IO}};
    uint32_t asked = g->rule->measure;
    uint32_t all = UINT32_MAX;
    for (size_t c = 0; c < g->n_conditions; c++)
        asked |= metric_info(g->conditions[c].rule->metric)->attributes;
    for (size_t i = 0; i < g->n_members; i++)
        all &= g->members[i].process->have;
    uint32_t have = g->n_members ? TABLE_TIMES : 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (asked & all & parts[i].source)
            have |= parts[i].have;
    return have;
}

static void sum_times(const struct engine *engine, const struct group_state *g,
                      struct table_group *sums)
{
    int64_t offset = engine->snapshot->taken.wall_ms - engine->snapshot->taken.boot_ms;
    double cpu = 0, lifetime = 0;
    for (size_t i = 0; i < g->n_members; i++) {
        const struct process *p = g->members[i].process;
        int64_t start = p->start_ms + offset;
        sums->oldest_ms = i && sums->oldest_ms < start ? sums->oldest_ms : start;
        sums->youngest_ms = i && sums->youngest_ms > start ? sums->youngest_ms : start;
        cpu += measure_cpu(engine, &g->members[i]);
        lifetime += metric_info(METRIC_CPU_LIFETIME)->value(p, 0);
    }
    sums->cpu = saturate(cpu * 100);
    sums->cpu_lifetime = saturate(lifetime * 100);
}

/* How many of `b` are not in `a`; both ascend. */
static uint32_t count_new(const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b)
{
    uint32_t n = 0;
    size_t i = 0;
    for (size_t k = 0; k < n_b; k++) {
        while (i < n_a && a[i] < b[k])
            i++;
        n += i == n_a || a[i] != b[k];
    }
    return n;
}

/* The members of now, and those of before of whom this look cannot tell. */
static size_t list_keys(const struct engine *engine, const struct group_state *g,
                        uint64_t *keys)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_members; i++)
        keys[n++] = g->members[i].pstate->key;
    for (size_t i = 0; i < g->n_undecided; i++)
        if (has_key(g, g->undecided[i].pstate->key))
            keys[n++] = g->undecided[i].pstate->key;
    for (size_t i = 0; engine->snapshot->hidden && i < g->n_keys; i++)
        if (snapshot_is_hidden(engine->snapshot, process_key_pid(g->keys[i])))
            keys[n++] = g->keys[i];
    qsort(keys, n, sizeof(*keys), compare_keys);
    return n;
}

/* Who came and who went, by comparing sets: no event is needed for it (law 3). */
static int compare_sets(const struct engine *engine, struct group_state *g)
{
    uint64_t *keys =
        malloc((g->n_members + g->n_undecided + g->n_keys + 1) * sizeof(*keys));
    if (!keys)
        return -ENOMEM;
    size_t n = list_keys(engine, g, keys);
    if (g->looks) {
        g->sums.starts += count_new(g->keys, g->n_keys, keys, n);
        g->sums.exits += count_new(keys, n, g->keys, g->n_keys);
    }
    free(g->keys);
    g->keys = keys;
    g->n_keys = n;
    g->looks++;
    return 0;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || strcmp(a, b) == 0; /* most are shared */
}

static void find_common(struct group_state *g)
{
    struct common all = {UINT32_MAX, UINT32_MAX, false, "", ""};
    for (size_t i = 0; i < g->n_members; i++) {
        const struct process *p = g->members[i].process;
        const char *context = process_context(p), *path = process_path(p);
        if (i == 0) {
            all = (struct common){p->euid, p->egid, false, context, path};
            continue;
        }
        all.mixed_users = all.mixed_users || all.uid != p->euid;
        all.gid = all.gid == p->egid ? all.gid : UINT32_MAX;
        all.context = is_same_text(all.context, context) ? context : "mixed";
        all.path = is_same_text(all.path, path) ? path : "mixed";
    }
    g->common = all;
}

static void measure_group(struct engine *engine, struct group_state *g)
{
    if (g->scan_failed) {
        group_state_forget_members(g);
        return;
    }
    /* Counters go on; levels begin anew. */
    struct table_group old = g->sums;
    g->sums = (struct table_group){.changed_ms = old.changed_ms,
                                   .discontinuity_ms = old.discontinuity_ms,
                                   .cpu_ms = old.cpu_ms,
                                   .read_bytes = old.read_bytes,
                                   .write_bytes = old.write_bytes,
                                   .starts = old.starts,
                                   .exits = old.exits};
    g->sums.count = (uint32_t)g->n_members;
    g->sums.undecided = (uint32_t)g->n_undecided;
    g->sums.zombies = g->zombies;
    for (size_t i = 0; i < g->n_members; i++) {
        add_member(&g->sums, &g->members[i]);
        if (counts_growth(g, g->members[i].pstate))
            add_growth(&g->sums, &g->members[i]);
    }
    g->sums.have = have_of(g);
    sum_times(engine, g, &g->sums);
    sample_rates(engine, g, g->members, g->n_members);
    sample_rates(engine, g, g->undecided, g->n_undecided);
    find_common(g);
    if (compare_sets(engine, g) < 0)
        engine->error = -ENOMEM;
}

static void remember_counters(const struct member *members, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct process *p = members[i].process;
        struct process_state *t = members[i].pstate;
        t->old_cpu_ms = (double)p->cpu_ms;
        if (p->have & PROCESS_IO) {
            t->old_read = (double)p->read_bytes;
            t->old_write = (double)p->write_bytes;
        }
    }
}

void measure_groups(struct engine *engine)
{
    const struct group_list *groups = &engine->groups;
    for (size_t i = 0; i < groups->n; i++)
        measure_group(engine, groups->list[i]);
    /* Only now: a process may be in several groups. */
    for (size_t i = 0; i < groups->n; i++) {
        remember_counters(groups->list[i]->members, groups->list[i]->n_members);
        remember_counters(groups->list[i]->undecided, groups->list[i]->n_undecided);
    }
}
