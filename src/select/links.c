#include "select/links.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "select/selector.h"

#include <stdlib.h>
#include <string.h>

int links_add_targets(struct selector *selector, const char *const *paths, size_t n,
                      const char *file, unsigned line, struct diag *diag)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        CLEANUP_FREE char *target =
            text_is_glob(paths[i]) ? NULL : realpath(paths[i], NULL);
        const char *const values[] = {target};
        if (target != NULL && strcmp(target, paths[i]) != 0)
            r = selector_add(selector, "path", values, 1, file, line, diag);
    }
    return r;
}
