/* procgroup's commands, and what they share: options, messages, a configuration. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "model/group.h"

struct buf;
struct diag;
struct option;

enum { COMMAND_FAILED = 1, COMMAND_USAGE = 2 }; /* exit statuses */

/* The program: argv[0] of "ps.monitor" or "*.monitor" is the command "check". */
int command_main(int argc, char **argv);
int check_main(int argc, char **argv);
int show_main(int argc, char **argv);
int explain_main(int argc, char **argv);
int config_main(int argc, char **argv);

/* How a command is called; every one has "c:" and "P:". */
struct usage {
    const char *command;
    const char *letters; /* as getopt(3) wants them, with a ':' before all */
    const char *help;
    const struct option *longs; /* getopt_long(3); NULL: --help and --version alone */
    struct buf *why;            /* gets the first complaint; NULL: stderr is enough */
};
/* What all commands take; to be begun with COMMAND_PATHS. */
struct paths {
    const char *config;
    const char *proc_root;
};
#define COMMAND_PATHS                                                                    \
    {                                                                                    \
        .config = NULL, .proc_root = "/proc"                                             \
    }

/* The next option's letter with its value in `optarg`; -c and -P go to `places`. Returns
 * -1 after the last one, 0 when --help or --version was answered, '?' for a wrong one,
 * which was told on stderr. */
int usage_next(const struct usage *usage, int argc, char **argv, struct paths *paths);
/* Tells what is wrong with a call, `word` escaped ("" = none), and where help is. */
int usage_complain(const struct usage *usage, const char *text, const char *word);
/* Seconds from `min` to 3600. Returns 0 or -EINVAL, told on stderr. */
int usage_seconds(const struct usage *usage, const char *text, double min,
                  double *ret_seconds);

/* One line on stderr with the program's name; `word` is escaped, "" = none. */
void command_tell(const char *text, const char *word);
/* Every entry on stderr; the first one goes to `ret_why` too (NULL = nobody asks). */
void command_tell_all(const struct diag *diag, struct buf *ret_why);
/* The file's rules; NULL = there were mistakes, and they were told. */
struct rules *command_load(const char *file, struct buf *ret_why);
extern const char command_default_config[];

#endif
