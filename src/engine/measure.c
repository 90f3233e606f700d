#include "engine/measure.h"

#include "engine/group_state.h"
#include "rule/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t measure_window(const struct scan_view *view, int64_t window_ms)
{
    /* A scan may come early (for a recheck or after an exit). Over a few milliseconds a
     * rate would be noise, as the kernel counts CPU time in ticks of 10 ms. */
    int64_t least = view->interval_ms * 9 / 10;
    return window_ms > least ? window_ms : least;
}

/* Growth of a counter a second over `window`, scaled to the metric's unit. It is not
 * known while the samples are closer than half of the interval: an update may follow a
 * scan by milliseconds, and the kernel counts CPU time in ticks. */
static int measure_rate(const struct scan_view *view, const struct member *m,
                        enum metric metric, int64_t window, double *ret_value)
{
    const struct metric_info *info = metric_info(metric);
    const struct process *p = m->process;
    double value = info->value(p, p->sampled_ms);
    int64_t now = suspend_run_ms(view->suspend, p->sampled_ms);
    /* Counters begin at 0: all that a younger process has used lies in the window. */
    if (now - suspend_run_ms(view->suspend, p->start_ms) < window) {
        *ret_value = value * 1000 / (double)window * info->scale;
        return 0;
    }
    const struct rate *rate = process_state_rate(m->state, metric, window);
    double growth;
    int64_t least = measure_window(view, 0) / 2;
    if (!rate || history_rate(&rate->history, window, least, now, value, &growth) < 0)
        return -ENODATA;
    *ret_value = growth * info->scale;
    return 0;
}

int measure_member(const struct scan_view *view, const struct member *member,
                   const struct condition *condition, double *ret_value)
{
    const struct metric_info *info = metric_info(condition->metric);
    uint32_t missing = info->attributes & ~member->process->have;
    if (missing)
        return process_denied_by(member->process, EAGAIN) & missing ? -ENODATA : -EACCES;
    if (info->kind != METRIC_LEVEL)
        return measure_rate(view, member, condition->metric,
                            measure_window(view, condition->window_ms), ret_value);
    *ret_value = info->value(member->process, view->snapshot->taken.boot_ms);
    return 0;
}

double measure_most(const struct scan_view *view, const struct member *member,
                    const struct condition *condition)
{
    const struct metric_info *info = metric_info(condition->metric);
    if (info->kind == METRIC_LEVEL)
        return INFINITY;
    double used = info->value(member->process, view->snapshot->taken.boot_ms);
    return used * 1000 / (double)measure_window(view, condition->window_ms) * info->scale;
}

/* Adds this scan's value of a counter, for rates in later cycles. */
static int sample_rate(const struct scan_view *view, const struct member *m,
                       enum metric metric, int64_t window)
{
    const struct metric_info *info = metric_info(metric);
    const struct process *p = m->process;
    const struct process_state *state = m->state;
    if ((p->have & info->attributes) != info->attributes)
        return 0;
    struct rate *rate = process_state_rate(m->state, metric, window);
    if (!rate)
        return -ENOMEM;
    struct history *history = &rate->history;
    if (!history->count && state->started_since)
        history_add(history, window, suspend_run_ms(view->suspend, p->start_ms), 0);
    /* A process that joins late has a CPU sample from the previous scan already. */
    else if (!history->count && metric == METRIC_CPU && state->before_ms)
        history_add(history, window, suspend_run_ms(view->suspend, state->before_ms),
                    state->before_cpu_ms);
    history_add(history, window, suspend_run_ms(view->suspend, p->sampled_ms),
                info->value(p, p->sampled_ms));
    return 0;
}

static int sample_rates(const struct scan_view *view, const struct group_state *g,
                        const struct member *members, size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        r = sample_rate(view, &members[i], METRIC_CPU, measure_window(view, 0));
        for (size_t c = 0; c < g->n_conditions && r == 0; c++) {
            const struct condition *condition = g->conditions[c].rule;
            if (metric_info(condition->metric)->kind == METRIC_RATE)
                r = sample_rate(view, &members[i], condition->metric,
                                measure_window(view, condition->window_ms));
        }
    }
    return r;
}

/* Growth of a counter since the previous cycle, 0 if it is not known. */
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

/* What a member used since the previous cycle counts for the group if it was a member
 * then or started since. One that joins later counts from that time on. */
static bool counts_growth(const struct group_state *g, const struct process_state *state)
{
    return state->started_since || has_key(g, state->key);
}

static void add_growth(struct table_group *sums, const struct member *m)
{
    const struct process *p = m->process;
    sums->cpu_ms += growth((double)p->cpu_ms, m->state->old_cpu_ms);
    if (!(p->have & PROCESS_IO))
        return;
    sums->read_bytes += growth((double)p->usage->read_bytes, m->state->old_read);
    sums->write_bytes += growth((double)p->usage->write_bytes, m->state->old_write);
}

static void add_member(struct table_group *sums, const struct member *m)
{
    const struct process *p = m->process;
    sums->threads += p->threads;
    sums->blocked += p->state == 'D';
    sums->rss_kib += p->rss_kib;
    sums->vsz_kib += p->vsz_kib;
    sums->swap_kib += p->have & PROCESS_STATUS ? p->usage->swap_kib : 0;
    sums->pss_kib += p->have & PROCESS_PSS ? p->usage->pss_kib : 0;
    if (p->have & PROCESS_FDS) {
        uint32_t usage =
            saturate(100 * metric_info(METRIC_FD_USAGE)->value(p, p->sampled_ms));
        sums->fds += p->usage->fds;
        sums->fd_usage = usage > sums->fd_usage ? usage : sums->fd_usage;
    }
}

