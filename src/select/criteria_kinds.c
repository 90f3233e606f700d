/* How criteria are tested, and the value of a process as people see it. What was not read
 * is MATCH_UNDECIDED, never MATCH_NO. */
#include "select/criteria.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "select/regex.h"
#include "select/tty.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOINED_ON_STACK 4096
#define SHOWN_MAX       200

void criterion_show_value(const char *text, struct buf *out)
{
    if (text[0] == '\0') {
        buf_append_text(out, "empty");
    } else {
        text_escape(out, text, strlen(text), SHOWN_MAX);
    }
}

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

static bool fits_any(const struct criterion *c, const char *text)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (criterion_value_fits(&c->values[i], text))
            return true;
    }
    return false;
}

static enum match match_text(const struct criterion *c, const struct subject *subject)
{
    const struct process *p = subject->process;
    if (!criterion_has_attributes(c, p))
        return MATCH_UNDECIDED;
    if (!c->kernel)
        return decided(fits_any(c, c->info->text(p)));
    for (size_t i = 0; i < c->n_values; i++) {
        const struct criterion_value *value = &c->values[i];
        bool fits = value->kernel ? p->kernel : !subject->by_name;
        if (fits && criterion_value_fits(value, c->info->text(p)))
            return MATCH_YES;
    }
    return MATCH_NO;
}

static void show_text(const struct criterion *c, const struct subject *s, struct buf *out)
{
    criterion_show_value(c->info->text(s->process), out);
}

const struct criterion_kind criterion_text = {match_text, show_text};

static enum match match_id(const struct criterion *c, const struct subject *subject)
{
    if (!criterion_has_attributes(c, subject->process))
        return MATCH_UNDECIDED;
    return decided(ids_has(&c->ids, c->info->id(subject->process)));
}

static void show_id(const struct criterion *c, const struct subject *s, struct buf *out)
{
    buf_printf(out, "%u", c->info->id(s->process));
}

const struct criterion_kind criterion_id = {match_id, show_id};

static enum match match_label(const struct criterion *c, const struct subject *subject)
{
    const struct process *p = subject->process;
    if (!criterion_has_attributes(c, p))
        return MATCH_UNDECIDED;
    for (unsigned i = 0; i < p->n_labels; i++) {
        if (fits_any(c, c->info->part(p->labels[i])))
            return MATCH_YES;
    }
    return MATCH_NO;
}

static void show_label(const struct criterion *c, const struct subject *s,
                       struct buf *out)
{
    if (s->process->n_labels == 0)
        buf_append_text(out, "empty");
    for (unsigned i = 0; i < s->process->n_labels; i++) {
        if (i > 0)
            buf_append_text(out, ", ");
        criterion_show_value(c->info->part(s->process->labels[i]), out);
    }
}

const struct criterion_kind criterion_label = {match_label, show_label};

/* The arguments joined by blanks. `ret_text` has room for cmdline_len bytes; no NUL is
 * added. */
static size_t join_arguments(const struct process *process, char *ret_text)
{
    size_t len = process->cmdline_len;
    while (len > 0 && process->cmdline[len - 1] == '\0')
        len--;
    for (size_t i = 0; i < len; i++)
        ret_text[i] = process->cmdline[i] != '\0' ? process->cmdline[i] : ' ';
    return len;
}

static enum match match_cmdline(const struct criterion *c, const struct subject *subject)
{
    const struct process *p = subject->process;
    char small[JOINED_ON_STACK];
    CLEANUP_FREE char *large = NULL;
    enum match result = MATCH_NO;
    if (!criterion_has_attributes(c, p))
        return MATCH_UNDECIDED;
    if (p->cmdline_len > sizeof(small)) {
        large = malloc(p->cmdline_len);
        if (!large)
            return MATCH_UNDECIDED;
    }
    char *joined = large ? large : small;
    size_t len = join_arguments(p, joined);
    for (size_t i = 0; i < c->n_values && result != MATCH_YES; i++) {
        enum match m = regex_match(c->values[i].regex, joined, len);
        if (m != MATCH_NO)
            result = m;
    }
    return result;
}

static void show_cmdline(const struct criterion *c, const struct subject *s,
                         struct buf *out)
{
    (void)c;
    CLEANUP_FREE char *joined = malloc(s->process->cmdline_len + 1);
    if (!joined) {
        out->error = -ENOMEM;
        return;
    }
    size_t len = join_arguments(s->process, joined);
    if (len == 0)
        buf_append_text(out, "empty");
    text_escape(out, joined, len, SHOWN_MAX);
}

const struct criterion_kind criterion_cmdline = {match_cmdline, show_cmdline};

