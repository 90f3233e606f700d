#include "select/selector.h"

#include "base/source_location.h"
#include "select/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct selector *selector_create(struct id_names *names)
{
    struct selector *selector = calloc(1, sizeof(*selector));
    if (selector) {
        selector->attributes = PROCESS_STAT;
        selector->current = &selector->main;
        selector->names = names;
    }
    return selector;
}

static void free_block(struct block *block)
{
    for (size_t i = 0; i < block->n; i++)
        criterion_destroy(block->list[i]);
    free(block->list);
    free(block->tests);
}

static void free_blocks(struct blocks *blocks)
{
    for (size_t i = 0; i < blocks->n; i++)
        free_block(&blocks->list[i]);
    free(blocks->list);
}

void selector_destroy(struct selector *selector)
{
    if (!selector)
        return;
    free_block(&selector->main);
    free_blocks(&selector->matches);
    free_blocks(&selector->excepts);
    free(selector);
}

int selector_begin(struct selector *selector, enum selector_block block)
{
    if (block == SELECTOR_MAIN) {
        selector->current = &selector->main;
        return 0;
    }
    struct blocks *blocks =
        block == SELECTOR_MATCH ? &selector->matches : &selector->excepts;
    struct block *list = reallocarray(blocks->list, blocks->n + 1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    blocks->list = list;
    selector->current = &list[blocks->n++];
    *selector->current = (struct block){0};
    return 0;
}

struct criterion *block_find(const struct block *block, const struct criterion_info *info)
{
    for (size_t i = 0; i < block->n; i++) {
        if (block->list[i]->info == info)
            return block->list[i];
    }
    return NULL;
}

static struct criterion *new_criterion(struct selector *selector,
                                       const struct criterion_info *info)
{
    struct block *block = selector->current;
    struct criterion **list =
        reallocarray(block->list, block->n + 1, sizeof(struct criterion *));
    if (!list)
        return NULL;
    block->list = list;
    list[block->n] = criterion_create(info, selector->names);
    return list[block->n] ? list[block->n++] : NULL;
}

int selector_add(struct selector *selector, const char *key,
                 const struct source_word *values, size_t n_values,
                 const struct source_location *at)
{
    const struct criterion_info *info = criterion_info(key);
    if (!info)
        return -ENOENT;
    struct criterion *c = block_find(selector->current, info);
    if (!c)
        c = new_criterion(selector, info);
    if (!c)
        return -ENOMEM;
    return criterion_add(c, values, n_values, at);
}

static int compare_costs(const void *a, const void *b)
{
    const struct criterion *x = *(struct criterion *const *)a;
    const struct criterion *y = *(struct criterion *const *)b;
    if (x->info->cost != y->info->cost)
        return x->info->cost < y->info->cost ? -1 : 1;
    return (x->info > y->info) - (x->info < y->info);
}

static bool is_kernel(const struct criterion *c)
{
    return c->info->kind == &criterion_kernel;
}

/* `kernel` of the group itself is not tested: "true" adds kernel threads and excludes no
 * other process, "false" is the default. */
static int order_block(struct block *block, bool is_main)
{
    free(block->tests);
    block->n_tests = 0;
    block->tests = calloc(block->n + 1, sizeof(struct criterion *));
    if (!block->tests)
        return -ENOMEM;
    for (size_t i = 0; i < block->n; i++) {
        if (!is_main || !is_kernel(block->list[i]))
            block->tests[block->n_tests++] = block->list[i];
    }
    qsort(block->tests, block->n_tests, sizeof(struct criterion *), compare_costs);
    return 0;
}

static void sum_up(struct selector *selector, struct block *block, bool selects)
{
    block->kernel = false;
    for (size_t i = 0; i < block->n; i++) {
        const struct criterion *c = block->list[i];
        selector->attributes |= c->attributes;
        selector->changes |= c->info->change;
        if (selects && c->info->kind == &criterion_state)
            selector->states |= c->mask;
        if (c->kernel && c->info->kind == &criterion_text)
            block->kernel = true;
        if (selects && is_kernel(c) && (c->mask & CRITERION_ANY) != 0)
            selector->kernel = true;
    }
    if (selects && block->kernel)
        selector->kernel_by_name = true;
}

static bool accepts_containers(const struct block *block)
{
    for (size_t i = 0; i < block->n; i++) {
        if (criterion_accepts_containers(block->list[i]))
            return true;
    }
    return false;
}

static void set_containers(const struct block *block, bool containers)
{
    for (size_t i = 0; i < block->n; i++)
        block->list[i]->containers = containers;
}

/* A path is that of a container where the same processes are asked for with `container`:
 * in the block itself, or in the group, for all of its blocks. */
static void mark_containers(struct selector *selector)
{
    const struct blocks *matches = &selector->matches;
    const struct blocks *excepts = &selector->excepts;
    bool any = accepts_containers(&selector->main);
    bool all = any;
    for (size_t i = 0; i < matches->n; i++) {
        bool here = accepts_containers(&matches->list[i]);
        set_containers(&matches->list[i], all || here);
        any = any || here;
    }
    set_containers(&selector->main, any);
    for (size_t i = 0; i < excepts->n; i++)
        set_containers(&excepts->list[i], any || accepts_containers(&excepts->list[i]));
}

/* Does it say `kernel = false`? */
static bool is_kernel_refused(const struct block *main)
{
    const struct criterion *c = block_find(main, criterion_info("kernel"));
    return c && (c->mask & CRITERION_NONE) != 0;
}

void selector_set_strict(struct selector *selector, bool strict)
{
    selector->strict = strict;
}

int selector_finish(struct selector *selector)
{
    int r = order_block(&selector->main, true);
    mark_containers(selector);
    selector->attributes = PROCESS_STAT;
    selector->states = 0;
    selector->kernel = selector->kernel_by_name = false;
    selector->changes = SELECTOR_LASTS;
    sum_up(selector, &selector->main, true);
    for (size_t i = 0; i < selector->matches.n && r == 0; i++) {
        r = order_block(&selector->matches.list[i], false);
        sum_up(selector, &selector->matches.list[i], true);
    }
    for (size_t i = 0; i < selector->excepts.n && r == 0; i++) {
        r = order_block(&selector->excepts.list[i], false);
        sum_up(selector, &selector->excepts.list[i], false);
    }
    if (is_kernel_refused(&selector->main))
        selector->kernel_by_name = false;
    return r;
}

uint32_t selector_attributes(const struct selector *selector)
{
    return selector->attributes;
}

unsigned selector_changes(const struct selector *selector)
{
    return selector->changes;
}

enum match block_match(const struct block *block, const struct subject *subject,
                       const struct criterion **ret_why)
{
    enum match result = MATCH_YES;
    for (size_t i = 0; i < block->n_tests; i++) {
        const struct criterion *c = block->tests[i];
        enum match m = c->info->kind->match(c, subject);
        if (m == MATCH_YES)
            continue;
        if (m == MATCH_NO || result == MATCH_YES)
            *ret_why = c;
        if (m == MATCH_NO)
            return m;
        result = m;
    }
    return result;
}

enum match blocks_match(const struct blocks *blocks, const struct subject *subject)
{
    const struct criterion *why;
    enum match result = MATCH_NO;
    for (size_t i = 0; i < blocks->n; i++) {
        if (subject->by_match_name && !blocks->list[i].kernel)
            continue;
        enum match m = block_match(&blocks->list[i], subject, &why);
        if (m == MATCH_YES)
            return m;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return result;
}

bool selector_considers(const struct selector *selector, const struct process *process)
{
    if (process->kernel && !selector->kernel && !selector->kernel_by_name)
        return false;
    bool has_ended = process_is_dead(process->state);
    return !has_ended || (selector->states & criterion_state_bit(process->state)) != 0;
}

struct subject selector_subject(const struct selector *selector,
                                const struct process *process,
                                const struct snapshot *snapshot, int64_t now_ms)
{
    bool by_name = process->kernel && !selector->kernel;
    return (struct subject){.process = process,
                            .snapshot = snapshot,
                            .now_ms = now_ms,
                            .strict = selector->strict,
                            .by_name = by_name,
                            .by_match_name = by_name && !selector->main.kernel};
}

enum match selector_match_alive(const struct selector *selector,
                                const struct process *process,
                                const struct snapshot *snapshot, int64_t now_ms)
{
    struct subject subject = selector_subject(selector, process, snapshot, now_ms);
    const struct criterion *why;
    if (subject.by_name && !selector->kernel_by_name)
        return MATCH_NO;
    enum match result = block_match(&selector->main, &subject, &why);
    if (result != MATCH_NO && selector->matches.n > 0) {
        enum match m = blocks_match(&selector->matches, &subject);
        if (m != MATCH_YES)
            result = m;
    }
    subject.by_name = subject.by_match_name = false;
    if (result != MATCH_NO && selector->excepts.n > 0) {
        enum match m = blocks_match(&selector->excepts, &subject);
        if (m == MATCH_YES)
            result = MATCH_NO;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return result;
}

enum match selector_match(const struct selector *selector, const struct process *process,
                          const struct snapshot *snapshot, int64_t now_ms)
{
    if (!selector_considers(selector, process))
        return MATCH_NO;
    return selector_match_alive(selector, process, snapshot, now_ms);
}

/* The text by which a criterion names a program, NULL for other criteria. */
static const char *naming_text(const char *key, const struct process *p)
{
    const struct {
        const char *key;
        const char *text;
    } texts[] = {{"name", p->name},
                 {"comm", p->comm},
                 {"path", p->path},
                 {"unit", p->cgroup ? p->cgroup->unit : NULL},
                 {"user-unit", p->cgroup ? p->cgroup->user_unit : NULL}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(texts[i].key, key) == 0)
            return texts[i].text;
    return NULL;
}

static bool criterion_names(const struct criterion *c, const struct process *process)
{
    const char *text = naming_text(c->info->key, process);
    if (!text || !criterion_has_attributes(c, process))
        return false;
    for (size_t i = 0; i < c->n_values; i++)
        if (strcmp(c->values[i].text, text) == 0)
            return true;
    return false;
}

static bool block_names(const struct block *block, const struct process *process)
{
    for (size_t i = 0; i < block->n; i++)
        if (criterion_names(block->list[i], process))
            return true;
    return false;
}

bool selector_names(const struct selector *selector, const struct process *process)
{
    if (block_names(&selector->main, process))
        return true;
    for (size_t i = 0; i < selector->matches.n; i++)
        if (block_names(&selector->matches.list[i], process))
            return true;
    return false;
}
