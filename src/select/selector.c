#include "select/selector.h"

#include "base/diag.h"
#include "base/source_location.h"
#include "select/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct selector *selector_create(void)
{
    struct selector *selector = calloc(1, sizeof(*selector));
    if (selector != NULL)
        selector->attributes = PROCESS_STAT;
    return selector;
}

static void free_block(struct block *block)
{
    for (size_t i = 0; i < block->n; i++)
        criterion_destroy(block->list[i]);
    free(block->list);
    free(block->asked);
}

static void free_blocks(struct blocks *blocks)
{
    for (size_t i = 0; i < blocks->n; i++)
        free_block(&blocks->list[i]);
    free(blocks->list);
}

void selector_destroy(struct selector *selector)
{
    if (selector == NULL)
        return;
    free_block(&selector->main);
    free_blocks(&selector->matches);
    free_blocks(&selector->excepts);
    free(selector);
}

int selector_begin(struct selector *selector, enum selector_block block)
{
    if (block != SELECTOR_MAIN) {
        struct blocks *blocks =
            block == SELECTOR_MATCH ? &selector->matches : &selector->excepts;
        struct block *list = reallocarray(blocks->list, blocks->n + 1, sizeof(*list));
        if (list == NULL)
            return -ENOMEM;
        list[blocks->n++] = (struct block){0};
        blocks->list = list;
    }
    selector->current = block;
    return 0;
}

static struct block *current_block(struct selector *selector)
{
    if (selector->current == SELECTOR_MAIN)
        return &selector->main;
    struct blocks *blocks =
        selector->current == SELECTOR_MATCH ? &selector->matches : &selector->excepts;
    return &blocks->list[blocks->n - 1];
}

static struct criterion *find_criterion(const struct block *block,
                                        const struct criterion_info *info)
{
    for (size_t i = 0; i < block->n; i++) {
        if (block->list[i]->info == info)
            return block->list[i];
    }
    return NULL;
}

static struct criterion *new_criterion(struct block *block,
                                       const struct criterion_info *info)
{
    struct criterion **list =
        reallocarray(block->list, block->n + 1, sizeof(struct criterion *));
    if (list == NULL)
        return NULL;
    block->list = list;
    list[block->n] = criterion_create(info);
    if (list[block->n] == NULL)
        return NULL;
    return list[block->n++];
}

int selector_add(struct selector *selector, const char *key, const char *const *values,
                 size_t n_values, const char *file, unsigned line, struct diag *diag)
{
    const struct source_location at = {file, line, diag};
    const struct criterion_info *info = criterion_info(key);
    if (info == NULL)
        return -ENOENT;
    struct block *block = current_block(selector);
    struct criterion *c = find_criterion(block, info);
    if (c == NULL)
        c = new_criterion(block, info);
    if (c == NULL)
        return -ENOMEM;
    return criterion_add(c, values, n_values, &at);
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
    return c->info->match == criterion_match_kernel;
}

/* In the group itself `kernel` widens and is not asked: "off unless true". */
static int order_block(struct block *block, bool is_main)
{
    free(block->asked);
    block->n_asked = 0;
    block->asked = calloc(block->n + 1, sizeof(struct criterion *));
    if (block->asked == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < block->n; i++) {
        if (!is_main || !is_kernel(block->list[i]))
            block->asked[block->n_asked++] = block->list[i];
    }
    qsort(block->asked, block->n_asked, sizeof(struct criterion *), compare_costs);
    return 0;
}

static void sum_up(struct selector *selector, const struct block *block, bool selects)
{
    for (size_t i = 0; i < block->n; i++) {
        const struct criterion *c = block->list[i];
        selector->attributes |= c->attributes;
        if (c->info->is_volatile)
            selector->is_volatile = true;
        if (selects && c->info->match == criterion_match_state)
            selector->states |= c->mask;
        if (selects && is_kernel(c) && (c->mask & CRITERION_ANY) != 0)
            selector->kernel = true;
    }
}

int selector_finish(struct selector *selector)
{
    int r = order_block(&selector->main, true);
    selector->attributes = PROCESS_STAT;
    selector->states = 0;
    selector->kernel = false;
    selector->is_volatile = false;
    sum_up(selector, &selector->main, true);
    for (size_t i = 0; i < selector->matches.n && r == 0; i++) {
        r = order_block(&selector->matches.list[i], false);
        sum_up(selector, &selector->matches.list[i], true);
    }
    for (size_t i = 0; i < selector->excepts.n && r == 0; i++) {
        r = order_block(&selector->excepts.list[i], false);
        sum_up(selector, &selector->excepts.list[i], false);
    }
    return r;
}

uint32_t selector_attributes(const struct selector *selector)
{
    return selector->attributes;
}

bool selector_is_volatile(const struct selector *selector)
{
    return selector->is_volatile;
}

enum match block_match(const struct block *block, const struct subject *subject,
                       const struct criterion **ret_why)
{
    enum match result = MATCH_YES;
    for (size_t i = 0; i < block->n_asked; i++) {
        const struct criterion *c = block->asked[i];
        enum match m = c->info->match(c, subject);
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
        enum match m = block_match(&blocks->list[i], subject, &why);
        if (m == MATCH_YES)
            return m;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return result;
}

static bool has_ended(const struct process *process)
{
    return process->state == 'Z' || process->state == 'X';
}

bool selector_considers(const struct selector *selector, const struct process *process)
{
    if (process->kernel && !selector->kernel)
        return false;
    return !has_ended(process) ||
           (selector->states & criterion_state_bit(process->state)) != 0;
}

enum match selector_match_alive(const struct selector *selector,
                                const struct process *process,
                                const struct snapshot *snapshot, int64_t now_ms)
{
    const struct subject subject = {process, snapshot, now_ms};
    const struct criterion *why;
    if (process->kernel && !selector->kernel)
        return MATCH_NO;
    enum match result = block_match(&selector->main, &subject, &why);
    if (result != MATCH_NO && selector->matches.n > 0) {
        enum match m = blocks_match(&selector->matches, &subject);
        if (m != MATCH_YES)
            result = m;
    }
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