/* Each of the two signs is enough for YES; NO needs both to have been read. */
enum match criterion_is_contained(const struct process *process)
{
    const struct process *p = process;
    bool ns = (p->have & PROCESS_NS) != 0;
    bool cgroup = (p->have & PROCESS_CGROUP) != 0;
    if ((ns && p->in_container) || (cgroup && p->cgroup->container[0] != '\0'))
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

bool criterion_accepts_containers(const struct criterion *c)
{
    return c->info->kind == &criterion_container &&
           ((c->mask & CRITERION_ANY) != 0 || has_texts(c));
}

static enum match match_container(const struct criterion *c,
                                  const struct subject *subject)
{
    const struct process *p = subject->process;
    enum match result = MATCH_NO;
    if ((c->mask & CRITERION_ANY) != 0)
        result = either(result, criterion_is_contained(p));
    if ((c->mask & CRITERION_NONE) != 0)
        result = either(result, negate(criterion_is_contained(p)));
    if (result == MATCH_YES || !has_texts(c))
        return result;
    if ((p->have & PROCESS_CGROUP) == 0)
        return MATCH_UNDECIDED;
    return either(result, decided(fits_any(c, p->cgroup->container)));
}

static void show_container(const struct criterion *c, const struct subject *s,
                           struct buf *out)
{
    (void)c;
    const struct process *p = s->process;
    bool named = (p->have & PROCESS_CGROUP) != 0 && p->cgroup->container[0] != '\0';
    bool inside = (p->have & PROCESS_NS) != 0 && p->in_container;
    if (named) {
        criterion_show_value(p->cgroup->container, out);
    } else {
        buf_append_text(out, inside ? "without a name" : "host");
    }
}

const struct criterion_kind criterion_container = {match_container, show_container};

uint32_t criterion_state_bit(char letter)
{
    static const char letters[] = "RSDZTtXI";
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    return found ? 1u << (found - letters) : 0;
}

static enum match match_state(const struct criterion *c, const struct subject *subject)
{
    if (!criterion_has_attributes(c, subject->process))
        return MATCH_UNDECIDED;
    return decided((c->mask & criterion_state_bit(subject->process->state)) != 0);
}

static void show_state(const struct criterion *c, const struct subject *s,
                       struct buf *out)
{
    (void)c;
    text_escape(out, &s->process->state, 1, SHOWN_MAX);
}

const struct criterion_kind criterion_state = {match_state, show_state};

static enum match match_age(const struct criterion *c, const struct subject *subject)
{
    int64_t age_ms = subject->now_ms - subject->process->start_ms;
    double seconds = age_ms > 0 ? (double)age_ms / 1000.0 : 0;
    if (!criterion_has_attributes(c, subject->process))
        return MATCH_UNDECIDED;
    for (size_t i = 0; i < c->n_values; i++) {
        const struct range *range = &c->values[i].seconds;
        if (seconds >= range->min && seconds <= range->max)
            return MATCH_YES;
    }
    return MATCH_NO;
}

static void show_age(const struct criterion *c, const struct subject *s, struct buf *out)
{
    (void)c;
    int64_t age_ms = s->now_ms - s->process->start_ms;
    buf_printf(out, "%lld s", (long long)(age_ms > 0 ? age_ms / 1000 : 0));
}

const struct criterion_kind criterion_age = {match_age, show_age};

static enum match match_tty(const struct criterion *c, const struct subject *subject)
{
    char name[TTY_NAME_SIZE];
    int device = subject->process->tty;
    if (!criterion_has_attributes(c, subject->process))
        return MATCH_UNDECIDED;
    if (device == 0)
        return decided((c->mask & CRITERION_NONE) != 0);
    if ((c->mask & CRITERION_ANY) != 0)
        return MATCH_YES;
    return decided(fits_any(c, tty_name(device, name)));
}

static void show_tty(const struct criterion *c, const struct subject *s, struct buf *out)
{
    char name[TTY_NAME_SIZE];
    (void)c;
    buf_append_text(out, s->process->tty == 0 ? "none" : tty_name(s->process->tty, name));
}

const struct criterion_kind criterion_tty = {match_tty, show_tty};

static enum match match_kernel(const struct criterion *c, const struct subject *subject)
{
    if (!criterion_has_attributes(c, subject->process))
        return MATCH_UNDECIDED;
    return decided(subject->process->kernel == ((c->mask & CRITERION_ANY) != 0));
}

static void show_kernel(const struct criterion *c, const struct subject *s,
                        struct buf *out)
{
    (void)c;
    buf_append_text(out, s->process->kernel ? "true" : "false");
}

const struct criterion_kind criterion_kernel = {match_kernel, show_kernel};
