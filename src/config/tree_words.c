#include "config/tree_words.h"

#include "base/cleanup.h"
#include "base/diag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No keys that a file can have: source.c sees to it. */
#define OPTION_WORDS "\001words"
#define OPTION_START "\001start"
#define MESSAGE_SIZE 512

static struct tree_word *new_word(const cfg_t *cfg, enum tree_word_kind kind,
                                  const char *text)
{
    size_t size = strlen(text) + 1;
    struct tree_word *word = calloc(1, sizeof(*word) + size);
    if (word == NULL)
        return NULL;
    word->kind = kind;
    word->line = cfg->line > 0 ? (unsigned)cfg->line : 1;
    memcpy(word->text, text, size);
    return word;
}

/* Parse callback of the hidden list: the "text" is the word itself. */
static int on_keep(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    (void)cfg;
    (void)opt;
    memcpy(result, &value, sizeof(value));
    return 0;
}

static int keep(cfg_t *cfg, struct tree_word *word)
{
    if (word != NULL &&
        cfg_setopt(cfg, cfg_getopt(cfg, OPTION_WORDS), (const char *)word))
        return 0;
    free(word);
    return -1;
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    struct tree_word *word = new_word(cfg, TREE_WORD_VALUE, value);
    if (word != NULL) {
        word->key = opt->name;
        word->first = opt->nvalues == 1;
    }
    memset(result, 0, sizeof(void *));
    return keep(cfg, word);
}

/* Called for the default of a hidden option while the section begins: later its line
 * number is the one of its end. libConfuse aborts where a default fails, so that want of
 * memory shows in the word's absence. */
static int on_start(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    (void)opt;
    memset(result, 0, sizeof(void *));
    (void)keep(cfg, new_word(cfg, TREE_WORD_START, value));
    return 0;
}

/* A second section of the same title would replace the first: so titles of finished ones
 * are marked and never equal. */
static int on_section(cfg_t *cfg, cfg_opt_t *opt)
{
    (void)cfg;
    cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    if (section == NULL || section->title == NULL)
        return 0;
    size_t size = strlen(section->title) + 1;
    char *marked = malloc(size + 1);
    if (marked == NULL)
        return -1;
    marked[0] = TREE_WORDS_MARK;
    memcpy(marked + 1, section->title, size);
    free(section->title);
    section->title = marked;
    return 0;
}

cfg_opt_t tree_words_option(const char *key)
{
    return (cfg_opt_t)CFG_PTR_LIST_CB(key, NULL, CFGF_NONE, on_value, NULL);
}

cfg_opt_t tree_words_section(const char *kind, cfg_opt_t *options, bool has_title)
{
    cfg_flag_t flags = has_title ? CFGF_MULTI | CFGF_TITLE : CFGF_MULTI;
    cfg_opt_t option = CFG_SEC(kind, options, flags);
    option.validcb = on_section;
    return option;
}

void tree_words_add_hidden(cfg_opt_t *options)
{
    options[0] = (cfg_opt_t)CFG_PTR_LIST_CB(OPTION_WORDS, NULL, CFGF_NONE, on_keep, free);
    options[1] =
        (cfg_opt_t)CFG_PTR_LIST_CB(OPTION_START, "{start}", CFGF_NONE, on_start, NULL);
}

void tree_words_on_error(cfg_t *cfg, const char *format, va_list ap)
{
    char message[MESSAGE_SIZE];
    vsnprintf(message, sizeof(message), format, ap);
    (void)keep(cfg, new_word(cfg, TREE_WORD_ERROR, message));
}

const char *tree_words_title(cfg_t *cfg)
{
    if (cfg->title == NULL)
        return NULL;
    return cfg->title[0] == TREE_WORDS_MARK ? cfg->title + 1 : cfg->title;
}

unsigned tree_words_count(cfg_t *cfg)
{
    return cfg_size(cfg, OPTION_WORDS);
}

const struct tree_word *tree_words_get(cfg_t *cfg, unsigned i)
{
    return cfg_getnptr(cfg, OPTION_WORDS, i);
}

static const struct tree_word *find_error(cfg_t *cfg)
{
    for (unsigned i = 0; i < tree_words_count(cfg); i++) {
        const struct tree_word *word = tree_words_get(cfg, i);
        if (word->kind == TREE_WORD_ERROR)
            return word;
    }
    for (cfg_opt_t *o = cfg->opts; o->name != NULL; o++) {
        for (unsigned i = 0; o->type == CFGT_SEC && i < cfg_opt_size(o); i++) {
            const struct tree_word *found = find_error(cfg_opt_getnsec(o, i));
            if (found != NULL)
                return found;
        }
    }
    return NULL;
}

/* Where the parser stopped: a section that is not finished hands its line to none. */
static unsigned last_line(cfg_t *cfg)
{
    unsigned last = cfg->line > 0 ? (unsigned)cfg->line : 1;
    for (cfg_opt_t *o = cfg->opts; o->name != NULL; o++) {
        for (unsigned i = 0; o->type == CFGT_SEC && i < cfg_opt_size(o); i++) {
            unsigned line = last_line(cfg_opt_getnsec(o, i));
            last = line > last ? line : last;
        }
    }
    return last;
}

/* libConfuse's messages end with the word in single quotes, if there is one. */
static char *cut_word(char *message)
{
    char *first = strchr(message, '\'');
    char *last = strrchr(message, '\'');
    if (first == NULL || first == last || first == message)
        return message + strlen(message);
    *last = '\0';
    *first = '\0';
    for (char *end = first; end > message && end[-1] == ' '; end--)
        end[-1] = '\0';
    return first + 1;
}

int tree_words_report(cfg_t *root, const char *file, int error_number, struct diag *diag)
{
    const struct tree_word *error = find_error(root);
    if (error == NULL && error_number == EINVAL) {
        diag_add(diag, file, last_line(root), "",
                 "a name of nothing, where an option's is expected");
        return -EINVAL;
    }
    if (error == NULL)
        return -ENOMEM;
    CLEANUP_FREE char *message = strdup(error->text);
    if (message == NULL)
        return -ENOMEM;
    const char *word = cut_word(message);
    diag_add(diag, file, error->line, word, "%s", message);
    return -EINVAL;
}
