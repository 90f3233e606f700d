#include "config/grammar.h"

#include "base/suggest.h"
#include "select/selector.h"

#include <string.h>

static const struct grammar condition = {
    .kind = "condition",
    .has_title = true,
    .options = {"metric", "range", "clear", "each", "window", "recheck", "min-age",
                "severity"},
};
static const struct grammar match = {.kind = "match", .has_criteria = true};
static const struct grammar except = {.kind = "except", .has_criteria = true};
static const struct grammar group = {
    .kind = "group",
    .has_title = true,
    .has_criteria = true,
    .options = {"description", "count", "severity", "recheck", "min-age", "expire",
                "measure", "undecided", "include-self"},
    .sections = {&condition, &match, &except},
};
static const struct grammar security = {
    .kind = "security",
    .options = {"enforcing", "description", "severity", "recheck"},
};
static const struct grammar root = {
    .kind = "",
    .options = {"interval", "recheck", "include", "user", "max-instances", "interpreters",
                "publish-cmdline"},
    .sections = {&group, &security},
};

const struct grammar *grammar_root(void)
{
    return &root;
}

const struct grammar *grammar_find_section(const struct grammar *grammar,
                                           const char *kind)
{
    for (size_t i = 0; grammar->sections[i]; i++)
        if (strcmp(grammar->sections[i]->kind, kind) == 0)
            return grammar->sections[i];
    return NULL;
}

static bool is_among(const char *const *keys, const char *key)
{
    while (*keys && strcmp(*keys, key) != 0)
        keys++;
    return *keys;
}

bool grammar_has_option(const struct grammar *grammar, const char *key)
{
    return is_among(grammar->options, key) ||
           (grammar->has_criteria && is_among(selector_keys(), key));
}

int grammar_refuse(const struct grammar *grammar, const char *key, bool is_option,
                   const struct source_location *at)
{
    const char *what = !grammar->options[0] ? "criterion"
                       : is_option          ? "option"
                                            : "option or section";
    struct suggest suggest = suggest_begin(key);
    for (size_t i = 0; grammar->options[i]; i++)
        suggest_offer(&suggest, grammar->options[i]);
    for (size_t i = 0; grammar->has_criteria && selector_keys()[i]; i++)
        suggest_offer(&suggest, selector_keys()[i]);
    for (size_t i = 0; grammar->sections[i]; i++)
        suggest_offer(&suggest, grammar->sections[i]->kind);
    return suggest_error(&suggest, what, at);
}
