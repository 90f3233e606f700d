#include "base/options.h"

#include "base/buf.h"
#include "base/num.h"
#include "base/suggest.h"
#include "base/text.h"
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ROWS_MAX    60
#define LONG        256 /* + the number of the row: the code of a long name */
#define TEXT_MAX    500 /* bytes of a message without its word */
#define WORD_MAX    200 /* bytes of a word in a message */
#define HELP_COLUMN 24
#define HELP_WIDTH  80

static const struct option_row common_rows[] = {
    {.letter = 'h', .name = "help", .help = "Print this help and exit."},
    {.letter = 'V', .name = "version", .help = "Print the version and exit."},
};
#define N_COMMON (sizeof(common_rows) / sizeof(common_rows[0]))

static size_t count_rows(const struct option_set *set)
{
    return set->n_rows + N_COMMON;
}

static const struct option_row *row_at(const struct option_set *set, size_t i)
{
    return i < set->n_rows ? &set->rows[i] : &common_rows[i - set->n_rows];
}

/* ------------------------------------------------------------ errors */

void options_error(struct buf *errors, const char *text, const char *word)
{
    buf_append_text(errors, errors->len ? "\n" : "");
    text_escape(errors, text, strlen(text), TEXT_MAX);
    buf_append_text(errors, *word ? ": " : "");
    text_escape(errors, word, strlen(word), WORD_MAX);
}

void options_invalid(struct buf *errors, const struct option_row *row, const char *text,
                     const char *what)
{
    buf_printf(errors, "%sinvalid value \"", errors->len ? "\n" : "");
    text_escape(errors, text, strlen(text), WORD_MAX);
    if (row->letter)
        buf_printf(errors, "\" for -%c: expected %s", row->letter, what);
    else
        buf_printf(errors, "\" for --%s: expected %s", row->name, what);
}

void options_print_errors(const struct option_set *set, const struct buf *errors)
{
    const char *text = buf_text(errors);
    while (*text) {
        size_t len = strcspn(text, "\n");
        fprintf(stderr, "%s: %.*s\n", program_invocation_short_name, (int)len, text);
        text += len + (text[len] == '\n');
    }
    fprintf(stderr, "Try '%s --help'.\n", set->program);
}

void options_first_error(const struct buf *errors, char *ret_text, size_t size)
{
    const char *text = buf_text(errors);
    snprintf(ret_text, size, "%.*s", (int)strcspn(text, "\n"), text);
}

/* ------------------------------------------------------------ values */

void options_take_flag(void *at, const struct option_row *row, char *text,
                       struct buf *errors)
{
    (void)row, (void)text, (void)errors;
    *(bool *)at = true;
}

void options_take_text(void *at, const struct option_row *row, char *text,
                       struct buf *errors)
{
    (void)row, (void)errors;
    *(const char **)at = text;
}

static bool parse(const struct option_row *row, const char *text, bool whole,
                  double *ret_value, struct buf *errors)
{
    double value;
    char what[100];
    if (num_parse_decimal(text, &value) == 0 && value >= row->min && value <= row->max &&
        (!whole || value == (double)(unsigned)value)) {
        *ret_value = value;
        return true;
    }
    snprintf(what, sizeof(what), "a %s%s from %.10g to %.10g",
             whole ? "whole number" : "number",
             strcmp(row->argument, "SECONDS") == 0 ? " of seconds" : "", row->min,
             row->max);
    options_invalid(errors, row, text, what);
    return false;
}

void options_take_number(void *at, const struct option_row *row, char *text,
                         struct buf *errors)
{
    (void)parse(row, text, false, at, errors);
}

void options_take_whole(void *at, const struct option_row *row, char *text,
                        struct buf *errors)
{
    double value;
    if (parse(row, text, true, &value, errors))
        *(unsigned *)at = (unsigned)value;
}

/* ------------------------------------------------------------ help */

/* Words of the text from column `at` on; lines after the first begin at `indent`. */
static void add_wrapped(struct buf *out, const char *text, size_t at, size_t indent)
{
    const char *between = "";
    for (; *text; text += strspn(text, " ")) {
        size_t len = strcspn(text, " \n");
        if (*between && at + 1 + len > HELP_WIDTH)
            between = "\n";
        buf_append_text(out, between);
        if (*between == '\n')
            buf_printf(out, "%*s", (int)indent, "");
        at = (*between == '\n' ? indent : at + strlen(between)) + len;
        buf_append(out, text, len);
        text += len;
        between = *text == '\n' ? "\n" : " ";
        text += *text == '\n';
    }
    buf_append_text(out, "\n");
}

