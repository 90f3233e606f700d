#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "config/config.h"
#include "rule/rules.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct option_row rows[] = {
    {'c', NULL, "FILE", options_take_text, offsetof(struct paths, config),
     "The file to check.", COMMAND_DEFAULT_CONFIG, 0, 0},
    {'P', NULL, "FOLDER", options_take_text, offsetof(struct paths, proc_root),
     "Accepted and ignored, as no process is read.", NULL, 0, 0},
};
static const struct option_set options = {
    "procgroup config",
    "[-c FILE]\nFILE",
    "Check a configuration file, report all errors with file and line, and print the "
    "rules as they are understood.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Exit status: 0 the file is correct, 1 it has errors, 2 wrong call.",
};

int config_main(int argc, char **argv)
{
    struct paths paths = {0};
    int r = command_read_options(&options, argc, argv, &paths);
    if (r <= 0)
        return r ? COMMAND_USAGE : 0;
    if (argc - optind > (paths.config ? 0 : 1))
        return command_refuse(&options, "only one file can be checked", argv[argc - 1]);
    const char *file = optind < argc  ? argv[optind]
                       : paths.config ? paths.config
                                      : COMMAND_DEFAULT_CONFIG;
    struct rules *rules = command_load(file, NULL);
    if (!rules)
        return COMMAND_FAILED;
    CLEANUP_BUF struct buf text = {0};
    r = rules_format(rules, &text);
    if (r == 0)
        fputs(buf_text(&text), stdout);
    else
        command_print("cannot print the rules", strerror(-r));
    rules_destroy(rules);
    return r < 0 ? COMMAND_FAILED : 0;
}
