#include "config/tree.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct config_key *find_key(const struct config_section *section, const char *key)
{
    for (size_t i = 0; i < section->n_keys; i++)
        if (strcmp(section->keys[i].key, key) == 0)
            return &section->keys[i];
    return NULL;
}

struct config_option *tree_find_option(const struct config_section *section,
                                       const char *key)
{
    const struct config_key *found = find_key(section, key);
    return found ? &section->options[found->option] : NULL;
}

/* The next option that is appended has this key. */
static int note_key(struct config_section *section, const char *key)
{
    struct config_key *found = find_key(section, key);
    if (!found) {
        struct config_key *keys =
            array_grow(section->keys, section->n_keys, sizeof(*keys));
        if (!keys)
            return -ENOMEM;
        section->keys = keys;
        found = &keys[section->n_keys++];
        found->key = key;
    }
    found->option = section->n_options;
    return 0;
}

/* Owns the values of `read` after success. */
static int append_option(struct config_section *section, const struct config_option *read)
{
    struct config_option *options =
        array_grow(section->options, section->n_options, sizeof(*options));
    if (!options)
        return -ENOMEM;
    section->options = options;
    int r = note_key(section, read->key.text);
    if (r == 0)
        options[section->n_options++] = *read;
    return r;
}

int tree_add_value(struct config_option *option, const struct source_word *word)
{
    struct source_word *values =
        array_grow(option->values, option->n_values, sizeof(*values));
    if (!values)
        return -ENOMEM;
    option->values = values;
    values[option->n_values++] = *word;
    return 0;
}

int tree_add_option(struct config_section *section, struct config_option *read,
                    bool appends)
{
    struct config_option *there = tree_find_option(section, read->key.text);
    int r = 0;
    read->again = there;
    if (!there || (!appends && there->n_values > 0)) {
        r = append_option(section, read);
        if (r == 0)
            *read = (struct config_option){0};
        return r;
    }
    for (size_t i = 0; i < read->n_values && r == 0; i++)
        r = tree_add_value(there, &read->values[i]);
    return r;
}

void tree_free_section(struct config_section *section)
{
    for (size_t i = 0; i < section->n_options; i++)
        free(section->options[i].values);
    for (size_t i = 0; i < section->n_sections; i++)
        tree_free_section(&section->sections[i]);
    free(section->options);
    free(section->keys);
    free(section->sections);
}

int tree_add_section(struct config_section *to, const struct config_section *section)
{
    struct config_section *sections =
        array_grow(to->sections, to->n_sections, sizeof(*sections));
    if (!sections)
        return -ENOMEM;
    to->sections = sections;
    sections[to->n_sections++] = *section;
    return 0;
}
