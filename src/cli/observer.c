#include "cli/observer.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "engine/engine.h"

#include <errno.h>
#include <string.h>

#define MAX_DEPTH 256 /* of ancestors; ends a loop in an inconsistent snapshot */

/* ------------------------------------------------------------ the call as text */

/* A NUL-separated vector as words that a blank separates, without what a shell removes.
 */
static void add_words(const char *vector, size_t len, struct buf *out)
{
    bool pending = false;
    buf_append_text(out, "");
    for (size_t i = 0; i < len; i++) {
        if (strchr("'\"\\", vector[i]) && vector[i] != '\0')
            continue;
        if (strchr(" \t\n", vector[i])) { /* the NUL between two arguments too */
            pending = out->len > 0;
            continue;
        }
        if (pending)
            buf_append(out, " ", 1);
        pending = false;
        buf_append(out, &vector[i], 1);
    }
}

static bool has_words(const struct buf *arguments, const char *vector, size_t len)
{
    CLEANUP_BUF struct buf words = {0};
    add_words(vector, len, &words);
    return !words.error && words.len > 0 && strstr(buf_text(arguments), buf_text(&words));
}

bool observer_contains(const char *arguments, size_t len, const char *call,
                       size_t call_len)
{
    CLEANUP_BUF struct buf text = {0};
    const char *end = call + call_len;
    const char *first = memchr(call, '\0', call_len);
    const char *second =
        first ? memchr(first + 1, '\0', (size_t)(end - first) - 1) : NULL;
    add_words(arguments, len, &text);
    if (text.error || !second)
        return false;
    /* "check SPEC"; a single argument ("show", or that of a link such as ps.monitor) may
     * be anywhere. */
    const char *from = second + 1 < end ? first + 1 : text_basename(call);
    if (has_words(&text, from, (size_t)(end - from)))
        return true;
    for (const char *at = first + 1; at < end;
         at += strnlen(at, (size_t)(end - at)) + 1) {
        size_t n = strnlen(at, (size_t)(end - at));
        if (*at != '-' && memchr(at, ':', n) && has_words(&text, at, n))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------ the processes */

struct search {
    const struct snapshot *snapshot;
    const struct process_source_ops *source;
    const struct process *self;
    struct buf *out;
};

/* Reads the attribute if the scan has not. */
static bool has_attribute(const struct search *search, struct process *p, uint32_t bit)
{
    struct source_want want = {.process = p, .attributes = bit};
    if (!((p->have | p->denied) & bit))
        search->source->read(search->source->ctx, &want, 1);
    return (p->have & bit) != 0;
}

static bool has_arguments(const struct search *search, struct process *p)
{
    return has_attribute(search, p, PROCESS_CMDLINE) && p->cmdline_len > 0;
}

static bool is_called_by(const struct process *caller, const struct process *p)
{
    return observer_contains(caller->cmdline, caller->cmdline_len, p->cmdline,
                             p->cmdline_len);
}

/* Once: two commands may have the same ancestors. */
static void add(const struct search *search, const struct process *p, const char *what)
{
    const struct engine_observer observer = {process_key(p), what, false, NULL};
    const struct engine_observer *known = (const void *)search->out->data;
    for (size_t i = 0; i < search->out->len / sizeof(observer); i++)
        if (known[i].key == observer.key)
            return;
    buf_append(search->out, &observer, sizeof(observer));
}

/* A shell forks for a pipeline or a ( ): it has the arguments of its parent. */
static void add_forks(const struct search *search, const struct process *shell)
{
    for (size_t i = 0; i < search->snapshot->count; i++) {
        struct process *p = search->snapshot->list[i];
        if (p->ppid == shell->pid && p != search->self && has_arguments(search, p) &&
            p->cmdline_len == shell->cmdline_len &&
            memcmp(p->cmdline, shell->cmdline, p->cmdline_len) == 0)
            add(search, p, "it is a fork of a process that called procgroup");
    }
}

/* The real user: the owner of the folder is root for a process that is not dumpable. */
static bool is_ours(const struct search *search, struct process *p)
{
    return has_attribute(search, p, PROCESS_STATUS) &&
           (p->usage->ruid == search->self->usage->ruid || p->usage->ruid == 0);
}

static void add_ancestors(const struct search *search, const struct process *of)
{
    const struct process *child = of;
    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        struct process *p = snapshot_find(search->snapshot, child->ppid);
        if (!p || p == of || p->start > child->start)
            return;
        if (has_arguments(search, p) && is_called_by(p, of) &&
            (of == search->self || is_ours(search, p))) {
            add(search, p, "its arguments contain this call of procgroup");
            add_forks(search, p);
        }
        child = p;
    }
}

/* NULL: the process `self` is not in the snapshot. */
static struct process *find_self(const struct snapshot *snapshot, uint64_t self)
{
    struct process *p = snapshot_find(snapshot, process_key_pid(self));
    return p && process_key(p) == self ? p : NULL;
}

int observer_find(const struct snapshot *snapshot, uint64_t self,
                  const struct process_source_ops *source, struct buf *out)
{
    struct process *p = find_self(snapshot, self);
    if (!p)
        return out->error;
    const struct search search = {snapshot, source, p, out};
    add(&search, p, "this is procgroup itself");
    if (has_arguments(&search, p))
        add_ancestors(&search, p);
    return out->error;
}

/* The arguments of all processes are not read for that: one that was called by another
 * name (a link) is found if a criterion has read them. */
static bool is_same_call(const struct search *search, struct process *p)
{
    const struct process *self = search->self;
    bool may_be = !p->kernel &&
                  ((p->have & PROCESS_CMDLINE) != 0 || strcmp(p->comm, self->comm) == 0);
    return may_be && p != self && has_arguments(search, p) &&
           (is_called_by(p, self) || is_called_by(self, p)) && is_ours(search, p);
}

int observer_find_others(const struct snapshot *snapshot, uint64_t self,
                         const struct process_source_ops *source,
                         const struct observer_program *program, struct buf *out)
{
    struct process *own = find_self(snapshot, self);
    const struct search search = {snapshot, source, own, out};
    if (!own || !has_arguments(&search, own) ||
        !has_attribute(&search, own, PROCESS_STATUS))
        return out->error;
    for (size_t i = 0; i < snapshot->count; i++) {
        struct process *p = snapshot->list[i];
        if (is_same_call(&search, p) &&
            program->is_run_by(program->ctx, process_key(p))) {
            add(&search, p, "it is another command of procgroup with this call");
            add_ancestors(&search, p);
        }
    }
    return out->error;
}
