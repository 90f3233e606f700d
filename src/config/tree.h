/* What a configuration file has in it: sections, options and their values, each with its
 * position. The parser makes the tree; config*.c know what the values mean.
 * The words belong to the file's text (struct config_text). */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "base/source_location.h"

#include <stdbool.h>
#include <stddef.h>

struct config_option {
    struct source_word key;
    struct source_word *values; /* none for `{}` */
    size_t n_values;
    bool again; /* the section had this key before */
};

/* The last option of a key. */
struct config_key {
    const char *key;
    size_t option; /* its index in the section's options */
};

struct config_section {
    const char *kind; /* "" = the file itself, "group", "condition", "match", ... */
    struct source_word name;       /* the title, or `kind` where there is none */
    bool is_broken;                /* something in it was left out because of an error */
    struct config_option *options; /* in the order of the file */
    size_t n_options;
    struct config_key *keys; /* one for each key that is there: there are few */
    size_t n_keys;
    struct config_section *sections; /* in the order of the file */
    size_t n_sections;
};

/* The last option of that key, NULL if there is none. */
struct config_option *tree_find_option(const struct config_section *section,
                                       const char *key);
/* Both return 0 or -ENOMEM. */
int tree_add_value(struct config_option *option, const struct source_word *word);
int tree_add_section(struct config_section *to, const struct config_section *section);
/* Adds what was read. `+=` adds its values to the option that is there, and so does `=`
 * where that one has none. Where it is kept as it is, *option is empty afterwards: its
 * values belong to the section. Returns 0 or -ENOMEM. */
int tree_add_option(struct config_section *section, struct config_option *option,
                    bool appends);
/* Frees what it has, not the section itself. */
void tree_free_section(struct config_section *section);

#endif
