#include "base/array.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "rule/metrics.h"
#include "rule/template.h"
#include "select/candidates.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the member table publishes, besides arguments; a source caches all of it. */
#define MEMBER_ATTRIBUTES (PROCESS_EXE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NAME)

/* A membership in this cycle, before more about the process is read. */
struct hit {
    struct group_state *group;
    struct member member;
    bool undecided;
};

struct matching {
    struct engine *engine;
    struct moment now;
    struct buf hits;       /* struct hit */
    struct buf matched;    /* pid_t, ascending */
    struct buf judged;     /* likewise */
    struct buf candidates; /* uint32_t, rules */
    size_t n_groups;       /* before it */
};

/* What is read of a member of the group; if it is switched off, what the tables show. */
static uint32_t wanted_by(const struct rules *rules, const struct group *rule,
                          bool evaluated)
{
    uint32_t attributes = MEMBER_ATTRIBUTES;
    if (rules->publish_cmdline)
        attributes |= PROCESS_CMDLINE;
    if (!evaluated)
        return attributes;
    attributes |= rule->measure;
    for (size_t i = 0; i < rule->n_conditions; i++)
        attributes |= metric_info(rule->conditions[i].metric)->attributes;
    return attributes & ~(uint32_t)PROCESS_STAT;
}

/* setcon(3) and aa_change_profile(2) change a context without an exec. The context of a
 * process that is, or may be, in a group because of it is read with every scan; for other
 * processes the slow verification of the source is enough. */
static uint32_t followed_by(const struct group *rule)
{
    uint32_t attributes = selector_attributes(rule->selector);
    if (rule->is_template)
        attributes |= template_attributes(rule->name);
    return attributes & PROCESS_LABEL;
}

static int touch(struct engine *engine, struct group_state *g)
{
    if (g->touched)
        return 0;
    int r = awake_add(engine, g);
    if (r < 0)
        return r;
    r = buf_append(&engine->touched, &g, sizeof(struct group_state *));
    g->touched = r == 0;
    return r;
}

static int join(struct matching *match, struct process *p, struct process_state *state,
                struct cached_match *cached)
{
    struct engine *engine = match->engine;
    const struct group *rule = &engine->rules->groups[cached->rule];
    if (engine_leaves_out(engine, rule, p))
        return 0;
    /* Zombies are counted, but do not create a group. */
    bool considered = selector_considers(rule->selector, p);
    if (!cached->group && !rule->is_template) {
        cached->group = engine->groups.rule_states[cached->rule].fixed;
    } else if (!cached->group) {
        int r = placement_find(engine, cached->rule, p, considered, match->now,
                               &cached->group);
        if (r < 0)
            return r;
    }
    struct group_state *g = cached->group;
    if (!g)
        return 0;
    if (state->dead)
        *(cached->undecided ? &g->undecided_zombies : &g->zombies) += 1;
    if (!considered)
        return engine->is_updating ? touch(engine, g) : awake_add(engine, g);
    state->follow |= followed_by(rule);
    state->wants |= wanted_by(engine->rules, rule, g->admin != GROUP_OFF);
    struct hit hit = {g, {p, state}, cached->undecided};
    return buf_append(&match->hits, &hit, sizeof(hit));
}

static int remember(struct matching *match, const struct process *p,
                    struct process_entry *entry, struct cached_match found, bool lasts)
{
    struct process_state *state =
        process_states_keep(&match->engine->processes, entry, p);
    size_t last = state ? state->n_matches + state->n_volatile : 0;
    struct cached_match *matches =
        state ? array_grow(state->matches, last, sizeof(*matches)) : NULL;
    if (!matches)
        return -ENOMEM;
    state->matches = matches;
    matches[last] = found;
    *(lasts ? &state->n_matches : &state->n_volatile) += 1;
    return 0;
}

