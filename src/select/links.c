#include "select/links.h"

#include "base/cleanup.h"
#include "base/source_location.h"
#include "select/possible.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_path(const char *key, const char *value)
{
    bool takes_paths = strcmp(key, "path") == 0 || strcmp(key, "parent") == 0 ||
                       strcmp(key, "ancestor") == 0;
    return takes_paths && value[0] == '/' && !strchr(value, '*');
}

static int add_target(struct selector *selector, const char *key,
                      const struct source_word *path, const struct source_location *at)
{
    const struct source_location here = word_location(at, path);
    errno = 0;
    CLEANUP_FREE char *target = realpath(path->text, NULL);
    const struct source_word value = {target, path->position};
    if (!target)
        return errno == ENOMEM ? -ENOMEM : possible_path_form(path->text, &here);
    if (strcmp(target, path->text) == 0)
        return 0;
    return selector_add(selector, key, &value, 1, at);
}

int links_add(struct selector *selector, const char *key,
              const struct source_word *values, size_t n,
              const struct source_location *at)
{
    int r = selector_add(selector, key, values, n, at);
    for (size_t i = 0; i < n && r == 0; i++)
        if (is_path(key, values[i].text))
            r = add_target(selector, key, &values[i], at);
    return r;
}
