/* Parents and ancestors. A snapshot is not taken in an instant: a parent may be missing
 * from it, or its pid may belong to a new process; then the result is MATCH_UNDECIDED. */
#include "select/criteria.h"

#include "base/buf.h"
#include "select/criteria_path.h"

#include <string.h>

/* Deeper than processes are nested in practice; ends a loop in an inconsistent snapshot.
 */
#define MAX_DEPTH 256

/* MATCH_NO: it has no parent; MATCH_UNDECIDED: the parent is not in the snapshot. */
static enum match find_parent(const struct process *child,
                              const struct snapshot *snapshot,
                              const struct process **ret_parent)
{
    if (child->ppid <= 0)
        return MATCH_NO;
    const struct process *parent = snapshot_find(snapshot, child->ppid);
    if (!parent || parent == child || parent->start > child->start)
        return MATCH_UNDECIDED;
    *ret_parent = parent;
    return MATCH_YES;
}

static enum match match_name(const struct criterion_value *value, const struct process *p)
{
    if (value->kernel && !p->kernel)
        return MATCH_NO;
    if ((p->have & PROCESS_NAME) == 0)
        return MATCH_UNDECIDED;
    return criterion_value_fits(value, p->name) ? MATCH_YES : MATCH_NO;
}

/* Values with a slash are compared with the path, others with the name. */
static enum match match_one(const struct criterion *c, const struct subject *subject,
                            const struct process *p)
{
    enum match result = MATCH_NO;
    for (size_t i = 0; i < c->n_values; i++) {
        const struct criterion_value *value = &c->values[i];
        bool is_path = !value->kernel && strchr(value->text, '/');
        enum match m = is_path ? path_match(c, value, subject, p) : match_name(value, p);
        if (m == MATCH_YES)
            return m;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return result;
}

static enum match match_parent(const struct criterion *c, const struct subject *subject)
{
    const struct process *parent;
    enum match found = find_parent(subject->process, subject->snapshot, &parent);
    return found == MATCH_YES ? match_one(c, subject, parent) : found;
}

static enum match match_ancestor(const struct criterion *c, const struct subject *subject)
{
    const struct process *p = subject->process;
    enum match result = MATCH_NO;
    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        enum match found = find_parent(p, subject->snapshot, &p);
        if (found != MATCH_YES)
            return found == MATCH_UNDECIDED ? found : result;
        enum match m = match_one(c, subject, p);
        if (m == MATCH_YES)
            return m;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return MATCH_UNDECIDED;
}

static void show_process(const struct process *p, bool path, struct buf *out)
{
    if ((p->have & (path ? PROCESS_EXE : PROCESS_NAME)) == 0) {
        buf_printf(out, "pid %d (could not be read)", (int)p->pid);
    } else if (path) {
        path_show(p, out);
    } else {
        criterion_show_value(p->name, out);
    }
}

static void show_ancestors(const struct criterion *c, const struct subject *s,
                           unsigned max_depth, struct buf *out)
{
    const struct process *p = s->process;
    unsigned depth = 0;
    for (; depth < max_depth && find_parent(p, s->snapshot, &p) == MATCH_YES; depth++) {
        buf_append_text(out, depth > 0 ? ", " : "");
        show_process(p, (c->attributes & PROCESS_EXE) != 0, out);
    }
    if (depth == 0)
        buf_append_text(out, "none");
}

static void show_ancestor(const struct criterion *c, const struct subject *s,
                          struct buf *out)
{
    show_ancestors(c, s, MAX_DEPTH, out);
}

static void show_parent(const struct criterion *c, const struct subject *s,
                        struct buf *out)
{
    show_ancestors(c, s, 1, out);
}

const struct criterion_kind criterion_parent = {match_parent, show_parent};
const struct criterion_kind criterion_ancestor = {match_ancestor, show_ancestor};
