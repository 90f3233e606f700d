/* Which sections and options a configuration file may have: one const table. */
#ifndef CONFIG_GRAMMAR_H
#define CONFIG_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#define GRAMMAR_OPTIONS_MAX  12
#define GRAMMAR_SECTIONS_MAX 4

struct grammar {
    const char *kind;
    bool has_title;
    bool has_criteria;                        /* the selector's keys are options too */
    const char *options[GRAMMAR_OPTIONS_MAX]; /* NULL-terminated */
    const struct grammar *sections[GRAMMAR_SECTIONS_MAX]; /* NULL-terminated */
};

/* The file itself. */
const struct grammar *grammar_root(void);

#endif
