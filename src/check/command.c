#include "check/command.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/text.h"
#include "config.h"
#include "rule/config.h"

#include <errno.h>
#include <string.h>

const char command_default_config[] = CONFIG_SYSCONFDIR "/procgroup/procgroup.conf";

static const struct {
    const char *name;
    const char *summary;
    int (*main)(int argc, char **argv);
} commands[] = {
    {"check", "judge processes once, for mon, Nagios or a script", check_main},
    {"show", "the groups of the configuration and their members", show_main},
    {"explain", "why a process is in a group or not; who is in a group", explain_main},
    {"config", "test a configuration and print it as understood", config_main},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
    puts("usage: procgroup COMMAND [OPTION...] [ARGUMENT...]\n\n"
         "Groups of processes: sets that a rule selects (not those of setpgid(2)).\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
    puts("\n'procgroup COMMAND --help' tells more; so does procgroup(1).");
    return 0;
}

int command_complain(const char *text, const char *word)
{
    char safe[200];
    text_escape_to(safe, sizeof(safe), word, strlen(word));
    fprintf(stderr, "procgroup: %s%s%s\nTry 'procgroup --help'.\n", text,
            *safe ? ": " : "", safe);
    return COMMAND_USAGE;
}

struct rules *command_load(const char *file)
{
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    int r = diag ? config_load(file, diag, &rules) : -ENOMEM;
    for (size_t i = 0; diag && i < diag_count(diag); i++) {
        struct buf line = {0};
        diag_format(diag, i, &line);
        fprintf(stderr, "%s\n", buf_text(&line));
        buf_free(&line);
    }
    if (r < 0 && (!diag || !diag_count(diag)))
        fprintf(stderr, "procgroup: %s: %s\n", file, strerror(-r));
    if (r == -ENOENT)
        fputs("Name a file with -c, or write groups into that one: procgroup.conf(5).\n",
              stderr);
    diag_destroy(diag);
    return r < 0 ? NULL : rules;
}

static int is_monitor(const char *name)
{
    size_t n = strlen(name);
    return n > 8 && strcmp(name + n - 8, ".monitor") == 0;
}

int command_main(int argc, char **argv)
{
    if (argc > 0 && is_monitor(text_basename(argv[0])))
        return check_main(argc, argv);
    if (argc < 2)
        return command_complain("which command?", "");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0)
        return puts("procgroup " CONFIG_VERSION) < 0;
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].main(argc - 1, argv + 1);
    return command_complain("no such command", argv[1]);
}
