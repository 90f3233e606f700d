#include "config/config.h"

#include "base/buf.h"
#include "cli/command.h"
#include "rule/rules.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct usage usage = {
    .command = "config",
    .letters = ":hVc:P:",
    .help = "usage: procgroup config [-c FILE] [FILE]\n\n"
            "Tests a configuration, tells every mistake with file, line and word, and\n"
            "prints the rules as they are understood. Exit status 1: mistakes.",
};

static int print_rules(const struct rules *rules)
{
    struct buf text = {0};
    int r = rules_format(rules, &text);
    if (r == 0)
        fputs(buf_text(&text), stdout);
    else
        command_tell("cannot print the rules", strerror(-r));
    buf_free(&text);
    return r < 0 ? COMMAND_FAILED : 0;
}

int config_main(int argc, char **argv)
{
    struct paths paths = COMMAND_PATHS;
    int letter = usage_next(&usage, argc, argv, &paths);
    if (letter >= 0)
        return letter ? COMMAND_USAGE : 0;
    if (argc - optind > (paths.config ? 0 : 1))
        return usage_complain(&usage, "one file at a time", argv[argc - 1]);
    const char *file = optind < argc  ? argv[optind]
                       : paths.config ? paths.config
                                      : command_default_config;
    struct rules *rules = command_load(file, NULL);
    if (!rules)
        return COMMAND_FAILED;
    int status = print_rules(rules);
    rules_destroy(rules);
    return status;
}
