#include "base/buf.h"
#include "base/map.h"
#include "engine/internal.h"
#include "rule/metrics.h"
#include "rule/template.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the tables publish of every member; all of it is cached by the collector. */
#define MEMBER_ATTRIBUTES                                                                \
    (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NAME)

/* A membership of this look, before anybody asked more about the process. */
struct hit {
    struct group_state *gstate;
    struct member member;
    bool undecided;
};

struct matching {
    struct engine *engine;
    const struct snapshot *snapshot;
    struct moment now;
    struct buf hits; /* struct hit */
};

/* Of a group that is switched off only its members are shown. */
static uint32_t wanted_by(const struct group *rule, bool judged)
{
    uint32_t attributes = MEMBER_ATTRIBUTES;
    if (!judged)
        return attributes;
    attributes |= rule->measure;
    for (size_t i = 0; i < rule->n_conditions; i++)
        attributes |= metric_info(rule->conditions[i].metric)->attributes;
    return attributes & ~(uint32_t)PROCESS_STAT;
}

/* setcon(3) and aa_change_profile(2) change a context without an exec. Whoever is in a
 * group by his context, or may be, is followed; of others the collector's slow re-reading
 * has to do. */
static uint32_t followed_by(const struct group *rule)
{
    uint32_t attributes = selector_attributes(rule->selector);
    if (rule->is_template)
        attributes |= template_attributes(rule->name);
    return attributes & PROCESS_LABEL;
}

static void join(struct matching *match, struct process *p, struct process_state *pstate,
                 struct cached_match *cached_match)
{
    struct engine *engine = match->engine;
    const struct group *rule = &engine->rules->groups[cached_match->rule];
    /* Zombies are counted, and make no group. */
    bool considered = selector_considers(rule->selector, p);
    if (!cached_match->gstate)
        cached_match->gstate =
            rule->is_template
                ? placement_find(engine, cached_match->rule, p, considered, match->now)
                : engine->groups.rule_state[cached_match->rule].fixed;
    if (!cached_match->gstate)
        return;
    if (pstate->dead)
        *(cached_match->undecided ? &cached_match->gstate->undecided_zombies
                                  : &cached_match->gstate->zombies) += 1;
    if (!considered)
        return;
    pstate->follow |= followed_by(rule);
    pstate->wants |= wanted_by(rule, cached_match->gstate->admin != GROUP_OFF);
    struct hit hit = {cached_match->gstate, {p, pstate}, cached_match->undecided};
    buf_append(&match->hits, &hit, sizeof(hit));
}

static int remember(struct process_state *pstate, uint32_t rule, bool undecided)
{
    if (pstate->n_matches == pstate->cap_matches) {
        uint32_t cap = pstate->cap_matches ? pstate->cap_matches * 2 : 2;
        struct cached_match *grown = reallocarray(pstate->matches, cap, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        pstate->matches = grown;
        pstate->cap_matches = cap;
    }
    pstate->matches[pstate->n_matches++] = (struct cached_match){rule, undecided, NULL};
    return 0;
}

/* Asks all rules whose answer lasts as long as the process's gen. */
static void ask_lasting(struct matching *match, struct process *p,
                        struct process_state *pstate)
{
    const struct rules *rules = match->engine->rules;
    pstate->n_matches = 0;
    for (uint32_t i = 0; i < rules->n_groups; i++) {
        const struct selector *selector = rules->groups[i].selector;
        if (!selector || selector_is_volatile(selector))
            continue;
        enum match m =
            selector_match_alive(selector, p, match->snapshot, match->now.boot_ms);
        if (m != MATCH_NO && remember(pstate, i, m == MATCH_UNDECIDED) < 0) {
            match->engine->error = -ENOMEM;
            pstate->epoch = match->engine->epoch - 1; /* to be asked again */
            return;
        }
    }
    pstate->gen = p->gen;
    pstate->epoch = match->engine->epoch;
}

static void ask_volatile(struct matching *match, struct process *p,
                         struct process_state *pstate)
{
    const struct rules *rules = match->engine->rules;
    for (uint32_t i = 0; i < rules->n_groups; i++) {
        const struct selector *selector = rules->groups[i].selector;
        if (!selector || !selector_is_volatile(selector))
            continue;
        enum match m =
            selector_match_alive(selector, p, match->snapshot, match->now.boot_ms);
        if (m == MATCH_NO)
            continue;
        struct cached_match cached_match = {i, m == MATCH_UNDECIDED, NULL};
        join(match, p, pstate, &cached_match);
    }
}

static void match_process(struct matching *match, struct process *p)
{
    struct process_state *pstate = process_state_of(match->engine, p);
    if (!pstate)
        return;
    pstate->follow = 0;
    if (pstate->gen != p->gen || pstate->epoch != match->engine->epoch)
        ask_lasting(match, p, pstate);
    for (uint32_t i = 0; i < pstate->n_matches; i++)
        join(match, p, pstate, &pstate->matches[i]);
    ask_volatile(match, p, pstate);
    if (pstate->follow) {
        struct source_follow follow = {pstate->key, pstate->follow};
        buf_append(&match->engine->follow, &follow, sizeof(follow));
    }
}

static void read_more(struct matching *match, const struct process_source_ops *source)
{
    const struct hit *hits = (const struct hit *)(const void *)match->hits.data;
    for (size_t i = 0; i < match->hits.len / sizeof(*hits); i++) {
        struct process *p = hits[i].member.process;
        struct process_state *pstate = hits[i].member.pstate;
        /* Once a look; what the scan has read, or was refused, is not asked for again. */
        uint32_t wants = pstate->wants & ~(p->have | p->denied);
        pstate->wants = 0;
        if (wants && !pstate->gone && source->read(source->ctx, p, wants) == -ESRCH)
            pstate->gone = true;
    }
}

static int push(struct member **list, size_t *n, size_t *cap, const struct member *member)
{
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 4;
        struct member *grown = reallocarray(*list, more, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        *list = grown;
        *cap = more;
    }
    (*list)[(*n)++] = *member;
    return 0;
}

static void fill_groups(struct matching *match)
{
    const struct hit *hits = (const struct hit *)(const void *)match->hits.data;
    for (size_t i = 0; i < match->hits.len / sizeof(*hits); i++) {
        struct group_state *g = hits[i].gstate;
        const struct member *m = &hits[i].member;
        if (m->pstate->gone)
            continue;
        int r = hits[i].undecided
                    ? push(&g->undecided, &g->n_undecided, &g->cap_undecided, m)
                    : push(&g->members, &g->n_members, &g->cap_members, m);
        if (r < 0)
            match->engine->error = r;
        g->last_member_ms = match->now.boot_ms;
    }
}

void match_processes(struct engine *engine, const struct process_source_ops *source,
                     struct moment now)
{
    struct matching match = {.engine = engine, .snapshot = engine->snapshot, .now = now};
    for (size_t i = 0; i < engine->groups.n; i++) {
        struct group_state *g = engine->groups.list[i];
        g->n_members = g->n_undecided = 0;
        g->zombies = g->undecided_zombies = 0;
        g->scan_failed = engine->snapshot->state == SNAPSHOT_FAILED;
    }
    for (size_t i = 0; i < engine->rules->n_groups; i++)
        engine->groups.rule_state[i].unassigned = 0;
    buf_clear(&engine->follow);
    for (size_t i = 0; i < engine->snapshot->count; i++)
        match_process(&match, engine->snapshot->list[i]);
    read_more(&match, source);
    fill_groups(&match);
    if (match.hits.error || engine->follow.error)
        engine->error = -ENOMEM;
    buf_free(&match.hits);
}
