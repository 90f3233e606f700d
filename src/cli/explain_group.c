#include "cli/explain.h"

#include "base/text.h"
#include "cli/local.h"
#include "report/report.h"
#include "rule/rules.h"
#include "select/selector.h"
#include "table/table.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------ finding it */

bool explain_find_group(const struct explain *e, const char *name,
                        struct explain_group *ret_group)
{
    size_t n;
    const struct table_group *rows = table_groups(e->image, &n);
    struct explain_group found = {rules_find_group(local_rules(e->local), name), NULL};
    for (size_t i = 0; i < n && !found.row; i++)
        if (strcmp(table_text(e->image, rows[i].name, NULL), name) == 0)
            found.row = &rows[i];
    if (!found.rule && found.row)
        found.rule = local_group_rule(e->local, found.row);
    if (found.rule)
        *ret_group = found;
    return found.rule;
}

/* ------------------------------------------------------------ its rule */

static void print_attributes(uint32_t attributes)
{
    printf("  reads      of every process: stat");
    for (size_t i = 0; i < PROCESS_ATTRIBUTES; i++)
        if (attributes & process_attributes[i].bit & ~(uint32_t)PROCESS_STAT)
            printf(", %s", process_attributes[i].file);
    putchar('\n');
}

static void print_rule(const struct group *g)
{
    if (*g->description)
        printf("  meaning    %s\n", g->description);
    if (*g->file)
        printf("  defined in %s:%u\n", g->file, g->line);
    printf("  rule       %s\n", *g->text ? g->text : "every process");
    if (g->selector)
        print_attributes(selector_attributes(g->selector));
}

/* ------------------------------------------------------------ its members */

struct found {
    size_t members;
    size_t undecided;
    size_t zombies;
};

static void print_reason(const struct explain *e, const struct group *g,
                         const struct process *p)
{
    struct buf why = {0};
    selector_explain(g->selector, p, e->snapshot, e->snapshot->taken.boot_ms, &why);
    printf(": %s", buf_text(&why));
    buf_free(&why);
}

static void print_one(const struct explain *e, const struct group *g,
                      const struct process *p, enum match m, bool zombie)
{
    printf("  %s %-10s ", selector_mark(e->marks, zombie ? MATCH_NO : m),
           zombie           ? "zombie"
           : m == MATCH_YES ? "member"
                            : "undecided");
    explain_print_process(e, p);
    if (zombie || m == MATCH_UNDECIDED)
        print_reason(e, g, p);
    explain_print_daemon(g, p);
    puts("");
}

static void print_left_out(const struct explain *e, const struct process *p,
                           const char *why)
{
    printf("  %s %-10s ", selector_mark(e->marks, MATCH_NO), "left out");
    explain_print_process(e, p);
    printf(": not counted: %s\n", why);
}

/* Several groups share the rule of a template: is the process in this one? True for a
 * process without a group name, which may be in it. */
static bool is_in_group(const struct explain *e, const struct explain_group *group,
                        const struct process *p)
{
    struct buf made = {0};
    if (!group->rule->is_template || !group->row)
        return true;
    bool in_group =
        !explain_instance(e, group->rule, p, &made) ||
        strcmp(buf_text(&made), table_text(e->image, group->row->name, NULL)) == 0;
    buf_free(&made);
    return in_group;
}

static struct found print_members(const struct explain *e,
                                  const struct explain_group *group)
{
    const struct group *g = group->rule;
    struct found found = {0};
    for (size_t i = 0; i < e->snapshot->count; i++) {
        const struct process *p = e->snapshot->list[i];
        enum match m =
            selector_match_alive(g->selector, p, e->snapshot, e->snapshot->taken.boot_ms);
        bool zombie = m != MATCH_NO && !selector_considers(g->selector, p);
        if (m == MATCH_NO || !is_in_group(e, group, p))
            continue;
        const char *left_out = local_leaves_out(e->local, g, p);
        if (left_out) {
            print_left_out(e, p, left_out);
            continue;
        }
        *(zombie           ? &found.zombies
          : m == MATCH_YES ? &found.members
                           : &found.undecided) += 1;
        print_one(e, g, p, m, zombie);
    }
    return found;
}

int explain_group(const struct explain *e, const struct explain_group *group)
{
    const struct group *g = group->rule;
    if (group->row)
        printf("%s: %s: %s\n", table_text(e->image, group->row->name, NULL),
               severity_word(group->row->status),
               report_bare_message(table_text(e->image, group->row->name, NULL),
                                   table_text(e->image, group->row->message, NULL)));
    else
        printf("%s: a template, which makes a group for each value\n", g->name);
    print_rule(g);
    explain_conditions(e, group);
    if (!g->selector)
        return 0;
    struct found found = print_members(e, group);
    printf("%zu member%s, %zu undecided, %zu zombie%s, of %zu process%s\n", found.members,
           text_plural(found.members), found.undecided, found.zombies,
           text_plural(found.zombies), e->snapshot->count,
           e->snapshot->count == 1 ? "" : "es");
    return 0;
}
