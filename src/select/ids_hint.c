/* Whether the effective ids of a process alone rule it out. */
#include "select/internal.h"

static bool is_about_ids(const struct criterion *c)
{
    static const char *const keys[] = {"user", "uid", "gid"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (c->info == criterion_info(keys[i]))
            return true;
    return false;
}

static enum match block_fits(const struct block *block, const struct subject *subject)
{
    enum match result = MATCH_YES;
    for (size_t i = 0; i < block->n_tests; i++) {
        const struct criterion *c = block->tests[i];
        enum match m =
            is_about_ids(c) ? c->info->kind->match(c, subject) : MATCH_UNDECIDED;
        if (m == MATCH_NO)
            return m;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return result;
}

bool selector_fits_ids(const struct selector *selector, uint32_t euid, uint32_t egid)
{
    const struct process p = {.have = PROCESS_STAT, .euid = euid, .egid = egid};
    const struct subject subject = selector_subject(selector, &p, NULL, 0);
    if (block_fits(&selector->main, &subject) == MATCH_NO)
        return false;
    for (size_t i = 0; i < selector->excepts.n; i++)
        if (block_fits(&selector->excepts.list[i], &subject) == MATCH_YES)
            return false;
    return true;
}
