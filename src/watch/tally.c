#include "base/buf.h"
#include "base/map.h"
#include "rule/config.h"
#include "rule/metrics.h"
#include "rule/selector.h"
#include "rule/template.h"
#include "watch/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the tables publish of every member; all of it is cached by the collector. */
#define MEMBER_SOURCES                                                                   \
    (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NAME)

/* A membership of this look, before anybody asked more about the process. */
struct hit {
    struct instance *instance;
    struct member member;
    bool undecided;
};

struct tally {
    struct watch *watch;
    const struct snapshot *snapshot;
    struct moment now;
    struct buf hits; /* struct hit */
};

/* Of a group that is switched off only its members are shown. */
static uint32_t wanted_by(const struct group *rule, bool judged)
{
    uint32_t sources = MEMBER_SOURCES;
    if (!judged)
        return sources;
    sources |= rule->measure;
    for (size_t i = 0; i < rule->n_conditions; i++)
        sources |= metric_info(rule->conditions[i].metric)->sources;
    return sources & ~(uint32_t)PROCESS_STAT;
}

/* setcon(3) and aa_change_profile(2) change a context without an exec. Whoever is in a
 * group by his context, or may be, is followed; of others the collector's slow re-reading
 * has to do. */
static uint32_t followed_by(const struct group *rule)
{
    uint32_t sources = selector_sources(rule->selector);
    if (rule->is_template)
        sources |= template_sources(rule->name);
    return sources & PROCESS_LABEL;
}

static void join(struct tally *tally, struct process *p, struct track *track,
                 struct answer *answer)
{
    struct watch *watch = tally->watch;
    const struct group *rule = &watch->rules->groups[answer->rule];
    /* Zombies are counted, and make no group. */
    bool considered = selector_considers(rule->selector, p);
    if (!answer->instance)
        answer->instance =
            rule->is_template
                ? instance_of_template(watch, answer->rule, p, considered, tally->now)
                : watch->rows.rule_state[answer->rule].fixed;
    if (!answer->instance)
        return;
    if (track->dead)
        *(answer->undecided ? &answer->instance->undecided_zombies
                            : &answer->instance->zombies) += 1;
    if (!considered)
        return;
    p->follow |= followed_by(rule);
    track->wants |= wanted_by(rule, answer->instance->admin != GROUP_OFF);
    struct hit hit = {answer->instance, {p, track}, answer->undecided};
    buf_append(&tally->hits, &hit, sizeof(hit));
}

static int remember(struct track *track, uint32_t rule, bool undecided)
{
    if (track->n_answers == track->cap_answers) {
        uint32_t cap = track->cap_answers ? track->cap_answers * 2 : 2;
        struct answer *grown = reallocarray(track->answers, cap, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        track->answers = grown;
        track->cap_answers = cap;
    }
    track->answers[track->n_answers++] = (struct answer){rule, undecided, NULL};
    return 0;
}

/* Asks all rules whose answer lasts as long as the process's gen. */
static void ask_lasting(struct tally *tally, struct process *p, struct track *track)
{
    const struct rules *rules = tally->watch->rules;
    track->n_answers = 0;
    for (uint32_t i = 0; i < rules->n_groups; i++) {
        const struct selector *selector = rules->groups[i].selector;
        if (!selector || selector_is_volatile(selector))
            continue;
        enum match m =
            selector_match_alive(selector, p, tally->snapshot, tally->now.boot_ms);
        if (m != MATCH_NO && remember(track, i, m == MATCH_UNDECIDED) < 0) {
            tally->watch->error = -ENOMEM;
            track->epoch = tally->watch->epoch - 1; /* to be asked again */
            return;
        }
    }
    track->gen = p->gen;
    track->epoch = tally->watch->epoch;
}

static void ask_volatile(struct tally *tally, struct process *p, struct track *track)
{
    const struct rules *rules = tally->watch->rules;
    for (uint32_t i = 0; i < rules->n_groups; i++) {
        const struct selector *selector = rules->groups[i].selector;
        if (!selector || !selector_is_volatile(selector))
            continue;
        enum match m =
            selector_match_alive(selector, p, tally->snapshot, tally->now.boot_ms);
        if (m == MATCH_NO)
            continue;
        struct answer answer = {i, m == MATCH_UNDECIDED, NULL};
        join(tally, p, track, &answer);
    }
}

static void match_process(struct tally *tally, struct process *p)
{
    struct track *track = track_of(tally->watch, p);
    if (!track)
        return;
    p->follow = 0;
    if (track->gen != p->gen || track->epoch != tally->watch->epoch)
        ask_lasting(tally, p, track);
    for (uint32_t i = 0; i < track->n_answers; i++)
        join(tally, p, track, &track->answers[i]);
    ask_volatile(tally, p, track);
}

static void read_more(struct tally *tally, const struct process_source_ops *source)
{
    const struct hit *hits = (const struct hit *)(const void *)tally->hits.data;
    for (size_t i = 0; i < tally->hits.len / sizeof(*hits); i++) {
        struct process *p = hits[i].member.process;
        struct track *track = hits[i].member.track;
        /* Once a look; what the scan has read, or was refused, is not asked for again. */
        uint32_t wants = track->wants & ~(p->have | p->denied);
        track->wants = 0;
        if (wants && !track->gone && source->detail(source->ctx, p, wants) == -ESRCH)
            track->gone = true;
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

static void fill_instances(struct tally *tally)
{
    const struct hit *hits = (const struct hit *)(const void *)tally->hits.data;
    for (size_t i = 0; i < tally->hits.len / sizeof(*hits); i++) {
        struct instance *g = hits[i].instance;
        const struct member *m = &hits[i].member;
        if (m->track->gone)
            continue;
        int r = hits[i].undecided
                    ? push(&g->undecided, &g->n_undecided, &g->cap_undecided, m)
                    : push(&g->members, &g->n_members, &g->cap_members, m);
        if (r < 0)
            tally->watch->error = r;
        g->last_member_ms = tally->now.boot_ms;
    }
}

void tally_match(struct watch *watch, const struct process_source_ops *source,
                 struct moment now)
{
    struct tally tally = {.watch = watch, .snapshot = watch->snapshot, .now = now};
    for (size_t i = 0; i < watch->rows.n; i++) {
        struct instance *g = watch->rows.list[i];
        g->n_members = g->n_undecided = 0;
        g->zombies = g->undecided_zombies = 0;
        g->blind = watch->snapshot->state == SNAPSHOT_FAILED;
    }
    for (size_t i = 0; i < watch->rules->n_groups; i++)
        watch->rows.rule_state[i].unplaced = 0;
    for (size_t i = 0; i < watch->snapshot->count; i++)
        match_process(&tally, watch->snapshot->list[i]);
    read_more(&tally, source);
    fill_instances(&tally);
    if (tally.hits.error)
        watch->error = -ENOMEM;
    buf_free(&tally.hits);
}
