#include "cli/details.h"

#include "base/buf.h"
#include "cli/verdict.h"
#include "table/table.h"

#include <string.h>

#define VIOLATIONS_MAX 20 /* lines a group: who wants more asks `procgroup show` */

/* A violation's message begins with its group's name, other messages do not. */
void details_add_line(const struct table_image *image, const struct table_group *group,
                      struct buf *out)
{
    const char *message = table_text(image, group->message, NULL);
    size_t len;
    const char *name = table_text(image, group->name, &len);
    bool named = strncmp(message, name, len) == 0 && message[len] == ':';
    buf_printf(out, "%s%s%s", named ? "" : name, named ? "" : ": ", message);
}

static void add_line(const struct table_image *image, const struct table_group *g,
                     struct buf *out)
{
    buf_printf(out, "%s: ", severity_word(g->status));
    details_add_line(image, g, out);
    buf_append_text(out, "\n");
}

static size_t count_violations(const struct table_image *image,
                               const struct table_group *g)
{
    size_t n, found = 0;
    const struct table_violation *v = table_violations(image, &n);
    for (size_t i = 0; i < n; i++)
        found += v[i].group == g->index;
    return found;
}

/* Where there is one its message is the group's. */
static void add_violations(const struct table_image *image, const struct table_group *g,
                           struct buf *out)
{
    size_t n, shown = 0;
    const struct table_violation *v = table_violations(image, &n);
    size_t found = count_violations(image, g);
    for (size_t i = 0; i < n && found > 1 && shown < VIOLATIONS_MAX; i++) {
        if (v[i].group != g->index)
            continue;
        buf_printf(out, "  %s: %s\n", severity_word(v[i].severity),
                   table_text(image, v[i].message, NULL));
        shown++;
    }
    if (found > VIOLATIONS_MAX)
        buf_printf(out, "  and %zu more\n", found - shown);
}

void details_add_failing(const struct verdict *verdict, struct buf *out)
{
    if (verdict->blind && !verdict->n_failing)
        buf_append_text(out, "unknown: could not look at the processes\n");
    for (size_t i = 0; i < verdict->n_failing; i++) {
        add_line(verdict->image, verdict->failing[i], out);
        add_violations(verdict->image, verdict->failing[i], out);
    }
}

void details_add_fine(const struct verdict *verdict, struct buf *out)
{
    size_t n;
    const struct table_group *g = table_groups(verdict->image, &n);
    for (size_t i = 0; i < n; i++)
        if (g[i].status == SEVERITY_OK)
            add_line(verdict->image, &g[i], out);
}
