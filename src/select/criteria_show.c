/* What a process has where a criterion refused it: for people, so escaped and bounded. */
#include "select/criteria.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "select/tty.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 200

static void show(const char *text, struct buf *out)
{
    if (text[0] == '\0') {
        buf_append_text(out, "empty");
    } else {
        text_escape(out, text, strlen(text), SHOWN_MAX);
    }
}

void criterion_show_process(const struct process *p, bool path, struct buf *out)
{
    if ((p->have & (path ? PROCESS_EXE : PROCESS_NAME)) != 0) {
        show(path ? p->path : p->name, out);
    } else {
        buf_printf(out, "pid %d (could not be read)", (int)p->pid);
    }
}

void criterion_show_text(const struct criterion *c, const struct subject *s,
                         struct buf *out)
{
    show(c->info->text(s->process), out);
}

void criterion_show_id(const struct criterion *c, const struct subject *s,
                       struct buf *out)
{
    buf_printf(out, "%u", c->info->id(s->process));
}

void criterion_show_label(const struct criterion *c, const struct subject *s,
                          struct buf *out)
{
    if (s->process->n_labels == 0)
        buf_append_text(out, "empty");
    for (unsigned i = 0; i < s->process->n_labels; i++) {
        if (i > 0)
            buf_append_text(out, ", ");
        show(c->info->part(s->process->labels[i]), out);
    }
}

void criterion_show_cmdline(const struct criterion *c, const struct subject *s,
                            struct buf *out)
{
    (void)c;
    CLEANUP_FREE char *joined = malloc(s->process->cmdline_len + 1);
    if (joined == NULL) {
        out->error = -ENOMEM;
        return;
    }
    size_t len = criterion_join_arguments(s->process, joined);
    if (len == 0)
        buf_append_text(out, "empty");
    text_escape(out, joined, len, SHOWN_MAX);
}

void criterion_show_container(const struct criterion *c, const struct subject *s,
                              struct buf *out)
{
    (void)c;
    const struct process *p = s->process;
    bool named = (p->have & PROCESS_CGROUP) != 0 && p->container[0] != '\0';
    bool inside = (p->have & PROCESS_NS) != 0 && p->in_container;
    if (named) {
        show(p->container, out);
    } else {
        buf_append_text(out, inside ? "without a name" : "host");
    }
}

void criterion_show_state(const struct criterion *c, const struct subject *s,
                          struct buf *out)
{
    (void)c;
    text_escape(out, &s->process->state, 1, SHOWN_MAX);
}

void criterion_show_age(const struct criterion *c, const struct subject *s,
                        struct buf *out)
{
    (void)c;
    int64_t age_ms = s->now_ms - s->process->start_ms;
    buf_printf(out, "%lld s", (long long)(age_ms > 0 ? age_ms / 1000 : 0));
}

void criterion_show_tty(const struct criterion *c, const struct subject *s,
                        struct buf *out)
{
    char name[TTY_NAME_SIZE];
    (void)c;
    buf_append_text(out, s->process->tty == 0 ? "none" : tty_name(s->process->tty, name));
}

void criterion_show_kernel(const struct criterion *c, const struct subject *s,
                           struct buf *out)
{
    (void)c;
    buf_append_text(out, s->process->kernel ? "true" : "false");
}
