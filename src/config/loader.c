/* What the readers of sections share: where a word stands, and which setter takes it. */
#include "config/internal.h"

#include <errno.h>
#include <string.h>

void loader_note(struct loader *loader, int r)
{
    if (r == -ENOMEM || (r < 0 && loader->result == 0))
        loader->result = r;
}

struct source_location loader_location(const struct loader *loader,
                                       const struct source_word *word)
{
    return word_location(loader, word);
}

bool loader_refuses_again(struct loader *loader, const struct config_option *option)
{
    const struct source_location at = loader_location(loader, &option->key);
    if (option->again)
        loader_note(loader, location_error(&at, option->key.text,
                                           "this option is given twice (use a list)"));
    return option->again;
}

int loader_set(struct loader *loader, const struct setter *setters, void *target,
               const struct config_option *option)
{
    const struct source_location at =
        loader_location(loader, option->n_values > 0 ? option->values : &option->key);
    for (; setters->key; setters++) {
        if (strcmp(setters->key, option->key.text) == 0) {
            int r = setters->set(target, option, &at);
            loader_note(loader, r);
            return r;
        }
    }
    return -ENOENT;
}
