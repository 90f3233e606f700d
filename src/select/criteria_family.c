/* Parents and ancestors. A snapshot is no instant: a parent may be missing from it, and
 * its pid may have a new owner; then nobody can tell. */
#include "select/criteria.h"

#include "base/buf.h"

#include <string.h>

/* Far above what people nest, low enough that a loop in a torn snapshot ends. */
#define MAX_DEPTH 256

/* Who the parent is. MATCH_NO: it has none; MATCH_UNDECIDED: it is not in the snapshot.
 */
static enum match find_parent(const struct process *child,
                              const struct snapshot *snapshot,
                              const struct process **ret_parent)
{
    if (child->ppid <= 0)
        return MATCH_NO;
    const struct process *parent = snapshot_find(snapshot, child->ppid);
    if (parent == NULL || parent == child || parent->start > child->start)
        return MATCH_UNDECIDED;
    *ret_parent = parent;
    return MATCH_YES;
}

static bool is_path(const struct criterion_value *value)
{
    return strchr(value->text, '/') != NULL;
}

static enum match fits(const struct criterion_value *value, const struct process *p)
{
    uint32_t source = is_path(value) ? PROCESS_EXE : PROCESS_NAME;
    if ((p->have & source) == 0)
        return MATCH_UNDECIDED;
    return criterion_value_fits(value, is_path(value) ? p->path : p->name) ? MATCH_YES
                                                                           : MATCH_NO;
}

static enum match is_it(const struct criterion *c, const struct process *p)
{
    enum match result = MATCH_NO;
    for (size_t i = 0; i < c->n_values && result != MATCH_YES; i++) {
        enum match m = fits(&c->values[i], p);
        if (m != MATCH_NO)
            result = m;
    }
    return result;
}

enum match criterion_match_parent(const struct criterion *c,
                                  const struct subject *subject)
{
    const struct process *parent;
    enum match found = find_parent(subject->process, subject->snapshot, &parent);
    return found == MATCH_YES ? is_it(c, parent) : found;
}

enum match criterion_match_ancestor(const struct criterion *c,
                                    const struct subject *subject)
{
    const struct process *p = subject->process;
    enum match result = MATCH_NO;
    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        enum match found = find_parent(p, subject->snapshot, &p);
        if (found != MATCH_YES)
            return found == MATCH_UNDECIDED ? found : result;
        enum match m = is_it(c, p);
        if (m == MATCH_YES)
            return m;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return MATCH_UNDECIDED;
}

void criterion_show_family(const struct criterion *c, const struct subject *s,
                           struct buf *out)
{
    bool all = c->info->match == criterion_match_ancestor;
    const struct process *p = s->process;
    const char *between = "";
    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        if (find_parent(p, s->snapshot, &p) != MATCH_YES)
            break;
        buf_append_text(out, between);
        criterion_show_process(p, (c->attributes & PROCESS_EXE) != 0, out);
        between = ", ";
        if (!all)
            break;
    }
    if (between[0] == '\0')
        buf_append_text(out, "nobody");
}
