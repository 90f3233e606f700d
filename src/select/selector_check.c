/* Criteria that exclude each other: what one of them selects, no process has together
 * with the other. */
#include "select/selector.h"

#include "base/source_location.h"
#include "base/text.h"
#include "select/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 200
#define COMM_LEN  15 /* of a process that is not a kernel thread */

struct contradictions {
    const struct selector *selector;
    const struct source_location *at; /* of the group */
    int result;
};

__attribute__((format(printf, 3, 4))) static void
report(struct contradictions *check, const struct criterion_value *value,
       const char *format, ...)
{
    char text[TEXT_SIZE];
    const struct source_location at = {check->at->file, value->position, check->at->diag};
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    check->result = location_error(&at, value->word, "%s", text);
}

static bool is(const struct criterion *c, const char *key)
{
    return strcmp(c->info->key, key) == 0;
}

static const struct criterion *find(const struct block *block, const char *key)
{
    return block_find(block, criterion_info(key));
}

/* ------------------------------------------------------------ two criteria */

static bool ids_meet(const struct ids *a, const struct ids *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++)
            if (a->list[i].min <= b->list[k].max && b->list[k].min <= a->list[i].max)
                return true;
    return false;
}

/* Two values with patterns may have a text in common. */
static bool texts_meet(const struct criterion *a, const struct criterion *b)
{
    for (size_t i = 0; i < a->n_values; i++)
        for (size_t k = 0; k < b->n_values; k++) {
            const struct criterion_value *x = &a->values[i];
            const struct criterion_value *y = &b->values[k];
            if ((x->glob && y->glob) || criterion_value_fits(x, y->text) ||
                criterion_value_fits(y, x->text))
                return true;
        }
    return false;
}

static bool ages_meet(const struct criterion *a, const struct criterion *b)
{
    for (size_t i = 0; i < a->n_values; i++)
        for (size_t k = 0; k < b->n_values; k++) {
            const struct range *x = &a->values[i].seconds;
            const struct range *y = &b->values[k].seconds;
            if (x->min <= y->max && y->min <= x->max)
                return true;
        }
    return false;
}

static bool has_text(const struct criterion *c)
{
    for (size_t i = 0; i < c->n_values; i++)
        if (c->values[i].text[0] != '\0')
            return true;
    return false;
}

/* "none" of one is met by "none" of the other only, "any" by names. */
static bool specials_meet(const struct criterion *a, const struct criterion *b)
{
    bool any = ((a->mask & CRITERION_ANY) != 0 && has_text(b)) ||
               ((b->mask & CRITERION_ANY) != 0 && has_text(a));
    return any || (a->mask & b->mask) != 0 || texts_meet(a, b);
}

/* Are they about the same value of a process, and cannot both hold? False if it is not
 * certain: an empty @group may have members later. */
static bool exclude_each_other(const struct criterion *a, const struct criterion *b)
{
    const struct criterion_kind *kind = a->info->kind;
    if (a->info->id && a->info->id == b->info->id) /* user and uid too */
        return a->ids.count > 0 && b->ids.count > 0 && !ids_meet(&a->ids, &b->ids);
    if (a->info != b->info)
        return false;
    if (kind == &criterion_text || kind == &criterion_path)
        return !texts_meet(a, b);
    if (kind == &criterion_state)
        return (a->mask & b->mask) == 0;
    if (kind == &criterion_age)
        return !ages_meet(a, b);
    if (kind == &criterion_tty || kind == &criterion_container)
        return !specials_meet(a, b);
    return false;
}

static void check_pairs(struct contradictions *check, const struct block *of,
                        const struct block *by)
{
    for (size_t i = 0; i < of->n; i++)
        for (size_t k = 0; k < by->n; k++)
            if ((of != by || k < i) && exclude_each_other(of->list[i], by->list[k]))
                report(check, &of->list[i]->values[0],
                       "no process meets this together with the criterion %s%s",
                       by->list[k]->info->key, of == by ? "" : " of the group");
}

/* ------------------------------------------------------------ kernel threads */

static bool wants(const struct block *block, enum criterion_special what)
{
    const struct criterion *c = find(block, "kernel");
    return c && (c->mask & (uint32_t)what) != 0;
}

static void check_comm(struct contradictions *check, const struct criterion *c)
{
    bool kernel = check->selector->kernel || check->selector->kernel_by_name;
    for (size_t i = 0; i < c->n_values; i++)
        if (!kernel && !c->values[i].kernel && strlen(c->values[i].text) > COMM_LEN)
            report(check, &c->values[i],
                   "comm has at most %d bytes, as the kernel cuts it; use name",
                   COMM_LEN);
}

