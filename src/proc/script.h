/* The script that an interpreter runs: the first argument behind the options, which each
 * family of interpreters writes in its own way. Pure. */
#ifndef PROC_SCRIPT_H
#define PROC_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct script {
    const char *text; /* in the vector: a path, or the name of a module */
    bool is_module;   /* python -m */
    const char *rest; /* the vector from the script on */
    size_t rest_len;
};

/* `program` is the base name of the interpreter, `vector` its NUL-separated arguments
 * from argv[0] on. False if it runs no file: interactive, code from an option or stdin.
 */
bool script_find(const char *program, const char *vector, size_t len,
                 struct script *ret_script);
/* The built-in list of interpreters: globs, NULL-terminated. */
const char *const *script_default_interpreters(void);

#endif
