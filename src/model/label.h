/* A security context of any security module, split into the parts that rules match.
 * Labels are shared and never change; equal contexts are one label. */
#ifndef MODEL_LABEL_H
#define MODEL_LABEL_H

#include <stddef.h>
#include <sys/types.h>

struct buf;

struct label {
    const char *provider; /* "selinux", "apparmor", ... */
    const char *text;     /* the context as the kernel gives it, without NUL or newline */
    const char *domain;   /* SELinux: type; AppArmor: profile; others: the whole text */
    const char *user;     /* SELinux only, else "" */
    const char *role;     /* SELinux only, else "" */
    const char *level;    /* SELinux: the whole range with categories, else "" */
    const char *mode;     /* AppArmor: "enforce", "complain", ...; SELinux: "enforcing" or
                             "permissive" of the domain, not of the host; else "" */
};

/* Contexts of one process that are kept: several modules may be stacked. */
#define LABEL_STACK_MAX 3

/* State of the security modules of the host. */
struct label_host {
    const char *module; /* "selinux", "apparmor", ..., "none" */
    int enforcing;      /* 1, 0, or -1 = could not be read; 0 with "none" */
};

/* The part of reading that may wait for the process, for any thread: it uses nothing but
 * its arguments. */
struct label_fetch {
    unsigned modules; /* a bit for each; 0 = none labels processes here */
    /* Appends the contexts for take(). Errors as of read(). NULL: only read(). */
    int (*run)(unsigned modules, int proc_dirfd, struct buf *out);
};

/* How a source reads contexts without knowing any module: filled in by main. */
struct label_reader {
    void *ctx;
    /* Reads the contexts of the process with the folder `proc_dirfd` (/proc/PID), at most
     * LABEL_STACK_MAX. Returns how many (0 = no module labels processes here), or -EACCES
     * or -EPERM (permission denied), -ESRCH (the process has ended), other -errno. */
    int (*read)(void *ctx, int proc_dirfd,
                const struct label *ret_labels[LABEL_STACK_MAX]);
    /* Reads the state of the modules now. */
    struct label_host (*host)(void *ctx);
    struct label_fetch fetch;
    /* Returns as read() does, from what fetch.run() has appended. */
    int (*take)(void *ctx, const char *data, size_t len,
                const struct label *ret_labels[LABEL_STACK_MAX]);
};

#endif
