/* Command-line options from one const table: reading (getopt_long(3)), `--help` and error
 * messages. Every program has -h, --help and -V, --version without a row for them. Errors
 * are collected, so that all of them are reported together. */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stddef.h>

struct buf;

struct option_row {
    int letter;           /* 0: it has a long name only */
    const char *name;     /* the long name, NULL: it has a letter only */
    const char *argument; /* "FILE"; NULL: it takes no value */
    /* Takes the value into `at`, which is `offset` bytes from the start of the values of
     * the program; says with options_invalid() what is wrong with it. */
    void (*take)(void *at, const struct option_row *row, char *text, struct buf *errors);
    size_t offset;
    const char *help;   /* wrapped by options_format_help() */
    const char *preset; /* the default as text, NULL: none is shown */
    double min, max;    /* of numbers */
};

struct option_set {
    const char *program; /* "procgroup check": it is called so in messages and help */
    const char *usage;   /* lines of the synopsis without the program */
    const char *about;   /* what the program does */
    const struct option_row *rows;
    size_t n_rows;     /* at most 60 */
    const char *after; /* below the options, "" = nothing */
};

/* Kinds of values, for option_row.take. */
void options_take_flag(void *at, const struct option_row *row, char *text,
                       struct buf *errors); /* bool */
void options_take_text(void *at, const struct option_row *row, char *text,
                       struct buf *errors); /* const char *, in argv */
void options_take_number(void *at, const struct option_row *row, char *text,
                         struct buf *errors); /* double, min to max */
void options_take_whole(void *at, const struct option_row *row, char *text,
                        struct buf *errors); /* unsigned, min to max */

/* Reads all options, also after an error; argv is permuted and `optind` is at the first
 * argument. Errors are appended, one a line. Returns 1 to go on, 0 after --help or
 * --version (printed on stdout), or -EINVAL: there are errors. */
int options_read(const struct option_set *set, int argc, char **argv, void *values,
                 struct buf *errors);
/* Adds the line `TEXT: WORD`, both escaped and bounded; a WORD of "" is left out. */
void options_error(struct buf *errors, const char *text, const char *word);
/* Adds the line `invalid value "TEXT" for -x: expected WHAT`. */
void options_invalid(struct buf *errors, const struct option_row *row, const char *text,
                     const char *what);
/* Prints the errors on stderr, and how to get help. */
void options_print_errors(const struct option_set *set, const struct buf *errors);
/* The first line of the errors, for a summary; `size` bytes at most. */
void options_first_error(const struct buf *errors, char *ret_text, size_t size);
/* Appends what --help prints, at most 80 columns wide. */
void options_format_help(const struct option_set *set, struct buf *out);

#endif
