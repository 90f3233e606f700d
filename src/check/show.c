#include "check/command.h"
#include "rule/config.h"
#include "watch/board.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

static const char help[] =
    "usage: procgroup show [-c FILE] [-i SECONDS] [-m] [-P PROC_ROOT] [GROUP...]\n\n"
    "The groups of a configuration as they are now; -m with their members; -i again and\n"
    "again. Hold-downs (recheck) are not waited for: what is out of range is shown so.";

struct call {
    const char *config, *proc_root;
    double every;
    bool members;
    char **groups; /* NULL-terminated; none = all */
};

static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
static const char *const states[] = {"ok", "warning", "critical", "unknown"};

static int read_options(int argc, char **argv, struct call *ret_call)
{
    int letter;
    while ((letter = getopt_long(argc, argv, "c:i:mP:", options, NULL)) != -1) {
        if (letter == 'h')
            return puts(help) < 0;
        if (letter == 'c')
            ret_call->config = optarg;
        else if (letter == 'P')
            ret_call->proc_root = optarg;
        else if (letter == 'm')
            ret_call->members = true;
        else if (letter != 'i' || num_parse_decimal(optarg, &ret_call->every) < 0 ||
                 ret_call->every < 0.1)
            return command_complain("that is not how show is called",
                                    letter == 'i' ? optarg : "");
    }
    ret_call->groups = argv + optind;
    return -1;
}

/* Columns of the terminal, 0 = it is none: nothing is cut. */
static unsigned width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col;
}

static bool wanted(const struct call *call, const char *name)
{
    for (char **g = call->groups; *g; g++)
        if (strcmp(*g, name) == 0)
            return true;
    return !*call->groups;
}

static void print_limits(const struct board_group *g)
{
    char text[32] = "";
    if (g->max != UINT32_MAX)
        snprintf(text, sizeof(text), "%u-%u", g->min, g->max);
    else if (g->min)
        snprintf(text, sizeof(text), "%u-", g->min);
    printf(" %8s", text);
}

static void print_members(const struct board *board, const struct board_group *g)
{
    const struct board_member *m = board_members(board, NULL) + g->first_member;
    for (uint32_t i = 0; i < g->n_members; i++, m++)
        printf("    %7u %-15s %-12s %c %6u.%u%% %7lluM  %s\n", m->pid,
               board_text(board, m->name, NULL), board_text(board, m->user, NULL),
               (char)m->state, m->cpu / 100, m->cpu % 100 / 10,
               (unsigned long long)m->rss_kib / 1024,
               board_text(board, m->cmdline, NULL));
}

static void print_group(const struct board *board, const struct board_group *g,
                        unsigned cols)
{
    int used = printf("%-24s %-8s %5u", board_text(board, g->name, NULL),
                      states[g->status], g->count);
    print_limits(g);
    used += 9 + printf(" %-10s %5u.%u %6lluM  ", board_text(board, g->user, NULL),
                       g->cpu / 100, g->cpu % 100 / 10,
                       (unsigned long long)g->rss_kib / 1024);
    int room = cols && (int)cols > used ? (int)cols - used : 255;
    printf("%.*s\n", room, board_text(board, g->message, NULL));
}

static void print_head(const struct board *board)
{
    const struct board_scalars *s = board_scalars(board);
    printf("collector %s, security module %s; %u processes",
           board_text(board, s->collector, NULL), board_text(board, s->module, NULL),
           s->processes);
    if (s->unreadable)
        printf(", %u not wholly readable", s->unreadable);
    printf("\n%-24s %-8s %5s %8s %-10s %7s %7s  %s\n", "GROUP", "STATUS", "COUNT",
           "LIMITS", "USER", "CPU%", "RSS", "MESSAGE");
}

static void print_all(const struct call *call, const struct board *board)
{
    size_t n;
    const struct board_group *g = board_groups(board, &n);
    print_head(board);
    for (size_t i = 0; i < n; i++) {
        if (!wanted(call, board_text(board, g[i].name, NULL)))
            continue;
        print_group(board, &g[i], width());
        if (call->members)
            print_members(board, &g[i]);
    }
}

static bool all_known(const struct call *call, const struct board *board)
{
    for (char **name = call->groups; *name; name++) {
        size_t n;
        const struct board_group *g = board_groups(board, &n);
        size_t i = 0;
        while (i < n && strcmp(board_text(board, g[i].name, NULL), *name) != 0)
            i++;
        if (i == n) {
            command_complain("no such group", *name);
            return false;
        }
    }
    return true;
}

static int show(const struct call *call, struct look *look)
{
    const struct timespec pause = {
        .tv_sec = (time_t)call->every,
        .tv_nsec = (long)((call->every - (double)(long)call->every) * 1e9)};
    for (;;) {
        struct board *board;
        if (look_now(look, &board) < 0)
            return 1;
        bool fine = all_known(call, board);
        if (fine && call->every > 0 && isatty(STDOUT_FILENO))
            fputs("\033[H\033[2J", stdout);
        if (fine)
            print_all(call, board);
        board_destroy(board);
        if (!fine || call->every <= 0)
            return fine ? 0 : COMMAND_USAGE;
        if (!isatty(STDOUT_FILENO))
            putchar('\n');
        fflush(stdout);
        nanosleep(&pause, NULL);
    }
}

int show_main(int argc, char **argv)
{
    struct call call = {.config = command_default_config, .proc_root = "/proc"};
    struct look *look;
    int status = read_options(argc, argv, &call);
    if (status >= 0)
        return status;
    struct rules *rules = command_load(call.config);
    if (!rules || look_open(rules, call.proc_root, &look) < 0)
        return 1;
    status = show(&call, look);
    look_close(look);
    return status;
}
