/* A configuration file as a tree of sections, options and words, each with its line:
 * libConfuse's reading, checked for syntax and known keys, for nothing else. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct diag;

struct tree_option {
    char *key;
    unsigned line; /* of the first value */
    char **values; /* none for `{}` */
    size_t n_values;
    bool again; /* the section had this key before */
};

struct tree_section {
    const char *kind; /* "" = the file itself, "group", "condition", "match", ... */
    char *title;      /* NULL without */
    unsigned line;
    struct tree_option *options; /* in the order of the file */
    size_t n_options;
    struct tree_section *sections; /* by kind, within it in the order of the file */
    size_t n_sections;
};

/* `text` (len bytes, a NUL after them) is written over. Returns 0, -ENOMEM, or -EINVAL
 * with one entry of what libConfuse did not like. */
int tree_parse(const char *file, char *text, size_t len, struct diag *diag,
               struct tree_section **ret_root);
void tree_destroy(struct tree_section *root);

#endif