static void add_row(const struct option_row *row, struct buf *out)
{
    struct buf help = {0};
    size_t begin = out->len;
    buf_append_text(out, "  ");
    if (row->letter)
        buf_printf(out, "-%c%s", row->letter, row->name ? ", " : "");
    if (row->name)
        buf_printf(out, "--%s", row->name);
    if (row->argument)
        buf_printf(out, "%s%s", row->name ? "=" : " ", row->argument);
    buf_append_text(&help, row->help);
    if (row->max > 0)
        buf_printf(&help, " Range: %.10g to %.10g.", row->min, row->max);
    if (row->preset)
        buf_printf(&help, " Default: %s.", row->preset);
    size_t width = out->len - begin;
    if (width + 2 > HELP_COLUMN) {
        buf_append_text(out, "\n");
        width = 0;
    }
    buf_printf(out, "%*s", (int)(HELP_COLUMN - width), "");
    add_wrapped(out, buf_text(&help), HELP_COLUMN, HELP_COLUMN);
    buf_free(&help);
}

void options_format_help(const struct option_set *set, struct buf *out)
{
    const char *before = "usage: ";
    for (const char *line = set->usage; *line; line += *line == '\n') {
        size_t len = strcspn(line, "\n");
        buf_printf(out, "%s%s %.*s\n", before, set->program, (int)len, line);
        before = "       ";
        line += len;
    }
    buf_append_text(out, "\n");
    add_wrapped(out, set->about, 0, 0);
    buf_append_text(out, "\n");
    for (size_t i = 0; i < count_rows(set); i++)
        add_row(row_at(set, i), out);
    if (*set->after) {
        buf_append_text(out, "\n");
        add_wrapped(out, set->after, 0, 0);
    }
}

/* ------------------------------------------------------------ reading */

static void make_tables(const struct option_set *set, char *ret_letters,
                        struct option *ret_longs)
{
    *ret_letters++ = ':';
    for (size_t i = 0; i < count_rows(set); i++) {
        const struct option_row *row = row_at(set, i);
        int has_value = row->argument ? required_argument : no_argument;
        if (row->letter) {
            *ret_letters++ = (char)row->letter;
            if (row->argument)
                *ret_letters++ = ':';
        }
        if (row->name)
            *ret_longs++ = (struct option){row->name, has_value, NULL, LONG + (int)i};
    }
    *ret_letters = '\0';
    *ret_longs = (struct option){0};
}

/* `code` is '?' or ':', of getopt_long(3); `last` the word before `optind`. */
static void add_option_error(int code, const char *last, const struct option *longs,
                             struct buf *errors)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    const char *word = optopt > 0 && optopt < LONG ? letter : last;
    buf_append_text(errors, errors->len ? "\n" : "");
    if (code == '?' && optopt < LONG) {
        suggest_format_option(word, longs, errors);
        return;
    }
    buf_append_text(errors, "option \"");
    text_escape(errors, word, strlen(word), WORD_MAX);
    buf_append_text(errors, code == ':' ? "\" needs a value" : "\" takes no value");
}

static const struct option_row *find_row(const struct option_set *set, int code)
{
    for (size_t i = 0; i < count_rows(set); i++)
        if (row_at(set, i)->letter == code || LONG + (int)i == code)
            return row_at(set, i);
    return NULL;
}

static void print_answer(const struct option_set *set, bool help)
{
    struct buf out = {0};
    if (help)
        options_format_help(set, &out);
    else
        buf_printf(&out, "%.*s " CONFIG_VERSION "\n", (int)strcspn(set->program, " "),
                   set->program);
    fputs(buf_text(&out), stdout);
    buf_free(&out);
}

int options_read(const struct option_set *set, int argc, char **argv, void *values,
                 struct buf *errors)
{
    char letters[2 * ROWS_MAX + 8];
    struct option longs[ROWS_MAX + N_COMMON + 1];
    int code;
    make_tables(set, letters, longs);
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const struct option_row *row = find_row(set, code);
        if (!row) {
            add_option_error(code, argv[optind - 1], longs, errors);
        } else if (!row->take) {
            print_answer(set, row->letter == 'h');
            return 0;
        } else {
            row->take((char *)values + row->offset, row, optarg, errors);
        }
    }
    return errors->len || errors->error ? -EINVAL : 1;
}
