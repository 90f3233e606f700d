/* A program's name as a person knows it (criterion `name`). Pure. */
#ifndef PROC_NAME_H
#define PROC_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct program_names; /* the list of interpreters */

/* `interpreters` (globs, NULL-terminated; NULL = the built-in list) are copied.
 * NULL when memory is short. */
struct program_names *program_names_create(const char *const *interpreters);
void program_names_destroy(struct program_names *names);
/* Whether `names` was made of the same list. */
bool program_names_equal(const struct program_names *names,
                         const char *const *interpreters);

/* Can comm alone not tell the name? Then exe and the arguments are worth reading. */
bool name_needs_more(const struct program_names *names, const char *comm);

struct name_clues {
    const char *comm;
    const char *path;    /* the executable; NULL = not known */
    const char *cmdline; /* NUL-terminated besides its length; NULL = not known */
    size_t cmdline_len;
};

#define NAME_SIZE 256 /* NAME_MAX and a NUL */

/* The name; comm where nothing better is to be had. Returns false where it could not be
 * found for want of clues: the answer may be wrong then. */
bool name_find(const struct program_names *names, const struct name_clues *clues,
               char ret_name[NAME_SIZE]);

#endif
