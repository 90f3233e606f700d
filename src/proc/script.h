/* What an interpreter was asked to run: the script among its arguments, found past the
 * options as each family of interpreters writes them. Pure. */
#ifndef PROC_SCRIPT_H
#define PROC_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct script {
    const char *text; /* in the vector: a path, or a module's name */
    size_t len;
    bool is_module;   /* python -m: no path */
    const char *rest; /* the vector from the script on */
    size_t rest_len;
};

/* `program` is the interpreter's base name, `vector` its NUL-separated arguments with
 * argv[0]. False where it runs no file: interactive, code from an option or stdin. */
bool script_find(const char *program, const char *vector, size_t len,
                 struct script *ret_script);
/* The built-in list of interpreters: globs, NULL-terminated. */
const char *const *script_default_interpreters(void);

#endif
