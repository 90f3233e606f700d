#include "base/buf.h"
#include "base/map.h"
#include "rule/config.h"
#include "rule/metrics.h"
#include "rule/selector.h"
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

static bool is_zombie(const struct process *p)
{
    return p->state == 'Z' || p->state == 'X';
}

static uint32_t wanted_by(const struct group *rule)
{
    uint32_t sources = MEMBER_SOURCES | rule->measure;
    for (size_t i = 0; i < rule->n_conditions; i++)
        sources |= metric_info(rule->conditions[i].metric)->sources;
    return sources & ~(uint32_t)PROCESS_STAT;
}

static struct instance *fixed_instance(struct watch *watch, uint32_t rule_number)
{
    for (size_t i = 0; i < watch->n_instances; i++)
        if (watch->instances[i]->rule_number == rule_number)
            return watch->instances[i];
    return NULL;
}

static void join(struct tally *tally, struct process *p, struct track *track,
                 struct answer *answer)
{
    struct watch *watch = tally->watch;
    const struct group *rule = &watch->rules->groups[answer->rule];
    if (!answer->instance)
        answer->instance = rule->is_template
                               ? instance_of_template(watch, answer->rule, p, tally->now)
                               : fixed_instance(watch, answer->rule);
    if (!answer->instance || answer->instance->admin == GROUP_OFF)
        return;
    if (!selector_considers(rule->selector, p)) {
        if (is_zombie(p) && !answer->undecided)
            answer->instance->zombies++;
        return;
    }
    track->wants |= wanted_by(rule);
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
        if (m != MATCH_NO && remember(track, i, m == MATCH_UNDECIDED) < 0)
            tally->watch->error = -ENOMEM;
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
        /* Once a look; what is cached and there already is not asked for again. */
        uint32_t wants = track->wants & ~(p->have & PROCESS_CACHED);
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
    for (size_t i = 0; i < watch->n_instances; i++) {
        struct instance *g = watch->instances[i];
        g->n_members = g->n_undecided = 0;
        g->zombies = 0;
        g->blind = watch->snapshot->state == SNAPSHOT_FAILED;
    }
    for (size_t i = 0; i < watch->snapshot->count; i++)
        match_process(&tally, watch->snapshot->list[i]);
    read_more(&tally, source);
    fill_instances(&tally);
    if (tally.hits.error)
        watch->error = -ENOMEM;
    buf_free(&tally.hits);
}
