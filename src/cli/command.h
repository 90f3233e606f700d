/* The commands of procgroup, and what they share: messages, options, a configuration. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/options.h"
#include "config.h"
#include "model/group.h"

struct buf;
struct diag;

enum { COMMAND_FAILED = 1, COMMAND_USAGE = 2 }; /* exit statuses */

int check_main(int argc, char **argv);
int show_main(int argc, char **argv);
int status_main(int argc, char **argv);
int maintenance_main(int argc, char **argv);
int explain_main(int argc, char **argv);
int config_main(int argc, char **argv);
int init_main(int argc, char **argv);

/* What all commands take: the first member of their values. */
struct paths {
    const char *config;
    const char *proc_root;
};
#define COMMAND_DEFAULT_CONFIG CONFIG_SYSCONFDIR "/procgroup/procgroup.conf"
/* The rows of both: `text` is the help of -c, `file` its default or NULL. */
#define COMMAND_PATH_ROWS(text, file)                                                    \
    {.letter = 'c',                                                                      \
     .argument = "FILE",                                                                 \
     .take = options_take_text,                                                          \
     .offset = offsetof(struct paths, config),                                           \
     .help = text,                                                                       \
     .preset = file},                                                                    \
    {                                                                                    \
        .letter = 'P', .argument = "FOLDER", .take = options_take_text,                  \
        .offset = offsetof(struct paths, proc_root),                                     \
        .help = "Read processes from this procfs mount.", .preset = "/proc"              \
    }

/* The row of --include-self, for the member include_self of `type`. */
#define COMMAND_SELF_ROW(type)                                                           \
    {                                                                                    \
        .name = "include-self", .take = options_take_flag,                               \
        .offset = offsetof(type, include_self),                                          \
        .help = "Count this program, and what called it, as well."                       \
    }

/* As options_read(); the errors are on stderr. */
int command_read_options(const struct option_set *set, int argc, char **argv,
                         void *values);
/* Prints what is wrong with the arguments on stderr. Returns COMMAND_USAGE. */
int command_refuse(const struct option_set *set, const char *text, const char *word);
/* Prints one line on stderr, begun with the program's name; `word` is escaped, "" = none.
 */
void command_print(const char *text, const char *word);
/* Prints every entry on stderr; the first one goes to `ret_why` too (may be NULL). */
void command_print_diag(const struct diag *diag, struct buf *ret_why);
/* The rules of the file; NULL: there are errors, and they are printed. */
struct rules *command_load(const char *file, struct buf *ret_why);

#endif
