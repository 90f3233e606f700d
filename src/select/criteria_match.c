/* How each criterion is asked. What was not read is MATCH_UNDECIDED, never a no. */
#include "select/criteria.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "select/regex.h"
#include "select/tty.h"

#include <stdlib.h>
#include <string.h>

#define JOINED_ON_STACK 4096

static enum match decided(bool matches)
{
    return matches ? MATCH_YES : MATCH_NO;
}

bool criterion_value_fits(const struct criterion_value *value, const char *text)
{
    if (text[0] == '\0')
        return false;
    if (strcmp(value->text, text) == 0)
        return true;
    return value->glob && strncmp(value->text, text, value->prefix) == 0 &&
           text_matches_glob(value->text, text);
}

bool criterion_fits(const struct criterion *c, const char *text)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (criterion_value_fits(&c->values[i], text))
            return true;
    }
    return false;
}

enum match criterion_match_text(const struct criterion *c, const struct subject *subject)
{
    if (!criterion_can_tell(c, subject->process))
        return MATCH_UNDECIDED;
    return decided(criterion_fits(c, c->info->text(subject->process)));
}

enum match criterion_match_id(const struct criterion *c, const struct subject *subject)
{
    if (!criterion_can_tell(c, subject->process))
        return MATCH_UNDECIDED;
    return decided(ids_has(&c->ids, c->info->id(subject->process)));
}

enum match criterion_match_label(const struct criterion *c, const struct subject *subject)
{
    const struct process *p = subject->process;
    if (!criterion_can_tell(c, p))
        return MATCH_UNDECIDED;
    for (unsigned i = 0; i < p->n_labels; i++) {
        if (criterion_fits(c, c->info->part(p->labels[i])))
            return MATCH_YES;
    }
    return MATCH_NO;
}

size_t criterion_join_arguments(const struct process *process, char *to)
{
    size_t len = process->cmdline_len;
    while (len > 0 && process->cmdline[len - 1] == '\0')
        len--;
    for (size_t i = 0; i < len; i++)
        to[i] = process->cmdline[i] != '\0' ? process->cmdline[i] : ' ';
    return len;
}

enum match criterion_match_cmdline(const struct criterion *c,
                                   const struct subject *subject)
{
    const struct process *p = subject->process;
    char small[JOINED_ON_STACK];
    CLEANUP_FREE char *large = NULL;
    enum match result = MATCH_NO;
    if (!criterion_can_tell(c, p))
        return MATCH_UNDECIDED;
    if (p->cmdline_len > sizeof(small)) {
        large = malloc(p->cmdline_len);
        if (large == NULL)
            return MATCH_UNDECIDED;
    }
    char *joined = large != NULL ? large : small;
    size_t len = criterion_join_arguments(p, joined);
    for (size_t i = 0; i < c->n_values && result != MATCH_YES; i++) {
        enum match m = regex_match(c->values[i].regex, joined, len);
        if (m != MATCH_NO)
            result = m;
    }
    return result;
}

/* In a container by either sign; only both together tell that it is on the host. */
static enum match is_contained(const struct process *p)
{
    bool ns = (p->have & PROCESS_NS) != 0;
    bool cgroup = (p->have & PROCESS_CGROUP) != 0;
    if ((ns && p->in_container) || (cgroup && p->container[0] != '\0'))
        return MATCH_YES;
    return ns && cgroup ? MATCH_NO : MATCH_UNDECIDED;
}

static enum match negate(enum match m)
{
    if (m == MATCH_UNDECIDED)
        return m;
    return m == MATCH_YES ? MATCH_NO : MATCH_YES;
}

static enum match either(enum match a, enum match b)
{
    if (a == MATCH_YES || b == MATCH_YES)
        return MATCH_YES;
    return a == MATCH_UNDECIDED || b == MATCH_UNDECIDED ? MATCH_UNDECIDED : MATCH_NO;
}

static bool has_texts(const struct criterion *c)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (c->values[i].text[0] != '\0')
            return true;
    }
    return false;
}

enum match criterion_match_container(const struct criterion *c,
                                     const struct subject *subject)
{
    const struct process *p = subject->process;
    enum match result = MATCH_NO;
    if ((c->mask & CRITERION_ANY) != 0)
        result = either(result, is_contained(p));
    if ((c->mask & CRITERION_NONE) != 0)
        result = either(result, negate(is_contained(p)));
    if (result == MATCH_YES || !has_texts(c))
        return result;
    if ((p->have & PROCESS_CGROUP) == 0)
        return MATCH_UNDECIDED;
    return either(result, decided(criterion_fits(c, p->container)));
}

uint32_t criterion_state_bit(char letter)
{
    static const char letters[] = "RSDZTtXI";
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    return found != NULL ? 1u << (found - letters) : 0;
}

enum match criterion_match_state(const struct criterion *c, const struct subject *subject)
{
    if (!criterion_can_tell(c, subject->process))
        return MATCH_UNDECIDED;
    return decided((c->mask & criterion_state_bit(subject->process->state)) != 0);
}

enum match criterion_match_age(const struct criterion *c, const struct subject *subject)
{
    int64_t age_ms = subject->now_ms - subject->process->start_ms;
    double seconds = age_ms > 0 ? (double)age_ms / 1000.0 : 0;
    if (!criterion_can_tell(c, subject->process))
        return MATCH_UNDECIDED;
    for (size_t i = 0; i < c->n_values; i++) {
        const struct range *range = &c->values[i].seconds;
        if (seconds >= range->min && seconds <= range->max)
            return MATCH_YES;
    }
    return MATCH_NO;
}

enum match criterion_match_tty(const struct criterion *c, const struct subject *subject)
{
    char name[TTY_NAME_SIZE];
    int device = subject->process->tty;
    if (!criterion_can_tell(c, subject->process))
        return MATCH_UNDECIDED;
    if (device == 0)
        return decided((c->mask & CRITERION_NONE) != 0);
    if ((c->mask & CRITERION_ANY) != 0)
        return MATCH_YES;
    return decided(criterion_fits(c, tty_name(device, name)));
}

enum match criterion_match_kernel(const struct criterion *c,
                                  const struct subject *subject)
{
    if (!criterion_can_tell(c, subject->process))
        return MATCH_UNDECIDED;
    return decided(subject->process->kernel == ((c->mask & CRITERION_ANY) != 0));
}
