#include "rule/config.h"
#include "base/buf.h"
#include "check/command.h"

#include <getopt.h>

static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

int config_main(int argc, char **argv)
{
    const char *file = command_default_config;
    struct buf text = {0};
    int letter;
    while ((letter = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        if (letter == 'h') {
            puts("usage: procgroup config [-c FILE | FILE]\n\n"
                 "Tests a configuration, tells every mistake with file, line and word, "
                 "and\n"
                 "prints the rules as they are understood. Exit status 1: mistakes.");
            return 0;
        }
        if (letter != 'c')
            return command_complain("that is not how config is called", "");
        file = optarg;
    }
    if (argc - optind > 1)
        return command_complain("one file at a time", argv[optind + 1]);
    if (argc > optind)
        file = argv[optind];
    struct rules *rules = command_load(file);
    if (!rules)
        return 1;
    int r = rules_format(rules, &text);
    fputs(buf_text(&text), stdout);
    buf_free(&text);
    rules_destroy(rules);
    return r < 0;
}
