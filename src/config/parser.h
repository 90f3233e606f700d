/* A configuration file as sections and options, checked for syntax and known names.
 * After an error the reading goes on where the next statement begins, so that all errors
 * of a file are reported together. What the values mean is not known here. */
#ifndef CONFIG_PARSER_H
#define CONFIG_PARSER_H

#include "config/tree.h"

/* A file; the words of the tree point into both buffers. */
struct config_text {
    char *text;  /* as read, len bytes and a NUL */
    char *words; /* what the words mean */
    struct config_section root;
};

/* Takes `text` (malloc'ed, len bytes and a NUL) in any case. Errors go to `diag`. Returns
 * 0, whether there were errors or not, or -ENOMEM; free *ret_text in both cases. */
int parser_read(const char *file, char *text, size_t len, struct diag *diag,
                struct config_text *ret_text);
void parser_free(struct config_text *text);

#endif