/* Matches the process with the rules of one kind. */
static int match_rules(struct matching *match, const struct process *p,
                       struct process_entry *entry, bool lasts)
{
    const struct engine *engine = match->engine;
    const struct candidates *rules =
        lasts ? engine->index.lasting : engine->index.unsettled;
    struct buf *candidates = &match->candidates;
    buf_clear(candidates);
    int r = candidates_find(rules, p, candidates);
    const uint32_t *list = (const uint32_t *)(const void *)candidates->data;
    for (size_t i = 0; i < candidates->len / sizeof(*list) && r == 0; i++) {
        const struct selector *selector = engine->rules->groups[list[i]].selector;
        enum match m =
            selector_match_alive(selector, p, engine->snapshot, match->now.boot_ms);
        const struct cached_match found = {list[i], m == MATCH_UNDECIDED, NULL};
        if (m != MATCH_NO)
            r = remember(match, p, entry, found, lasts);
    }
    return r;
}

/* Whether the process has to be read in each cycle. The end of a zombie is not reported,
 * and what could not be read may be readable now. */
static bool is_judged(const struct engine *engine, const struct process_state *state)
{
    bool judged = state->dead;
    for (uint32_t i = 0; i < state->n_matches + state->n_volatile && !judged; i++)
        judged = state->matches[i].undecided ||
                 engine->index.is_judged[state->matches[i].rule];
    return judged;
}

/* Of an update, the next scan will follow the process. */
static int join_groups(struct matching *match, struct process *p,
                       struct process_state *state)
{
    int r = buf_append(&match->matched, &p->pid, sizeof(p->pid));
    state->ending = false;
    if (r == 0 && is_judged(match->engine, state))
        r = buf_append(&match->judged, &p->pid, sizeof(p->pid));
    for (uint32_t i = 0; r == 0 && i < state->n_matches + state->n_volatile; i++)
        r = join(match, p, state, &state->matches[i]);
    if (r == 0 && state->follow && !match->engine->is_updating) {
        struct source_follow follow = {state->key, state->follow};
        r = buf_append(&match->engine->follow, &follow, sizeof(follow));
    }
    return r;
}

static int match_process(struct matching *match, struct process *p)
{
    struct engine *engine = match->engine;
    struct process_entry *entry = process_states_enter(&engine->processes, p);
    uint32_t gen = (uint32_t)p->gen, epoch = (uint32_t)engine->epoch;
    int r = entry ? 0 : -ENOMEM;
    if (r == 0 && entry->state)
        entry->state->n_volatile = 0;
    if (r == 0 && (entry->gen != gen || entry->epoch != epoch)) {
        if (entry->state)
            entry->state->n_matches = 0;
        entry->epoch = 0;
        r = match_rules(match, p, entry, true);
        if (r == 0) {
            entry->gen = gen;
            entry->epoch = epoch;
        }
    }
    if (r == 0 && engine->index.changes)
        r = match_rules(match, p, entry, false);
    if (r < 0)
        return r;
    process_states_note(&engine->processes, entry, p);
    struct process_state *state = entry->state;
    return state && state->n_matches + state->n_volatile ? join_groups(match, p, state)
                                                         : 0;
}

/* A process that is in several groups is in the list once: `wants` is emptied. */
static int list_wants(const struct matching *match, struct buf *wants)
{
    const struct hit *hits = (const struct hit *)(const void *)match->hits.data;
    int r = 0;
    for (size_t i = 0; i < match->hits.len / sizeof(*hits) && r == 0; i++) {
        struct process *p = hits[i].member.process;
        struct process_state *state = hits[i].member.state;
        /* Not what the scan has read already, or was refused. */
        struct source_want want = {p, state->wants & ~(p->have | p->denied), false};
        state->wants = 0;
        if (want.attributes)
            r = buf_append(wants, &want, sizeof(want));
    }
    return r;
}

static int read_more(const struct matching *match,
                     const struct process_source_ops *source)
{
    CLEANUP_BUF struct buf list = {0};
    int r = list_wants(match, &list);
    struct source_want *wants = (struct source_want *)(void *)list.data;
    size_t n = list.len / sizeof(*wants);
    if (r < 0 || n == 0)
        return r;
    source->read(source->ctx, wants, n);
    const struct process_states *states = &match->engine->processes;
    for (size_t i = 0; i < n; i++)
        if (wants[i].ended)
            process_states_find(states, process_key(wants[i].process))->gone = true;
    return 0;
}

