/* The security modules that label processes, one row each. */
#ifndef LABEL_PROVIDERS_H
#define LABEL_PROVIDERS_H

#include "model/label.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Parts of a context, inside its text. */
struct label_span {
    const char *at; /* NULL = it has none */
    size_t len;
};

struct label_parts {
    struct label_span domain, user, role, level, mode;
};

struct label_provider {
    const char *name;
    /* Does this module label the processes of this kernel? `fs_root` as in label.h. */
    bool (*probe)(const char *fs_root);
    /* Appends the context of the process whose /proc folder this is, without NUL or
     * newline at its end; nothing where it has none. Returns 0 or -errno. */
    int (*read)(int proc_dirfd, struct buf *out);
    /* Takes a context apart. */
    void (*split)(const char *text, size_t len, struct label_parts *ret_parts);
    /* NULL, or: the mode of a context whose text does not have it, "" where that can't be
     * told. A constant. */
    const char *(*mode)(const char *text);
    /* NULL, or: a number that is another one when `mode` may have another answer. */
    int (*generation)(void);
    /* What it says of the host: 1 = enforces, 0 = does not, -1 = could not look. */
    int (*host)(const char *fs_root);
};

extern const struct label_provider label_selinux;
extern const struct label_provider label_apparmor;
extern const struct label_provider label_smack;

/* Most contexts are below 100 bytes; 512 categories make 2,550. */
enum { LABEL_TEXT_MAX = 64 * 1024 };

#endif
