#include "cli/program.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *summary;
    int (*main)(int argc, char **argv);
} commands[] = {
    {"check", "check processes once, for mon, Nagios or a script", check_main},
    {"show", "show the groups of the configuration and their members", show_main},
    {"status", "show what procgroupd says now, without SNMP", status_main},
    {"maintenance", "set a group to maintenance, for a time or until it is ended",
     maintenance_main},
    {"explain", "explain why a process is in a group or not", explain_main},
    {"config", "check a configuration file and print its rules", config_main},
    {"init", "write a first configuration from what runs", init_main},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
    puts("usage: procgroup COMMAND [OPTION...] [ARGUMENT...]\n\n"
         "Watch groups of processes. A group is all processes that match a rule; it is\n"
         "not a process group of setpgid(2).\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-11s  %s\n", commands[i].name, commands[i].summary);
    puts("\n'procgroup COMMAND --help' describes a command, procgroup(1) all of them.");
    return 0;
}

/* Links in the folders of mon and of Nagios have such names. */
static bool is_check(const char *name)
{
    size_t n = strlen(name);
    return (n > 8 && strcmp(name + n - 8, ".monitor") == 0) ||
           strncmp(name, "check_", 6) == 0;
}

static int run(int argc, char **argv)
{
    static const struct option_set set = {.program = "procgroup"};
    if (argc > 0 && is_check(text_basename(argv[0])))
        return check_main(argc, argv);
    if (argc < 2)
        return command_refuse(&set, "no command", "");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return puts("procgroup " CONFIG_VERSION) < 0;
    struct suggest suggest = suggest_begin(argv[1]);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].main(argc - 1, argv + 1);
        suggest_offer(&suggest, commands[i].name);
    }
    CLEANUP_BUF struct buf text = {0};
    suggest_format(&suggest, argv[1][0] == '-' ? "option" : "command", &text);
    return command_refuse(&set, buf_text(&text), "");
}

int program_main(int argc, char **argv)
{
    int status = run(argc, argv);
    /* Output that could not be written (full disk, closed pipe) is a failure. */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    command_print("cannot write", strerror(errno));
    return status ? status : COMMAND_FAILED;
}