/* Keeps the list ascending by pid; a scan adds them in this order. */
static int insert(struct member **list, size_t *n, size_t *cap,
                  const struct member *member)
{
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 4;
        struct member *grown = reallocarray(*list, more, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        *list = grown;
        *cap = more;
    }
    size_t at = (*n)++;
    for (; at > 0 && (*list)[at - 1].process->pid > member->process->pid; at--)
        (*list)[at] = (*list)[at - 1];
    (*list)[at] = *member;
    return 0;
}

static int fill_groups(const struct matching *match)
{
    const struct hit *hits = (const struct hit *)(const void *)match->hits.data;
    int r = 0;
    for (size_t i = 0; i < match->hits.len / sizeof(*hits) && r == 0; i++) {
        struct group_state *g = hits[i].group;
        const struct member *m = &hits[i].member;
        r = match->engine->is_updating ? touch(match->engine, g)
                                       : awake_add(match->engine, g);
        if (m->state->gone || r < 0)
            continue;
        g->last_member_ms = clock_run_of(match->now);
        r = hits[i].undecided
                ? insert(&g->undecided, &g->n_undecided, &g->cap_undecided, m)
                : insert(&g->members, &g->n_members, &g->cap_members, m);
    }
    return r;
}

static void reset(struct engine *engine)
{
    size_t n;
    struct group_state **awake = awake_list(engine, &n);
    for (size_t i = 0; i < n; i++) { /* those that sleep have none of it */
        struct group_state *g = awake[i];
        g->n_members = g->n_undecided = g->ending = 0;
        g->zombies = g->undecided_zombies = 0;
        g->scan_failed = engine->snapshot->state == SNAPSHOT_FAILED;
    }
    for (size_t i = 0; i < engine->index.n_templates; i++)
        group_list_begin_cycle(&engine->groups.rule_states[engine->index.templates[i]]);
    /* After a failed scan the source keeps what it was to follow. */
    if (engine->snapshot->state != SNAPSHOT_FAILED)
        buf_clear(&engine->follow);
}

static size_t count_below(const pid_t *list, size_t n, pid_t pid)
{
    size_t low = 0;
    while (low < n) {
        size_t mid = low + (n - low) / 2;
        if (list[mid] < pid)
            low = mid + 1;
        else
            n = mid;
    }
    return low;
}

/* `pids` of n processes, ascending, were matched: the others stay as they are. */
static int merge_pids(struct buf *into, const struct buf *others, const pid_t *pids,
                      size_t n)
{
    const pid_t *found = (const pid_t *)(const void *)others->data;
    const pid_t *end = found + others->len / sizeof(*found);
    int r = buf_reserve(into, others->len);
    pid_t *list = (pid_t *)(void *)into->data;
    size_t n_list = into->len / sizeof(*list), at = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        at += count_below(list + at, n_list - at, pids[i]);
        size_t behind = n_list - at;
        bool was = behind && list[at] == pids[i];
        bool is = found < end && *found == pids[i];
        found += is;
        if (is && !was)
            memmove(&list[at + 1], &list[at], behind * sizeof(*list));
        else if (was && !is)
            memmove(&list[at], &list[at + 1], (behind - 1) * sizeof(*list));
        if (is)
            list[at] = pids[i];
        n_list = n_list + is - was;
    }
    into->len = n_list * sizeof(*list);
    return r;
}

/* A zombie does not create a group: one that was matched before its group was created is
 * counted now. */
static int join_zombies(struct matching *match)
{
    struct engine *engine = match->engine;
    const pid_t *pids = (const pid_t *)(void *)engine->matched.data;
    int r = 0;
    for (size_t i = 0; i < engine->matched.len / sizeof(*pids) && r == 0; i++) {
        struct process *p = snapshot_find(engine->snapshot, pids[i]);
        if (!process_is_dead(p->state))
            continue;
        struct process_state *s = process_states_find(&engine->processes, process_key(p));
        for (uint32_t k = 0; k < s->n_matches + s->n_volatile && r == 0; k++) {
            const struct group *rule = &engine->rules->groups[s->matches[k].rule];
            if (!s->matches[k].group && !selector_considers(rule->selector, p))
                r = join(match, p, s, &s->matches[k]);
        }
    }
    return r;
}

