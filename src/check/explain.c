#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include "check/command.h"
#include "rule/config.h"
#include "rule/range.h"
#include "rule/selector.h"
#include "watch/board.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>

static const char help[] =
    "usage: procgroup explain [-c FILE] [-P PROC_ROOT] PID|GROUP\n\n"
    "Of a process: which groups it is in, and which criterion keeps it out of the "
    "others.\n"
    "Of a group: its rule, its members, and who could not be judged.";

static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static void print_process(const struct process *p)
{
    char text[PROCESS_COMM_SIZE * 4];
    const char *name = p->have & PROCESS_NAME ? p->name : p->comm;
    text_escape_to(text, sizeof(text), name, strlen(name));
    printf("%d (%s), uid %u, state %c", (int)p->pid, text, p->euid, p->state);
}

/* Of one process and one group, the sentence. */
static void print_reason(struct look *look, const struct group *g, struct process *p,
                         const char *head)
{
    struct buf why = {0};
    const struct snapshot *seen = look_snapshot(look);
    selector_explain(g->selector, p, seen, seen->taken.boot_ms, &why);
    printf("  %-24s %s\n", head, buf_text(&why));
    buf_free(&why);
}

static int explain_pid(struct look *look, pid_t pid)
{
    const struct rules *rules = look_rules(look);
    struct process *p = snapshot_find(look_snapshot(look), pid);
    if (!p) {
        fprintf(stderr, "procgroup: no process %d\n", (int)pid);
        return 1;
    }
    look_detail(look, p,
                PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL |
                    PROCESS_NAME | PROCESS_STATUS | PROCESS_NS);
    print_process(p);
    puts("");
    for (size_t i = 0; i < rules->n_groups; i++)
        if (rules->groups[i].selector)
            print_reason(look, &rules->groups[i], p, rules->groups[i].name);
    return 0;
}

static void print_rule(const struct group *g)
{
    printf("%s: %s\n", g->name, g->text);
    for (size_t i = 0; i < g->n_conditions; i++) {
        char range[64];
        printf("  %s should be %s%s\n", g->conditions[i].name,
               range_format(&g->conditions[i].range, range, sizeof(range)),
               g->conditions[i].each ? " for each member" : "");
    }
}

static int explain_group(struct look *look, const struct group *g)
{
    const struct snapshot *seen = look_snapshot(look);
    size_t members = 0, undecided = 0;
    print_rule(g);
    for (size_t i = 0; g->selector && i < seen->count; i++) {
        struct process *p = seen->list[i];
        enum match m = selector_match(g->selector, p, seen, seen->taken.boot_ms);
        if (m == MATCH_NO)
            continue;
        members += m == MATCH_YES;
        undecided += m == MATCH_UNDECIDED;
        printf("  %s ", m == MATCH_YES ? "member" : "could not be judged:");
        print_process(p);
        puts("");
        if (m == MATCH_UNDECIDED)
            print_reason(look, g, p, "");
    }
    printf("%zu members, %zu that could not be judged, of %zu processes\n", members,
           undecided, seen->count);
    return 0;
}

static int explain(struct look *look, const char *word)
{
    uint64_t pid;
    struct board *board;
    const struct group *g = rules_find_group(look_rules(look), word);
    if (look_now(look, &board) < 0)
        return 1;
    board_destroy(board);
    if (g)
        return explain_group(look, g);
    if (num_parse_u64(word, INT_MAX, &pid) == 0)
        return explain_pid(look, (pid_t)pid);
    return command_complain("no group and no process ID", word);
}

int explain_main(int argc, char **argv)
{
    const char *config = command_default_config;
    const char *proc_root = "/proc";
    struct look *look;
    int letter;
    while ((letter = getopt_long(argc, argv, "c:P:", options, NULL)) != -1) {
        if (letter == 'h')
            return puts(help) < 0;
        if (letter == 'c')
            config = optarg;
        else if (letter == 'P')
            proc_root = optarg;
        else
            return command_complain("that is not how explain is called", "");
    }
    if (argc - optind != 1)
        return command_complain("one process ID or one group", "");
    struct rules *rules = command_load(config);
    if (!rules || look_open(rules, proc_root, &look) < 0)
        return 1;
    int status = explain(look, argv[optind]);
    look_close(look);
    return status;
}
