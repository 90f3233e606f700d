#include "cli/explain.h"

#include "base/buf.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/local.h"
#include "cli/terminal.h"
#include "rule/template.h"
#include "table/table.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 1.0 /* seconds that rates are measured over */

struct explain_call {
    struct paths paths;
    bool include_self;
};

static const struct option_row rows[] = {
    COMMAND_PATH_ROWS("Use this configuration file.", COMMAND_DEFAULT_CONFIG),
    COMMAND_SELF_ROW(struct explain_call),
};
static const struct option_set options = {
    "procgroup explain",
    "[OPTION...] PID|GROUP",
    "Of a process, print the groups that it is in, which criteria of the others it does "
    "not meet, and what could not be read. Of a group, print its rule, its conditions "
    "with their values, its members, and the processes that could not be matched.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "",
};

/* Ticks and crosses where the locale has them. */
static struct selector_marks choose_marks(void)
{
    bool has_ticks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (!terminal_has_colors())
        return has_ticks ? (struct selector_marks){"\xe2\x9c\x93", "\xe2\x9c\x97", "?"}
                         : (struct selector_marks){"+", "-", "?"};
    return has_ticks
               ? (struct selector_marks){"\033[32m\xe2\x9c\x93\033[m",
                                         "\033[31m\xe2\x9c\x97\033[m", "\033[35m?\033[m"}
               : (struct selector_marks){"\033[32m+\033[m", "\033[31m-\033[m",
                                         "\033[35m?\033[m"};
}

/* A group may be called "1": groups are searched first. */
static int explain(const struct explain *e, const char *word)
{
    struct explain_group found;
    uint64_t pid;
    if (explain_find_group(e, word, &found))
        return explain_group(e, &found);
    if (num_parse_u64(word, INT_MAX, &pid) == 0)
        return explain_process(e, (pid_t)pid);
    return command_refuse(&options, "neither a group nor a process ID", word);
}

static int scan_and_explain(struct local *local, const char *word)
{
    struct table_image *image;
    double window = local_needs_window(local_rules(local)) ? WINDOW : 0;
    if (local_check(local, window, &image) < 0)
        return COMMAND_FAILED;
    const struct selector_marks marks = choose_marks();
    struct explain e = {local, image, local_snapshot(local), template_names_create(),
                        &marks};
    int status = COMMAND_FAILED;
    if (e.snapshot->state == SNAPSHOT_FAILED)
        command_print("cannot scan the processes", strerror(-e.snapshot->error));
    else if (e.names)
        status = explain(&e, word);
    table_destroy(image);
    template_names_destroy(e.names);
    return status;
}

int explain_main(int argc, char **argv)
{
    struct explain_call call = {.paths = {COMMAND_DEFAULT_CONFIG, "/proc"}};
    struct local *local;
    setlocale(LC_CTYPE, "");
    int r = command_read_options(&options, argc, argv, &call);
    if (r <= 0)
        return r ? COMMAND_USAGE : 0;
    if (argc - optind != 1)
        return command_refuse(&options, "expected one process ID or one group", "");
    struct rules *rules = command_load(call.paths.config, NULL);
    const struct local_options how = {.proc_root = call.paths.proc_root,
                                      .include_self = call.include_self};
    if (!rules)
        return COMMAND_FAILED;
    local_set_window(rules, WINDOW);
    if (local_open(rules, &how, &local) < 0)
        return COMMAND_FAILED;
    int status = scan_and_explain(local, argv[optind]);
    local_close(local);
    return status;
}
