#include "cli/explain.h"

#include "base/text.h"
#include "cli/command.h"
#include "cli/local.h"
#include "rule/template.h"
#include "select/selector.h"
#include "table/table.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 500

/* Everything but what is expensive to read. */
#define DETAILS (PROCESS_CACHED | PROCESS_STATUS)

static void print_text(const char *text, size_t len)
{
    struct buf safe = {0};
    text_escape(&safe, text, len, TEXT_MAX);
    fputs(buf_text(&safe), stdout);
    buf_free(&safe);
}

void explain_print_process(const struct explain *e, const struct process *process)
{
    const char *user = template_user_name(e->names, process->euid);
    printf("%d (", (int)process->pid);
    print_text(process_name(process), strlen(process_name(process)));
    printf(") user %s state %c", user ? user : "?", process->state);
}

static void print_field(const char *what, const char *text, size_t len)
{
    if (!len)
        return;
    printf("  %-10s ", what);
    print_text(text, len);
    puts("");
}

static void print_arguments(const struct process *p)
{
    char text[TEXT_MAX + 1];
    size_t len = p->cmdline_len < sizeof(text) ? p->cmdline_len : sizeof(text);
    memcpy(text, p->cmdline, len);
    while (len && !text[len - 1])
        len--;
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] ? text[i] : ' ';
    print_field("arguments", text, len);
}

static void print_denied(const struct process *p)
{
    const char *before = "  not readable: ";
    for (size_t i = 0; i < PROCESS_ATTRIBUTES; i++) {
        int error = process_error(p, process_attributes[i].bit);
        if (!error)
            continue;
        printf("%s%s (%s)", before, process_attributes[i].word,
               process_error_text(error));
        before = ", ";
    }
    if (*before == ',')
        puts("");
}

/* Which file the path names, if it is not the host's. */
static void print_origin(const struct process *p)
{
    if (p->path_origin == PATH_HOST)
        return;
    printf("  %-10s %s", "file", process_origin_text(p->path_origin));
    if (p->path_origin != PATH_UNKNOWN)
        printf(": inode %llu of device %u:%u", (unsigned long long)p->path_inode,
               PROCESS_DEVICE_MAJOR(p->path_device),
               PROCESS_DEVICE_MINOR(p->path_device));
    puts("");
}

static void print_details(const struct explain *e, const struct process *p)
{
    const struct process *parent = snapshot_find(e->snapshot, p->ppid);
    if (p->have & PROCESS_EXE) {
        print_field("path", p->path, strlen(p->path));
        print_origin(p);
    }
    if (p->have & PROCESS_CMDLINE)
        print_arguments(p);
    const struct process_usage *u = p->usage;
    if (p->have & PROCESS_STATUS)
        printf("  %-10s uid %u real %u saved %u fs %u, gid %u real %u saved %u fs %u\n",
               "ids", p->euid, u->ruid, u->suid, u->fsuid, p->egid, u->rgid, u->sgid,
               u->fsgid);
    for (unsigned i = 0; (p->have & PROCESS_LABEL) && i < p->n_labels; i++)
        print_field("context", p->labels[i]->text, strlen(p->labels[i]->text));
    if (p->have & PROCESS_CGROUP)
        print_field("cgroup", p->cgroup->path, strlen(p->cgroup->path));
    if (p->ppid)
        printf("  %-10s %d", "parent", (int)p->ppid);
    if (parent) {
        printf(" (");
        print_text(process_name(parent), strlen(process_name(parent)));
        printf(")");
    }
    puts(p->ppid ? "" : "  parent     none");
    print_denied(p);
}

/* ------------------------------------------------------------ its groups */

bool explain_instance(const struct explain *e, const struct group *rule,
                      const struct process *process, struct buf *ret_name)
{
    return template_expand(e->names, rule->name, process, GROUP_NAME_MAX, ret_name) == 0;
}

static const struct table_group *find_row(const struct table_image *image,
                                          const char *name)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(table_text(image, g[i].name, NULL), name) == 0)
            return &g[i];
    return NULL;
}

/* The violations of the group whose offender it is. */
static void print_violations(const struct explain *e, const char *group, pid_t pid)
{
    size_t n;
    const struct table_group *g = find_row(e->image, group);
    const struct table_violation *v = table_violations(e->image, &n);
    for (size_t i = 0; g && i < n; i++)
        if (v[i].group == g->index && v[i].pid == (uint32_t)pid)
            printf("      %s: %s\n", severity_word(v[i].severity),
                   table_text(e->image, v[i].message, NULL));
}

void explain_print_daemon(const struct group *group, const struct process *process)
{
    const char *name = process_name(process);
    bool is_daemon =
        strcmp(name, "procgroupd") == 0 || strcmp(name, "procgroupd-snmp") == 0;
    if (is_daemon && !group->include_self && !selector_names(group->selector, process))
        printf(" (not counted by procgroupd if it is its own process)");
}

/* Of one criterion that does not match, the line above says all. */
static void print_criteria(const struct explain *e, const struct group *g,
                           const struct process *p)
{
    struct buf lines = {0};
    enum match m =
        selector_match(g->selector, p, e->snapshot, e->snapshot->taken.boot_ms);
    if (m == MATCH_YES || selector_lines(g->selector) > 1)
        selector_explain_all(g->selector, p, e->snapshot, e->snapshot->taken.boot_ms,
                             e->marks, 6, &lines);
    fputs(buf_text(&lines), stdout);
    buf_free(&lines);
}

static void print_group(const struct explain *e, const struct group *g,
                        const struct process *p)
{
    struct buf why = {0};
    struct buf name = {0};
    int64_t now = e->snapshot->taken.boot_ms;
    const char *left_out = local_leaves_out(e->local, g, p);
    enum match m = selector_match(g->selector, p, e->snapshot, now);
    bool matches = m == MATCH_YES;
    bool member = matches && !left_out;
    selector_explain(g->selector, p, e->snapshot, now, &why);
    printf("  %s %s: %s",
           selector_mark(e->marks, left_out && m == MATCH_YES ? MATCH_NO : m), g->name,
           buf_text(&why));
    if (matches && left_out)
        printf(", but not counted: %s", left_out);
    if (member)
        explain_print_daemon(g, p);
    if (member && g->is_template && explain_instance(e, g, p, &name))
        printf(", its group is %s", buf_text(&name));
    else if (member && g->is_template)
        printf(", but has no value for the name of the group");
    puts("");
    print_criteria(e, g, p);
    if (member)
        print_violations(e, g->is_template ? buf_text(&name) : g->name, p->pid);
    buf_free(&name);
    buf_free(&why);
}

int explain_process(const struct explain *e, pid_t pid)
{
    const struct rules *rules = local_rules(e->local);
    struct process *p = snapshot_find(e->snapshot, pid);
    if (!p) {
        char text[80];
        snprintf(text, sizeof(text), "no such process: %d%s", (int)pid,
                 e->snapshot->state == SNAPSHOT_PARTIAL ? " (some processes are hidden)"
                                                        : "");
        command_print(text, "");
        return COMMAND_FAILED;
    }
    local_read(e->local, p, DETAILS); /* if it has exited, the scan has the rest */
    explain_print_process(e, p);
    puts("");
    print_details(e, p);
    puts("groups:");
    for (size_t i = 0; i < rules->n_groups; i++)
        if (rules->groups[i].selector)
            print_group(e, &rules->groups[i], p);
    return 0;
}
