/* The plan as a configuration file. Texts of processes are quoted, and in comments
 * escaped, so that they stay what they are. */
#include "cli/init_plan.h"

#include "base/cleanup.h"
#include "base/quote.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define COMMENT_MAX 200

/* In a value that is a pattern, `*`, `?` and `[` stand in brackets for themselves. */
static void add_value(struct buf *out, const char *key, const char *text, bool is_pattern)
{
    CLEANUP_BUF struct buf value = {0};
    for (const char *p = text; *p; p++)
        if (is_pattern && strchr("*?[", *p))
            buf_printf(&value, "[%c]", *p);
        else
            buf_append(&value, p, 1);
    buf_append_text(out, key);
    quote_append(out, buf_text(&value));
    if (value.error && !out->error)
        out->error = value.error;
}

static void add_name(struct buf *out, const char *key, const char *name)
{
    add_value(out, key, name, text_is_glob(name));
}

static void add_comment(struct buf *out, const char *text)
{
    text_escape(out, text, strlen(text), COMMENT_MAX);
}

static void add_program(const struct init_service *s, struct buf *out)
{
    buf_append_text(out, "   ");
    if (*s->unit)
        add_value(out, " unit = ", s->unit, strpbrk(s->unit, "*?["));
    if (s->is_gone)
        return;
    if ((!*s->unit || !*s->path) && init_can_name(s->name))
        add_name(out, *s->unit ? "  name = " : " name = ", s->name);
    if (*s->path)
        add_value(out,
                  *s->unit || init_can_name(s->name) ? "  path = " : " path = ", s->path,
                  strchr(s->path, '*'));
}

static void add_main(const struct init_service *s, struct buf *out)
{
    buf_append_text(out, "group ");
    quote_append(out, s->group);
    buf_append_text(out, " {\n");
    add_program(s, out);
    if (*s->parent)
        add_name(out, "  parent = ", s->parent);
    buf_printf(out, "\n    count = \"%zu-%zu\"\n}\n", s->count, s->count);
}

static void add_workers(const struct init_service *s, struct buf *out)
{
    CLEANUP_BUF struct buf name = {0};
    buf_printf(&name, "%s-workers", s->group);
    buf_append_text(out, "group ");
    quote_append(out, buf_text(&name));
    buf_append_text(out, " {\n");
    add_program(s, out);
    buf_append_text(out, "\n    except { ");
    add_name(out, "parent = ", s->parent);
    buf_printf(out, " }\n    count = \"1-\"    # %zu when this was written\n}\n",
               s->workers);
}

int init_plan_format_service(const struct init_service *s, struct buf *out)
{
    buf_append_text(out, "\n# ");
    add_comment(out, *s->unit ? s->unit : s->name);
    if (!init_has_group(s)) {
        buf_printf(out, ": no group, because %s%s\n",
                   s->why.len ? "it would be: " : "the file of its program is removed",
                   buf_text(&s->why));
        return out->error;
    }
    buf_printf(out, ": %zu %s%s", s->count, s->count == 1 ? "process" : "processes",
               s->is_gone ? " of a removed file" : "");
    if (s->workers)
        buf_printf(out, " and %zu of its own", s->workers);
    if (s->others.len)
        buf_printf(out, "; other programs, which have no group: %s",
                   buf_text(&s->others));
    buf_append_text(out, "\n");
    add_main(s, out);
    if (s->workers && *s->parent)
        add_workers(s, out);
    return out->error;
}

/* ------------------------------------------------------------ hogs */

static void add_exempt(const struct init_plan *plan, struct buf *out)
{
    const char *at = plan->exempt.data;
    const char *end = at ? at + plan->exempt.len : NULL;
    if (!at)
        return;
    buf_append_text(out, "    except { ");
    for (const char *before = "name = {"; at < end; at += strlen(at) + 1, before = ", ")
        add_name(out, before, at);
    buf_append_text(out, "} }\n");
}

static void add_hogs(const struct init_plan *plan, struct buf *out)
{
    uint64_t gib = plan->rss_max_kib >> 20;
    buf_append_text(
        out, "\n# Processes that use too much of a CPU. Programs that did so when\n"
             "# this file was written are exempt: check their names.\n"
             "group \"" INIT_HOGS_CPU "\" {\n");
    add_exempt(plan, out);
    buf_append_text(out,
                    "    condition \"spinning\" { metric = \"cpu\"  each = true"
                    "  range = \"-90%\"\n"
                    "        window = 60  recheck = 120  severity = warning }\n"
                    "}\n"
                    "\n# Processes that use too much memory: more than twice as much as "
                    "the largest one\n# when this file was written.\n"
                    "group \"" INIT_HOGS_MEMORY "\" {\n");
    buf_printf(out,
               "    condition \"size\" { metric = \"rss\"  each = true  range = "
               "\"-%" PRIu64 "G\"\n"
               "        recheck = 60  severity = warning }\n"
               "}\n",
               gib);
}

int init_plan_format(const struct init_plan *plan, const char *host, const char *date,
                     struct buf *out)
{
    buf_append_text(out, "# Groups of processes of ");
    add_comment(out, host);
    buf_printf(out, ",\n# as they ran on %s:\n", date);
    buf_append_text(
        out,
        "# a first configuration that \"procgroup init\" wrote. Read it before you use "
        "it:\n"
        "# remove what may end by itself, such as jobs, and widen the limits of what "
        "may\n"
        "# be more or fewer.\n"
        "# procgroup.conf(5) describes the options. \"procgroup config FILE\" checks "
        "the\n"
        "# file, and \"procgroup show -c FILE\" shows the groups as they are now.\n"
        "\ninterval = 10    # seconds between two scans\n"
        "recheck = 30     # seconds that a value must be out of its range\n");
    int r = out->error;
    for (size_t i = 0; i < plan->n && r == 0; i++)
        r = init_plan_format_service(&plan->services[i], out);
    add_hogs(plan, out);
    return r < 0 ? r : out->error;
}