/* The columns that the row has: a sum is published only if it is known of every member.
 */
static uint32_t have_of(const struct group_state *g)
{
    static const struct {
        uint32_t attribute;
        uint32_t have;
    } columns[] = {{PROCESS_STATUS, TABLE_SWAP},
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
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (asked & all & columns[i].attribute)
            have |= columns[i].have;
    return have;
}

/* CPU of a member in percent over the interval. Until an older process has a second
 * sample, only the average over its life is known. */
static double cpu_of(const struct scan_view *view, const struct member *m)
{
    double percent;
    if (m->state->cpu_percent >= 0) /* measured for another group */
        return m->state->cpu_percent;
    if (measure_rate(view, m, METRIC_CPU, measure_window(view, 0), &percent) < 0)
        percent = metric_info(METRIC_CPU_LIFETIME)->value(m->process, 0);
    return percent;
}

uint32_t measure_cpu_column(const struct member *member)
{
    return saturate(member->state->cpu_percent * 100);
}

static void sum_times(const struct scan_view *view, const struct group_state *g,
                      struct table_group *sums)
{
    double cpu = 0, lifetime = 0;
    for (size_t i = 0; i < g->n_members; i++) {
        const struct member *m = &g->members[i];
        int64_t start = m->process->start_ms + view->wall_offset_ms;
        sums->oldest_ms = i && sums->oldest_ms < start ? sums->oldest_ms : start;
        sums->youngest_ms = i && sums->youngest_ms > start ? sums->youngest_ms : start;
        cpu += m->state->cpu_percent = cpu_of(view, m);
        lifetime += metric_info(METRIC_CPU_LIFETIME)->value(m->process, 0);
    }
    sums->cpu = saturate(cpu * 100);
    sums->cpu_lifetime = saturate(lifetime * 100);
}

/* The number of keys in `b` that are not in `a`; both are ascending. */
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

/* The current members, and earlier ones that this scan says nothing certain about. */
static size_t list_keys(const struct snapshot *snapshot, const struct group_state *g,
                        uint64_t *keys)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_members; i++)
        keys[n++] = g->members[i].state->key;
    for (size_t i = 0; i < g->n_undecided; i++)
        if (has_key(g, g->undecided[i].state->key))
            keys[n++] = g->undecided[i].state->key;
    for (size_t i = 0; snapshot->hidden && i < g->n_keys; i++)
        if (snapshot_is_hidden(snapshot, process_key_pid(g->keys[i])))
            keys[n++] = g->keys[i];
    qsort(keys, n, sizeof(*keys), compare_keys);
    return n;
}

/* Counts starts and exits by comparing sets, which needs no event. */
static int compare_sets(const struct snapshot *snapshot, struct group_state *g)
{
    uint64_t *keys =
        malloc((g->n_members + g->n_undecided + g->n_keys + 1) * sizeof(*keys));
    if (!keys)
        return -ENOMEM;
    size_t n = list_keys(snapshot, g, keys);
    if (g->cycles) {
        g->starts += count_new(g->keys, g->n_keys, keys, n);
        g->exits += count_new(keys, n, g->keys, g->n_keys);
    }
    free(g->keys);
    g->keys = keys;
    g->n_keys = n;
    g->cycles++;
    return 0;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || strcmp(a, b) == 0; /* sources share most texts */
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

static int measure_group(const struct scan_view *view, struct group_state *g)
{
    if (g->scan_failed) {
        group_state_forget_members(g);
        return 0;
    }
    /* Counters continue; levels are summed up anew. */
    struct table_group old = g->sums;
    g->sums = (struct table_group){.changed_ms = old.changed_ms,
                                   .discontinuity_ms = old.discontinuity_ms,
                                   .cpu_ms = old.cpu_ms,
                                   .read_bytes = old.read_bytes,
                                   .write_bytes = old.write_bytes};
    g->sums.count = (uint32_t)g->n_members;
    g->sums.undecided = (uint32_t)g->n_undecided;
    g->sums.zombies = g->zombies;
    for (size_t i = 0; i < g->n_members; i++) {
        add_member(&g->sums, &g->members[i]);
        if (counts_growth(g, g->members[i].state))
            add_growth(&g->sums, &g->members[i]);
    }
    g->sums.have = have_of(g);
    /* Rates first: a process that joins late is measured from its previous sample on. */
    int r = sample_rates(view, g, g->members, g->n_members);
    if (sample_rates(view, g, g->undecided, g->n_undecided) < 0)
        r = -ENOMEM;
    sum_times(view, g, &g->sums);
    find_common(g);
    if (compare_sets(view->snapshot, g) < 0)
        r = -ENOMEM;
    g->sums.starts = (uint32_t)g->starts; /* Counter32: wraps */
    g->sums.exits = (uint32_t)g->exits;
    return r;
}

static void remember_counters(const struct member *members, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct process *p = members[i].process;
        struct process_state *s = members[i].state;
        s->old_cpu_ms = (double)p->cpu_ms;
        if (p->have & PROCESS_IO) {
            s->old_read = (double)p->usage->read_bytes;
            s->old_write = (double)p->usage->write_bytes;
        }
    }
}

int measure_groups(const struct scan_view *view, struct group_state *const *groups,
                   size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n; i++)
        if (measure_group(view, groups[i]) < 0)
            r = -ENOMEM;
    /* Only now: a process may be in several groups. */
    for (size_t i = 0; i < n; i++) {
        remember_counters(groups[i]->members, groups[i]->n_members);
        remember_counters(groups[i]->undecided, groups[i]->n_undecided);
    }
    return r;
}
