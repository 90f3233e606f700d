#include "config/tree.h"

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "config/grammar.h"
#include "config/tree_words.h"
#include "select/selector.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_options(cfg_opt_t *options)
{
    for (cfg_opt_t *o = options; o != NULL && o->name != NULL; o++)
        free_options(o->subopts);
    free(options);
}

static void add_keys(cfg_opt_t *options, size_t *n, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        options[(*n)++] = tree_words_option(*keys);
}

/* libConfuse's table for a section, from ours; NULL when memory is short. */
static cfg_opt_t *make_options(const struct grammar *grammar)
{
    const char *const *criteria = selector_keys();
    size_t n_criteria = 0;
    size_t n = 0;
    while (criteria[n_criteria] != NULL)
        n_criteria++;
    cfg_opt_t *options = calloc(GRAMMAR_OPTIONS_MAX + n_criteria + GRAMMAR_SECTIONS_MAX +
                                    TREE_WORDS_HIDDEN + 1,
                                sizeof(*options));
    if (options == NULL)
        return NULL;
    add_keys(options, &n, grammar->options);
    if (grammar->has_criteria)
        add_keys(options, &n, criteria);
    for (const struct grammar *const *s = grammar->sections; *s != NULL; s++) {
        cfg_opt_t *inner = make_options(*s);
        if (inner == NULL) {
            free_options(options);
            return NULL;
        }
        options[n++] = tree_words_section((*s)->kind, inner, (*s)->has_title);
    }
    tree_words_add_hidden(&options[n]);
    return options;
}

static struct tree_option *find_option(struct tree_section *section, const char *key)
{
    for (size_t i = section->n_options; i > 0; i--) {
        if (strcmp(section->options[i - 1].key, key) == 0)
            return &section->options[i - 1];
    }
    return NULL;
}

static struct tree_option *add_option(struct tree_section *section, const char *key,
                                      unsigned line)
{
    bool again = find_option(section, key) != NULL;
    struct tree_option *options =
        reallocarray(section->options, section->n_options + 1, sizeof(*options));
    if (options == NULL)
        return NULL;
    section->options = options;
    struct tree_option *option = &options[section->n_options];
    *option = (struct tree_option){.line = line, .again = again};
    option->key = text_copy(key, strlen(key));
    if (option->key == NULL)
        return NULL;
    section->n_options++;
    return option;
}

static int add_word(struct tree_section *section, const struct tree_word *word)
{
    struct tree_option *option = word->first ? add_option(section, word->key, word->line)
                                             : find_option(section, word->key);
    if (option == NULL)
        return -ENOMEM;
    char **values = reallocarray(option->values, option->n_values + 1, sizeof(*values));
    if (values == NULL)
        return -ENOMEM;
    option->values = values;
    values[option->n_values] = text_copy(word->text, strlen(word->text));
    if (values[option->n_values] == NULL)
        return -ENOMEM;
    option->n_values++;
    return 0;
}

/* `{}`: libConfuse keeps neither a value nor a line of it. */
static int add_empty(struct tree_section *section, const cfg_t *cfg)
{
    for (const cfg_opt_t *o = cfg->opts; o->name != NULL; o++) {
        if (o->type == CFGT_SEC || o->nvalues > 0 || (o->flags & CFGF_MODIFIED) == 0)
            continue;
        if (add_option(section, o->name, section->line) == NULL)
            return -ENOMEM;
    }
    return 0;
}

static int fill_options(struct tree_section *section, cfg_t *cfg)
{
    int r = 0;
    section->line = 0;
    for (unsigned i = 0; i < tree_words_count(cfg) && r == 0; i++) {
        const struct tree_word *word = tree_words_get(cfg, i);
        if (word->kind == TREE_WORD_START)
            section->line = word->line;
        if (word->kind == TREE_WORD_VALUE)
            r = add_word(section, word);
    }
    if (section->line == 0)
        return -ENOMEM; /* no start was kept */
    return r == 0 ? add_empty(section, cfg) : r;
}

static int fill_section(struct tree_section *section, const struct grammar *grammar,
                        cfg_t *cfg);

static int fill_inner(struct tree_section *section, const struct grammar *inner,
                      cfg_opt_t *option)
{
    int r = 0;
    for (unsigned i = 0; i < cfg_opt_size(option) && r == 0; i++) {
        struct tree_section *list =
            reallocarray(section->sections, section->n_sections + 1, sizeof(*list));
        if (list == NULL)
            return -ENOMEM;
        section->sections = list;
        list[section->n_sections] = (struct tree_section){0};
        r = fill_section(&list[section->n_sections++], inner, cfg_opt_getnsec(option, i));
    }
    return r;
}

static int fill_section(struct tree_section *section, const struct grammar *grammar,
                        cfg_t *cfg)
{
    const char *title = tree_words_title(cfg);
    section->kind = grammar->kind;
    if (title != NULL) {
        section->title = text_copy(title, strlen(title));
        if (section->title == NULL)
            return -ENOMEM;
    }
    int r = fill_options(section, cfg);
    for (size_t i = 0; grammar->sections[i] != NULL && r == 0; i++) {
        cfg_opt_t *option = cfg_getopt(cfg, grammar->sections[i]->kind);
        r = fill_inner(section, grammar->sections[i], option);
    }
    return r;
}

static int parse(cfg_t *cfg, const char *file, char *text, size_t len, struct diag *diag)
{
    CLEANUP_FILE FILE *stream = fmemopen(text, len, "r");
    cfg->filename = text_copy(file, strlen(file)); /* cfg_free() gives it back */
    if (stream == NULL || cfg->filename == NULL)
        return -ENOMEM;
    cfg_set_error_function(cfg, tree_words_on_error);
    errno = 0;
    if (cfg_parse_fp(cfg, stream) == CFG_SUCCESS)
        return 0;
    return tree_words_report(cfg, file, errno, diag);
}

static int build(cfg_t *cfg, struct tree_section **ret_root)
{
    struct tree_section *root = calloc(1, sizeof(*root));
    if (root == NULL)
        return -ENOMEM;
    int r = fill_section(root, grammar_root(), cfg);
    if (r < 0) {
        tree_destroy(root);
        return r;
    }
    *ret_root = root;
    return 0;
}

int tree_parse(const char *file, char *text, size_t len, struct diag *diag,
               struct tree_section **ret_root)
{
    cfg_opt_t *options = make_options(grammar_root());
    cfg_t *cfg = options != NULL ? cfg_init(options, CFGF_NONE) : NULL;
    int r = -ENOMEM;
    if (cfg != NULL)
        r = len > 0 ? parse(cfg, file, text, len, diag) : 0;
    if (r == 0)
        r = build(cfg, ret_root);
    if (cfg != NULL)
        cfg_free(cfg);
    free_options(options);
    return r;
}

static void free_section(struct tree_section *section)
{
    for (size_t i = 0; i < section->n_options; i++) {
        struct tree_option *option = &section->options[i];
        for (size_t k = 0; k < option->n_values; k++)
            free(option->values[k]);
        free(option->values);
        free(option->key);
    }
    for (size_t i = 0; i < section->n_sections; i++)
        free_section(&section->sections[i]);
    free(section->options);
    free(section->sections);
    free(section->title);
}

void tree_destroy(struct tree_section *root)
{
    if (root == NULL)
        return;
    free_section(root);
    free(root);
}
