/* The configuration while it is read: for src/config/config*.c alone. */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include "base/source_location.h"
#include "config/tree.h"
#include "model/group.h"

/* What a setter needs; `target` is the rules, the group or the condition. */
struct loader {
    struct rules *rules;
    const char *file;
    struct diag *diag;
    int result; /* the first failure */
};

struct setter {
    const char *key;
    int (*set)(void *target, const struct config_option *option,
               const struct source_location *at);
};

/* Keeps the first failure of several; -ENOMEM overrides. */
void loader_note(struct loader *loader, int r);
/* Of a word in the file that is being read. */
struct source_location loader_location(const struct loader *loader,
                                       const struct source_word *word);
/* Reports a key that the section has already; returns whether it has. */
bool loader_refuses_again(struct loader *loader, const struct config_option *option);
/* Calls the option's setter from a table that ends with {NULL, NULL}; `at` is its first
 * value, or its key where it has none. Returns what the setter returned, or -ENOENT where
 * there is none. */
int loader_set(struct loader *loader, const struct setter *setters, void *target,
               const struct config_option *option);

/* Add a group to the rules; errors go to the loader's diag. */
void config_read_group(struct loader *loader, const struct config_section *section);
void config_read_security(struct loader *loader, const struct config_section *section);
/* Defaults of a group for its conditions. */
struct condition_defaults {
    enum severity severity;
    int64_t recheck_ms;
    int64_t min_age_ms;
    char recheck_unit, min_age_unit;
};
void config_read_condition(struct loader *loader, struct group *group,
                           const struct condition_defaults *defaults,
                           const struct config_section *section);

#endif
