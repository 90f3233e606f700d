/* A security context, whoever gave it, taken apart into what rules ask for.
 * Labels are shared and never change; equal contexts are one label. */
#ifndef MODEL_LABEL_H
#define MODEL_LABEL_H

#include <stddef.h>
#include <sys/types.h>

struct label {
    const char *provider; /* "selinux", "apparmor", ... */
    const char
        *text; /* the whole context as the kernel wrote it, without NUL or newline */
    const char *domain; /* SELinux: type; AppArmor: profile; others: the whole text */
    const char *user;   /* SELinux alone, else "" */
    const char *role;   /* SELinux alone, else "" */
    const char *level;  /* SELinux: the whole range with categories, else "" */
    const char *mode;   /* AppArmor: "enforce", "complain", ...; SELinux: "enforcing" or
                           "permissive" of the domain, not of the host; else "" */
};

/* Several modules may be stacked; the most that are kept for one process. */
#define LABEL_STACK_MAX 3

/* What the host's security modules say of themselves. */
struct label_host {
    const char *module; /* "selinux", "apparmor", ..., "none" */
    int enforcing;      /* 1, 0, or -1 = could not look; 0 with "none" */
};

/* How a collector gets at contexts without knowing any module: filled in by main. */
struct label_reader {
    void *ctx;
    /* Reads the contexts of the process whose /proc folder `proc_dirfd` is, by way of it.
     * At most LABEL_STACK_MAX go to ret_labels. Returns how many (0 = no module labels
     * processes here), or -EACCES/-EPERM (may not look), -ESRCH (it is gone), other
     * -errno (could not look). */
    int (*read)(void *ctx, int proc_dirfd,
                const struct label *ret_labels[LABEL_STACK_MAX]);
    /* Asks the modules anew. */
    struct label_host (*host)(void *ctx);
};

#endif
