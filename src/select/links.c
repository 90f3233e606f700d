#include "select/links.h"

#include "base/cleanup.h"
#include "base/source_location.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int links_add_targets(struct selector *selector, const struct source_word *paths,
                      size_t n, const struct source_location *at)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        const char *path = paths[i].text;
        errno = 0;
        CLEANUP_FREE char *target = strchr(path, '*') ? NULL : realpath(path, NULL);
        if (!target && errno == ENOMEM)
            return -ENOMEM;
        const struct source_word value = {target, paths[i].position};
        if (target && strcmp(target, path) != 0)
            r = selector_add(selector, "path", &value, 1, at);
    }
    return r;
}
