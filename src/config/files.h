/* All files of one configuration: the main one and what is included. */
#ifndef CONFIG_FILES_H
#define CONFIG_FILES_H

#include "config/tree.h"

struct diag;

struct files {
    struct {
        char *path;
        struct tree_section *root;
    } * list; /* a file before what it includes, included ones sorted */
    size_t n;
};

/* Returns 0, -ENOMEM, -EINVAL with entries in `diag`, or -errno where the main file can't
 * be read (in `diag` too). *ret_complete: there was no syntax error, so that what else is
 * wrong can be told of. `files` is to be freed in any case. */
int files_read(struct files *files, const char *path, struct diag *diag,
               bool *ret_complete);
void files_free(struct files *files);

#endif
