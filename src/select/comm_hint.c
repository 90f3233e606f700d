/* Whether a process that has just executed a program may be one that a group names. */
#include "select/criteria_path.h"
#include "select/internal.h"

#include <string.h>

#define COMM_CUT 15 /* the kernel cuts comm at TASK_COMM_LEN - 1 */

/* Of a name that was cut, and of a pattern for it, only the beginning is compared. */
static bool name_fits(const struct criterion_value *value, const char *comm)
{
    size_t len = value->glob && value->prefix < COMM_CUT ? value->prefix : COMM_CUT;
    return criterion_value_fits(value, comm) ||
           (strlen(comm) >= COMM_CUT && strncmp(value->text, comm, len) == 0);
}

static bool criterion_fits(const struct criterion *c, const struct process *p)
{
    bool is_path = c->info->kind == &criterion_path;
    for (size_t i = 0; i < c->n_values; i++)
        if (is_path ? path_is_plausible(&c->values[i], p)
                    : name_fits(&c->values[i], p->comm))
            return true;
    return false;
}

/* NO as soon as one criterion about the program does not fit, UNDECIDED without any. */
static enum match block_fits(const struct block *block, const struct process *p)
{
    static const char *const keys[] = {"name", "comm", "path"};
    enum match result = MATCH_UNDECIDED;
    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        const struct criterion *c = block_find(block, criterion_info(keys[k]));
        if (c && !criterion_fits(c, p))
            return MATCH_NO;
        if (c)
            result = MATCH_YES;
    }
    return result;
}

enum match selector_fits_comm(const struct selector *selector, const char *comm)
{
    const struct process p = {.comm = comm};
    enum match result = block_fits(&selector->main, &p);
    bool any = selector->matches.n == 0;
    if (result == MATCH_NO)
        return result;
    for (size_t i = 0; i < selector->matches.n; i++) {
        enum match r = block_fits(&selector->matches.list[i], &p);
        any = any || r != MATCH_NO;
        if (r == MATCH_YES)
            result = r;
    }
    return any ? result : MATCH_NO;
}
