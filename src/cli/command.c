#include "cli/command.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/num.h"
#include "base/text.h"
#include "config.h"
#include "config/config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
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
#define WORD_MAX   200 /* of a word in a complaint */

/* ------------------------------------------------------------ messages */

void command_tell(const char *text, const char *word)
{
    char safe[300];
    text_escape_to(safe, sizeof(safe), word, strlen(word));
    fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, text,
            *safe ? ": " : "", safe);
}

/* "FILE:LINE: ..." as compilers have it, so that editors find the place; what has no
 * place has the program's name instead. */
void command_tell_all(const struct diag *diag, struct buf *ret_why)
{
    for (size_t i = 0; i < diag_count(diag); i++) {
        struct buf line = {0};
        diag_format(diag, i, &line);
        if (!*diag_get(diag, i).file)
            fprintf(stderr, "%s: ", program_invocation_short_name);
        fprintf(stderr, "%s\n", buf_text(&line));
        if (ret_why && !ret_why->len)
            buf_append_text(ret_why, buf_text(&line));
        buf_free(&line);
    }
}

static void tell_how_to_go_on(const char *file)
{
    if (strcmp(file, command_default_config) == 0)
        fprintf(stderr,
                "Write groups into that file (procgroup.conf(5) says how, an example is "
                "in\nprocgroup's documentation), or name another one with -c.\n");
}

struct rules *command_load(const char *file, struct buf *ret_why)
{
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    int r = diag ? config_load(file, diag, &rules) : -ENOMEM;
    if (diag)
        command_tell_all(diag, ret_why);
    if (r < 0 && (!diag || !diag_count(diag)))
        command_tell(strerror(-r), file);
    if (r == -ENOENT)
        tell_how_to_go_on(file);
    diag_destroy(diag);
    return r < 0 ? NULL : rules;
}

/* ------------------------------------------------------------ options */

int usage_complain(const struct usage *usage, const char *text, const char *word)
{
    command_tell(text, word);
    if (usage->why && !usage->why->len) {
        buf_printf(usage->why, "%s%s", text, *word ? ": " : "");
        text_escape(usage->why, word, strlen(word), WORD_MAX);
    }
    fprintf(stderr, "Try 'procgroup%s%s --help'.\n", *usage->command ? " " : "",
            usage->command);
    return COMMAND_USAGE;
}

int usage_seconds(const struct usage *usage, const char *text, double min,
                  double *ret_seconds)
{
    double value;
    if (num_parse_decimal(text, &value) == 0 && value >= min && value <= 3600) {
        *ret_seconds = value;
        return 0;
    }
    char what[80];
    snprintf(what, sizeof(what), "not a number of seconds from %g to 3600", min);
    usage_complain(usage, what, text);
    return -EINVAL;
}

static int tell_wrong_option(const struct usage *usage, int letter, char **argv)
{
    const char short_form[] = {'-', (char)optopt, '\0'};
    const char *word = optopt > 0 && optopt < 256 ? short_form : argv[optind - 1];
    usage_complain(usage, letter == ':' ? "a value is missing after" : "no such option",
                   word);
    return '?';
}

int usage_next(const struct usage *usage, int argc, char **argv, struct paths *paths)
{
    static const struct option long_forms[] = {{"help", no_argument, NULL, 'h'},
                                               {"version", no_argument, NULL, 'V'},
                                               {NULL, 0, NULL, 0}};
    for (;;) {
        opterr = 0;
        int letter = getopt_long(argc, argv, usage->letters,
                                 usage->longs ? usage->longs : long_forms, NULL);
        if (letter == 'h' || letter == 'V') {
            puts(letter == 'h' ? usage->help : "procgroup " CONFIG_VERSION);
            return 0;
        }
        if (letter == '?' || letter == ':')
            return tell_wrong_option(usage, letter, argv);
        if (letter == 'c')
            paths->config = optarg;
        else if (letter == 'P')
            paths->proc_root = optarg;
        else
            return letter;
    }
}

/* ------------------------------------------------------------ the program */

static int print_help(void)
{
    puts("usage: procgroup COMMAND [OPTION...] [ARGUMENT...]\n\n"
         "Groups of processes: sets that a rule selects (not those of setpgid(2)).\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
    puts("\n'procgroup COMMAND --help' tells more; so does procgroup(1).");
    return 0;
}

static int is_monitor(const char *name)
{
    size_t n = strlen(name);
    return n > 8 && strcmp(name + n - 8, ".monitor") == 0;
}

static int run(int argc, char **argv)
{
    static const struct usage usage = {.command = ""};
    if (argc > 0 && is_monitor(text_basename(argv[0])))
        return check_main(argc, argv);
    if (argc < 2)
        return usage_complain(&usage, "which command?", "");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return puts("procgroup " CONFIG_VERSION) < 0;
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].main(argc - 1, argv + 1);
    return usage_complain(
        &usage, argv[1][0] == '-' ? "no such option" : "no such command", argv[1]);
}

int command_main(int argc, char **argv)
{
    int status = run(argc, argv);
    /* An answer that nobody got is none: a full disk, a closed pipe. */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    command_tell("cannot write", strerror(errno));
    return status ? status : COMMAND_FAILED;
}
