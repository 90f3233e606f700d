/* Criteria: created, filled with values, compared, destroyed. */
#include "select/criteria.h"

#include "base/source_location.h"
#include "base/text.h"
#include "select/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct criterion *criterion_create(const struct criterion_info *info,
                                   struct id_names *names)
{
    struct criterion *c = calloc(1, sizeof(*c));
    if (c) {
        c->info = info;
        c->names = names;
        c->attributes = info->attributes;
    }
    return c;
}

static void free_value(struct criterion_value *value)
{
    regex_destroy(value->regex);
    free(value->inside);
    free(value->word);
}

void criterion_destroy(struct criterion *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_values; i++)
        free_value(&c->values[i]);
    free(c->values);
    ids_free(&c->ids);
    free(c);
}

static int add_value(struct criterion *c, const char *word,
                     const struct source_location *at)
{
    struct criterion_value value = {.position = at->position};
    if (word[0] == '\0')
        return location_error(at, c->info->key, "empty value");
    struct criterion_value *values =
        reallocarray(c->values, c->n_values + 1, sizeof(*values));
    if (!values)
        return -ENOMEM;
    c->values = values;
    value.word = text_copy(word, strlen(word));
    if (!value.word)
        return -ENOMEM;
    value.text = value.word;
    int r = c->info->parse ? c->info->parse(c, &value, at) : 0;
    if (r < 0) {
        free_value(&value);
        return r;
    }
    value.prefix = strcspn(value.text, "*?[");
    c->kernel = c->kernel || value.kernel;
    c->values[c->n_values++] = value;
    return 0;
}

int criterion_add(struct criterion *c, const struct source_word *words, size_t n,
                  const struct source_location *at)
{
    int result = 0;
    if (n == 0)
        return location_error(at, c->info->key, "no value");
    for (size_t i = 0; i < n && result != -ENOMEM; i++) {
        const struct source_location here = word_location(at, &words[i]);
        int r = add_value(c, words[i].text, &here);
        if (r < 0)
            result = r;
    }
    ids_finish(&c->ids);
    return result;
}

static bool has_word(const struct criterion *c, const char *word)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (strcmp(c->values[i].word, word) == 0)
            return true;
    }
    return false;
}

bool criterion_equal(const struct criterion *a, const struct criterion *b)
{
    if (a->info != b->info || a->n_values != b->n_values || !ids_equal(&a->ids, &b->ids))
        return false;
    for (size_t i = 0; i < a->n_values; i++) {
        if (!has_word(b, a->values[i].word) || !has_word(a, b->values[i].word))
            return false;
    }
    return true;
}

bool criterion_has_attributes(const struct criterion *c, const struct process *process)
{
    return (process->have & c->attributes) == c->attributes;
}
