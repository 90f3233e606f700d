#include "cli/explain.h"

#include "base/buf.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/local.h"
#include "rule/template.h"
#include "table/table.h"

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

static int look_and_explain(struct local *local, const char *word)
{
    struct table_image *image;
    double window = local_needs_window(local_rules(local)) ? 1 : 0;
    if (local_judge(local, window, &image) < 0)
        return COMMAND_FAILED;
    struct explain e = {local, image, local_snapshot(local), template_names_create()};
    int status = COMMAND_FAILED;
    if (e.seen->state == SNAPSHOT_FAILED)
        command_tell("cannot look", strerror(-e.seen->error));
    else if (e.names)
        status = explain(&e, word);
    table_destroy(image);
    template_names_destroy(e.names);
    return status;
}

int explain_main(int argc, char **argv)
{
    struct paths paths = COMMAND_PATHS;
    struct local *local;
    paths.config = command_default_config;
    int letter = usage_next(&usage, argc, argv, &paths);
    if (letter >= 0)
        return letter ? COMMAND_USAGE : 0;
    if (argc - optind != 1)
        return usage_complain(&usage, "one process ID or one group", "");
    struct rules *rules = command_load(paths.config, NULL);
    if (!rules || local_open(rules, paths.proc_root, 0, &local) < 0)
        return COMMAND_FAILED;
    int status = look_and_explain(local, argv[optind]);
    local_close(local);
    return status;
}