static int finish(struct matching *match, const struct process_source_ops *source, int r)
{
    if (r == 0 && match->engine->groups.n > match->n_groups)
        r = join_zombies(match);
    if (r == 0)
        r = read_more(match, source);
    if (r == 0)
        r = fill_groups(match);
    buf_free(&match->hits);
    buf_free(&match->matched);
    buf_free(&match->judged);
    buf_free(&match->candidates);
    return r;
}

/* All processes that a rule may match have been matched. */
static int finish_all(struct matching *match, const struct process_source_ops *source,
                      int r)
{
    buf_free(&match->engine->matched);
    buf_free(&match->engine->judged);
    match->engine->matched = match->matched;
    match->engine->judged = match->judged;
    match->matched = match->judged = (struct buf){0};
    return finish(match, source, r);
}

int match_processes(struct engine *engine, const struct process_source_ops *source,
                    struct moment now)
{
    struct matching match = {.engine = engine, .now = now, .n_groups = engine->groups.n};
    int r = 0;
    reset(engine);
    for (size_t i = 0; i < engine->snapshot->count && r == 0; i++)
        r = match_process(&match, engine->snapshot->list[i]);
    return finish_all(&match, source, r);
}

/* ------------------------------------------------------------ a few processes */

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return process_compare_pids(&x->process->pid, &y->process->pid);
}

static bool take_from(struct member *list, size_t *n, const struct member *member)
{
    struct member *found =
        *n ? bsearch(member, list, *n, sizeof(*list), compare_members) : NULL;
    if (!found)
        return false;
    size_t behind = *n - (size_t)(found - list) - 1;
    memmove(found, found + 1, behind * sizeof(*list));
    (*n)--;
    return true;
}

static int take_out(struct engine *engine, struct group_state *g,
                    const struct member *member)
{
    bool was_in = take_from(g->members, &g->n_members, member);
    bool was_undecided = take_from(g->undecided, &g->n_undecided, member);
    return was_in || was_undecided ? touch(engine, g) : 0;
}

/* A zombie is counted, and is in no list unless the group asks for zombies. */
static int take_out_of(struct engine *engine, const struct cached_match *cached,
                       const struct member *member)
{
    struct group_state *g = cached->group;
    if (!g)
        return 0;
    uint32_t *zombies = cached->undecided ? &g->undecided_zombies : &g->zombies;
    int r = 0;
    if (member->state->ending && g->ending > 0)
        g->ending--;
    if (member->state->dead && *zombies > 0) {
        (*zombies)--;
        r = touch(engine, g);
    }
    return r == 0 ? take_out(engine, g, member) : r;
}

int match_take_out(struct engine *engine, const pid_t *pids, size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        struct process *p = snapshot_find(engine->snapshot, pids[i]);
        struct process_state *state =
            p ? process_states_find(&engine->processes, process_key(p)) : NULL;
        const struct member member = {p, state};
        uint32_t matches = state ? state->n_matches + state->n_volatile : 0;
        for (uint32_t k = 0; k < matches && r == 0; k++)
            r = take_out_of(engine, &state->matches[k], &member);
        if (state)
            state->ending = false;
    }
    return r;
}

static int match_pids(struct matching *match, const pid_t *pids, size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        struct process *p = snapshot_find(match->engine->snapshot, pids[i]);
        if (p)
            r = match_process(match, p);
    }
    return r;
}

int match_again(struct engine *engine, const struct process_source_ops *source,
                const pid_t *pids, size_t n, struct moment now)
{
    struct matching match = {.engine = engine, .now = now, .n_groups = engine->groups.n};
    int r = match_pids(&match, pids, n);
    if (r == 0)
        r = merge_pids(&engine->matched, &match.matched, pids, n);
    if (r == 0)
        r = merge_pids(&engine->judged, &match.judged, pids, n);
    return finish(&match, source, r);
}

int match_refresh(struct engine *engine, const struct process_source_ops *source,
                  const pid_t *pids, size_t n, struct moment now)
{
    struct matching match = {.engine = engine, .now = now, .n_groups = engine->groups.n};
    reset(engine);
    int r = match_pids(&match, pids, n);
    return finish_all(&match, source, r);
}
