#include "cli/command.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------ messages */

void command_print(const char *text, const char *word)
{
    char safe[300];
    text_escape_to(safe, sizeof(safe), word, strlen(word));
    fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, text,
            *safe ? ": " : "", safe);
}

/* "FILE:LINE:COLUMN: ..." as compilers write it, so that editors find the place; an entry
 * without a file begins with the program's name. */
void command_print_diag(const struct diag *diag, struct buf *ret_why)
{
    bool is_terminal = isatty(STDERR_FILENO);
    for (size_t i = 0; i < diag_count(diag); i++) {
        CLEANUP_BUF struct buf line = {0};
        CLEANUP_BUF struct buf source = {0};
        diag_format(diag, i, &line);
        if (is_terminal)
            diag_format_source(diag, i, &source);
        if (!*diag_get(diag, i).file)
            fprintf(stderr, "%s: ", program_invocation_short_name);
        fprintf(stderr, "%s\n%s", buf_text(&line), buf_text(&source));
        if (ret_why && !ret_why->len)
            buf_append_text(ret_why, buf_text(&line));
    }
}

/* ------------------------------------------------------------ configuration */

struct rules *command_load(const char *file, struct buf *ret_why)
{
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    int r = diag ? config_load(file, diag, &rules) : -ENOMEM;
    if (diag)
        command_print_diag(diag, ret_why);
    if (r < 0 && (!diag || !diag_count(diag)))
        command_print("cannot read the configuration", strerror(-r));
    if (r == -ENOENT && strcmp(file, COMMAND_DEFAULT_CONFIG) == 0)
        fprintf(stderr,
                "Write groups into this file (see procgroup.conf(5); procgroup's\n"
                "documentation has an example), or name another file with -c.\n");
    diag_destroy(diag);
    return r < 0 ? NULL : rules;
}

/* ------------------------------------------------------------ options */

int command_read_options(const struct option_set *set, int argc, char **argv,
                         void *values)
{
    CLEANUP_BUF struct buf errors = {0};
    int r = options_read(set, argc, argv, values, &errors);
    if (r < 0)
        options_print_errors(set, &errors);
    return r;
}

int command_refuse(const struct option_set *set, const char *text, const char *word)
{
    CLEANUP_BUF struct buf errors = {0};
    options_error(&errors, text, word);
    options_print_errors(set, &errors);
    return COMMAND_USAGE;
}
