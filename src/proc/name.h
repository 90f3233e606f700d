/* The name of a program as people know it (criterion `name`). Pure. */
#ifndef PROC_NAME_H
#define PROC_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct program_names; /* the list of interpreters */

/* Copies `interpreters` (globs, NULL-terminated; NULL = the built-in list). Returns NULL
 * without memory. */
struct program_names *program_names_create(const char *const *interpreters);
void program_names_destroy(struct program_names *names);
/* Whether `names` was made of the same list. */
bool program_names_equal(const struct program_names *names,
                         const char *const *interpreters);

/* Whether exe and arguments have to be read, because comm may not be the name. */
bool name_needs_more(const struct program_names *names, const char *comm);

struct name_clues {
    const char *comm;
    const char *path;    /* the executable; NULL = unknown */
    const char *cmdline; /* with a NUL behind cmdline_len bytes; NULL = unknown */
    size_t cmdline_len;
};

#define NAME_SIZE 256 /* NAME_MAX and a NUL */

/* The name; comm if there is no better one. Returns false if an unknown clue would be
 * needed, or the name is too long: it may be wrong then. */
bool name_find(const struct program_names *names, const struct name_clues *clues,
               char ret_name[NAME_SIZE]);

#endif