/* Are all of its values names in brackets? */
static bool is_kernel_only(const struct criterion *c)
{
    for (size_t i = 0; i < c->n_values; i++)
        if (!c->values[i].kernel)
            return false;
    return c->info->kind == &criterion_text;
}

/* `kernel = false` of the group holds for a match block that does not say otherwise. */
static bool refuses_kernel(const struct contradictions *check, const struct block *block,
                           enum selector_block kind)
{
    return wants(block, CRITERION_NONE) ||
           (kind == SELECTOR_MATCH && !wants(block, CRITERION_ANY) &&
            wants(&check->selector->main, CRITERION_NONE));
}

/* Kernel threads execute no file. They may belong to a unit, as those of a virtual
 * machine do. */
static void check_kernel(struct contradictions *check, const struct block *block,
                         enum selector_block kind)
{
    const struct criterion *path = find(block, "path");
    /* In the group itself, kernel = true admits them in addition. */
    bool only = kind != SELECTOR_MAIN && wants(block, CRITERION_ANY);
    bool refused = refuses_kernel(check, block, kind);
    for (size_t i = 0; i < block->n; i++) {
        if (!is_kernel_only(block->list[i]))
            continue;
        only = true;
        if (refused)
            report(check, &block->list[i]->values[0],
                   "this name means a kernel thread, and kernel is false");
    }
    if (only && path)
        report(check, &path->values[0], "kernel threads have no path");
}

static void check_block(struct contradictions *check, const struct block *block,
                        enum selector_block kind)
{
    for (size_t i = 0; i < block->n; i++)
        if (is(block->list[i], "comm"))
            check_comm(check, block->list[i]);
    check_kernel(check, block, kind);
    check_pairs(check, block, block);
}

/* ------------------------------------------------------------ everything excluded */

static bool covers_texts(const struct criterion *c, const struct criterion *of)
{
    for (size_t i = 0; i < of->n_values; i++) {
        bool found = false;
        for (size_t k = 0; k < c->n_values; k++)
            found = found || strcmp(c->values[k].word, of->values[i].word) == 0 ||
                    (!of->values[i].glob && !c->values[k].kernel &&
                     criterion_value_fits(&c->values[k], of->values[i].text));
        if (!found)
            return false;
    }
    return true;
}

static bool covers_ids(const struct ids *ids, const struct ids *of)
{
    for (size_t i = 0; i < of->count; i++) {
        bool found = false;
        for (size_t k = 0; k < ids->count; k++)
            found = found || (ids->list[k].min <= of->list[i].min &&
                              ids->list[k].max >= of->list[i].max);
        if (!found)
            return false;
    }
    return of->count > 0;
}

/* Does every process that meets `of` meet `c`? */
static bool covers(const struct criterion *c, const struct criterion *of)
{
    if (c->info->id && c->info->id == of->info->id)
        return covers_ids(&c->ids, &of->ids);
    if (c->info != of->info || of->mask != 0)
        return c->info == of->info && c->info->kind == &criterion_state &&
               (of->mask & ~c->mask) == 0;
    return (c->info->kind == &criterion_text || c->info->kind == &criterion_path) &&
           covers_texts(c, of);
}

/* An except block of which every criterion holds for all that the group selects. */
static void check_except(struct contradictions *check, const struct block *except)
{
    const struct block *main = &check->selector->main;
    for (size_t i = 0; i < except->n; i++) {
        bool covered = false;
        for (size_t k = 0; k < main->n; k++)
            covered = covered || covers(except->list[i], main->list[k]);
        if (!covered)
            return;
    }
    if (except->n > 0)
        report(check, &except->list[0]->values[0],
               "this except block excludes all processes that the group selects");
}

/* A criterion whose values are all wrong has none; that was reported. */
static bool is_whole(const struct block *block)
{
    for (size_t i = 0; i < block->n; i++)
        if (block->list[i]->n_values == 0)
            return false;
    return true;
}

static bool are_whole(const struct blocks *blocks)
{
    for (size_t i = 0; i < blocks->n; i++)
        if (!is_whole(&blocks->list[i]))
            return false;
    return true;
}

int selector_check(const struct selector *selector, const struct source_location *at)
{
    struct contradictions check = {selector, at, 0};
    if (!is_whole(&selector->main) || !are_whole(&selector->matches) ||
        !are_whole(&selector->excepts))
        return 0;
    check_block(&check, &selector->main, SELECTOR_MAIN);
    for (size_t i = 0; i < selector->matches.n; i++) {
        check_block(&check, &selector->matches.list[i], SELECTOR_MATCH);
        check_pairs(&check, &selector->matches.list[i], &selector->main);
    }
    for (size_t i = 0; i < selector->excepts.n; i++) {
        check_block(&check, &selector->excepts.list[i], SELECTOR_EXCEPT);
        check_except(&check, &selector->excepts.list[i]);
    }
    return check.result;
}
