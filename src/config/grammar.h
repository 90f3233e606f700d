/* Which sections and options a configuration file may have: one const table. */
#ifndef CONFIG_GRAMMAR_H
#define CONFIG_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#define GRAMMAR_OPTIONS_MAX  12
#define GRAMMAR_SECTIONS_MAX 4

struct source_location;

struct grammar {
    const char *kind;
    bool has_title;
    bool has_criteria;                        /* the selector's keys are options too */
    const char *options[GRAMMAR_OPTIONS_MAX]; /* NULL-terminated */
    const struct grammar *sections[GRAMMAR_SECTIONS_MAX]; /* NULL-terminated */
};

/* The file itself. */
const struct grammar *grammar_root(void);
/* The section of that kind inside of this one, NULL if there is none. */
const struct grammar *grammar_find_section(const struct grammar *grammar,
                                           const char *kind);
bool grammar_has_option(const struct grammar *grammar, const char *key);
/* Adds an entry: the key is unknown here. `is_option`: it cannot be a section, because a
 * value follows. Returns -EINVAL. */
int grammar_refuse(const struct grammar *grammar, const char *key, bool is_option,
                   const struct source_location *at);

#endif
