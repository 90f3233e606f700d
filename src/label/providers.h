/* The interface of a security module that labels processes. */
#ifndef LABEL_PROVIDERS_H
#define LABEL_PROVIDERS_H

#include "model/label.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Parts of a context, inside its text. */
struct label_span {
    const char *at; /* NULL = none */
    size_t len;
};

struct label_parts {
    struct label_span domain, user, role, level, mode;
};

struct label_provider {
    const char *name;
    /* Whether the module is on in this kernel. `fs_root` as in label.h. */
    bool (*probe)(const char *fs_root);
    /* Appends the context of the process with the folder `proc_dirfd`, without NUL or
     * newline at its end; nothing if it has none. Returns 0 or -errno. */
    int (*read)(int proc_dirfd, struct buf *out);
    /* Finds the parts of a context. */
    void (*split)(const char *text, size_t len, struct label_parts *ret_parts);
    /* NULL, or the mode of a context whose text does not have it: a constant, "" if it is
     * unknown. */
    const char *(*mode)(const char *text);
    /* NULL, or a number that changes when `mode` may change; -1 if it cannot be read. */
    int (*generation)(void);
    /* The state of the host: 1 = enforcing, 0 = not, -1 = could not be read. */
    int (*host)(const char *fs_root);
};

extern const struct label_provider label_selinux;
extern const struct label_provider label_apparmor;
extern const struct label_provider label_smack;

/* Most contexts are below 100 bytes; 512 categories make 2,550. */
enum { LABEL_TEXT_MAX = 64 * 1024 };

#endif
