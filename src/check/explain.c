#include "check/explain.h"

#include "base/buf.h"
#include "base/num.h"
#include "check/command.h"
#include "check/look.h"
#include "rule/config.h"
#include "rule/template.h"
#include "watch/board.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct usage usage = {
    .command = "explain",
    .letters = ":hVc:P:",
    .help = "usage: procgroup explain [-c FILE] [-P PROC_ROOT] PID|GROUP\n\n"
            "Of a process: which groups it is in, which criterion keeps it out of the\n"
            "others, and what could not be read of it.\n"
            "Of a group: its rule and limits, its members, and who could not be judged.\n"
            "\n"
            "  -c FILE     another configuration\n"
            "  -P FOLDER   another /proc",
};

/* A name is a group's first: groups may be called "1". */
static int explain(const struct explain *e, const char *word)
{
    struct explain_group found;
    uint64_t pid;
    if (explain_find_group(e, word, &found))
        return explain_group(e, &found);
    if (num_parse_u64(word, INT_MAX, &pid) == 0)
        return explain_process(e, (pid_t)pid);
    return usage_complain(&usage, "no group and no process ID", word);
}

static int look_and_explain(struct look *look, const char *word)
{
    struct board *board;
    double window = look_needs_window(look_rules(look)) ? 1 : 0;
    if (look_judge(look, window, &board) < 0)
        return COMMAND_FAILED;
    struct explain e = {look, board, look_snapshot(look), template_names_create()};
    int status = COMMAND_FAILED;
    if (e.seen->state == SNAPSHOT_FAILED)
        command_tell("cannot look", strerror(-e.seen->error));
    else if (e.names)
        status = explain(&e, word);
    board_destroy(board);
    template_names_destroy(e.names);
    return status;
}

int explain_main(int argc, char **argv)
{
    struct places places = COMMAND_PLACES;
    struct look *look;
    places.config = command_default_config;
    int letter = usage_next(&usage, argc, argv, &places);
    if (letter >= 0)
        return letter ? COMMAND_USAGE : 0;
    if (argc - optind != 1)
        return usage_complain(&usage, "one process ID or one group", "");
    struct rules *rules = command_load(places.config, NULL);
    if (!rules || look_open(rules, places.proc_root, 0, &look) < 0)
        return COMMAND_FAILED;
    int status = look_and_explain(look, argv[optind]);
    look_close(look);
    return status;
}
