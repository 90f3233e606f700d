/* How words with their lines, and messages, get out of libConfuse 3.3: it hands callbacks
 * the section and nothing of ours, so each section keeps them in a hidden option. */
#ifndef CONFIG_TREE_WORDS_H
#define CONFIG_TREE_WORDS_H

#include <confuse.h>
#include <stdbool.h>

struct diag;

enum tree_word_kind {
    TREE_WORD_START, /* the section begins here */
    TREE_WORD_VALUE,
    TREE_WORD_ERROR, /* `text` is libConfuse's message */
};

struct tree_word {
    enum tree_word_kind kind;
    unsigned line;
    const char *key; /* VALUE: the option's, libConfuse's memory */
    bool first;      /* VALUE: after "=", the first of its list */
    char text[];
};

#define TREE_WORDS_HIDDEN 2
/* In names of ours, and so in none of a file's keys and titles. */
#define TREE_WORDS_MARK '\001'

/* An option of an option table: a list whose values are words. */
cfg_opt_t tree_words_option(const char *key);
/* A section that may come any number of times, with equal titles too. */
cfg_opt_t tree_words_section(const char *kind, cfg_opt_t *options, bool has_title);
/* Fills in TREE_WORDS_HIDDEN options: every section needs them. */
void tree_words_add_hidden(cfg_opt_t *options);
/* For cfg_set_error_function(). */
void tree_words_on_error(cfg_t *cfg, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* The section's title as written, NULL without. */
const char *tree_words_title(cfg_t *cfg);
unsigned tree_words_count(cfg_t *cfg);
const struct tree_word *tree_words_get(cfg_t *cfg, unsigned i);
/* After a parse that failed with this errno: adds the message to `diag`, the word in it
 * apart. libConfuse has a message for all but "" in a key's place, where it sets EINVAL
 * (confuse.c, cfg_getopt()). Returns -EINVAL, or -ENOMEM where memory is the reason. */
int tree_words_report(cfg_t *root, const char *file, int error_number, struct diag *diag);

#endif
