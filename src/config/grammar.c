#include "config/grammar.h"

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
                "measure"},
    .sections = {&condition, &match, &except},
};
static const struct grammar security = {
    .kind = "security",
    .options = {"enforcing", "description", "severity", "recheck"},
};
static const struct grammar root = {
    .kind = "",
    .options = {"interval", "recheck", "include", "user", "max-instances",
                "interpreters"},
    .sections = {&group, &security},
};

const struct grammar *grammar_root(void)
{
    return &root;
}
