/* All files of one configuration: the main one and what is included.
 * Each is read and parsed once for each include of it; their number and depth are
 * limited. */
#ifndef CONFIG_FILES_H
#define CONFIG_FILES_H

#include "config/parser.h"

struct diag;

struct files {
    struct {
        char *path;
        struct config_text text;
    } * list; /* a file before what it includes, included ones sorted */
    size_t n;
};

/* Returns 0, where errors may have been added to `diag`, or -ENOMEM, or -errno where the
 * main file cannot be read (in `diag` too). `files` is to be freed in any case. */
int files_read(struct files *files, const char *path, struct diag *diag);
void files_free(struct files *files);

#endif
