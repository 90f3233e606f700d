/* All that the rows of a group show, as two numbers, one of them about the rows of its
 * members: rows with the same digest as before are not made and not sent again. It
 * mirrors publish.c; tests/unit/test_mib_changes.c compares all columns. Processes choose
 * some of the texts: the seed keeps them from choosing two with the same digest. */
#include "engine/group_state.h"
#include "engine/internal.h"
#include "rule/metrics.h"

#include <stdlib.h>
#include <string.h>

static void add(uint64_t *digest, uint64_t number)
{
    uint64_t h = (*digest ^ number) * 0x9e3779b97f4a7c15u;
    *digest = h ^ h >> 29;
}

static void add_bytes(uint64_t *digest, const void *bytes, size_t len)
{
    uint64_t word;
    add(digest, len);
    for (const char *p = bytes; len; p += sizeof(word)) {
        size_t n = len < sizeof(word) ? len : sizeof(word);
        word = 0;
        memcpy(&word, p, n);
        add(digest, word);
        len -= n;
    }
}

static void add_text(uint64_t *digest, const char *text)
{
    if (text)
        add_bytes(digest, text, strlen(text));
    else
        add(digest, UINT64_MAX);
}

static void add_violation(uint64_t *digest, const struct violation *v)
{
    add(digest, v->number);
    add(digest, (uint64_t)v->active | (uint64_t)v->unknown << 1 |
                    (uint64_t)v->severity << 8 | (uint64_t)v->pid << 32);
    add(digest, (uint64_t)v->since_wall_ms);
    add_text(digest, v->value);
    add_text(digest, v->offender);
    add_text(digest, v->message);
}

static void add_condition(uint64_t *digest, const struct condition_state *s)
{
    add(digest, s->state);
    add(digest, (uint64_t)s->since_wall_ms);
    add_text(digest, s->value);
    add(digest, s->has_number ? metric_milli(s->number) : UINT64_MAX);
    add_text(digest, s->offender);
    for (const struct violation *v = s->violations; v; v = v->next)
        add_violation(digest, v);
}

/* `gen` stands for what a source caches, and for the ids. */
static void add_member(uint64_t *digest, const struct member *m)
{
    const struct process *p = m->process;
    add(digest, m->state->key);
    add(digest, p->gen);
    add(digest, (uint64_t)p->have | (uint64_t)(unsigned char)p->state << 32);
    add(digest, p->threads);
    add(digest, p->rss_kib);
    add(digest, measure_cpu_column(m));
}

static uint64_t seed_of(const struct engine *engine)
{
    return (uintptr_t)engine; /* differs in each run (ASLR) */
}

static uint64_t digest_of(const struct engine *engine, const struct group_state *g)
{
    uint64_t digest = seed_of(engine);
    add_bytes(&digest, &g->sums, sizeof(g->sums));
    add(&digest, (uint64_t)g->status | (uint64_t)g->admin << 8 |
                     (uint64_t)g->common.mixed_users << 16);
    add(&digest, g->pending);
    add(&digest, g->common.uid | (uint64_t)g->common.gid << 32);
    add_text(&digest, g->common.context);
    add_text(&digest, g->common.path);
    add_text(&digest, g->description);
    add_text(&digest, g->message);
    for (size_t i = 0; i < g->n_conditions; i++)
        add_condition(&digest, &g->conditions[i]);
    if (g->n_members)
        add(&digest, engine->epoch); /* a user may have a name now */
    return digest;
}

static uint64_t digest_of_members(const struct engine *engine,
                                  const struct group_state *g)
{
    uint64_t digest = seed_of(engine);
    if (!g->n_members)
        return digest;
    add(&digest, engine->epoch);
    add(&digest, (uint64_t)engine->wall_offset_ms);
    for (size_t i = 0; i < g->n_members; i++)
        add_member(&digest, &g->members[i]);
    return digest;
}

void changed_note(struct engine *engine, struct group_state *g)
{
    uint64_t digest = digest_of(engine, g), members = digest_of_members(engine, g);
    bool have_members_changed = members != g->members_digest;
    bool is_new = digest != g->digest || have_members_changed || engine->changes.n;
    g->members_changed = have_members_changed || (g->changed && g->members_changed);
    g->digest = digest;
    g->members_digest = members;
    if (!is_new || g->changed)
        return;
    g->changed = buf_append(&engine->changed, &g, sizeof(struct group_state *)) == 0;
    engine->all_changed |= !g->changed;
}

void changed_remove(struct engine *engine, const struct group_state *group)
{
    struct group_state **list = (struct group_state **)(void *)engine->changed.data;
    size_t n = engine->changed.len / sizeof(*list);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i] != group)
            list[kept++] = list[i];
    engine->changed.len = kept * sizeof(*list);
    if (buf_append(&engine->removed, &group->index, sizeof(group->index)) < 0)
        engine->all_changed = true;
}

void changed_clear(struct engine *engine)
{
    struct group_state **list = (struct group_state **)(void *)engine->changed.data;
    for (size_t i = 0; i < engine->changed.len / sizeof(*list); i++)
        list[i]->changed = false;
    buf_clear(&engine->changed);
    buf_clear(&engine->removed);
    engine->all_changed = false;
}
