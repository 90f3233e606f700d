#include "proc/name.h"

#include "base/text.h"
#include "proc/script.h"

#include <stdlib.h>
#include <string.h>

/* The kernel cuts comm at TASK_COMM_LEN - 1: a shorter one is whole. */
enum { COMM_CUT = 15, MAX_NESTING = 3 };

/* What has to be read, and why no more than this:
 * - comm is the base name of the file that was executed (begin_new_exec() in fs/exec.c),
 *   that of the script if the kernel ran it by "#!" or binfmt_misc, or a name that the
 *   program has set (prctl(PR_SET_NAME)). If it is shorter than 15 bytes and not the name
 *   of an interpreter, it is the name, and nothing else is read.
 * - comm is the name of an interpreter: it was called as "python3 script.py", or a script
 *   has the name of an interpreter. exe decides; if it is an interpreter, the arguments
 *   name the script. argv[0] is under the control of the process and is not used.
 * - comm has 15 bytes: the base name of exe, of the script or of argv[0] completes it if
 *   comm is its beginning. With that condition argv[0] cannot make up a name. */
struct program_names {
    char **patterns;
    size_t count;
};

struct program_names *program_names_create(const char *const *interpreters)
{
    if (!interpreters)
        interpreters = script_default_interpreters();
    size_t n = 0;
    while (interpreters[n])
        n++;
    struct program_names *names = calloc(1, sizeof(*names));
    if (!names)
        return NULL;
    names->patterns = calloc(n + 1, sizeof(*names->patterns));
    for (size_t i = 0; names->patterns && i < n; i++) {
        names->patterns[i] = text_copy(interpreters[i], strlen(interpreters[i]));
        if (!names->patterns[i])
            break;
        names->count++;
    }
    if (!names->patterns || names->count < n) {
        program_names_destroy(names);
        return NULL;
    }
    return names;
}

void program_names_destroy(struct program_names *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < names->count; i++)
        free(names->patterns[i]);
    free(names->patterns);
    free(names);
}

bool program_names_equal(const struct program_names *names,
                         const char *const *interpreters)
{
    if (!interpreters)
        interpreters = script_default_interpreters();
    size_t i = 0;
    while (i < names->count && interpreters[i] &&
           strcmp(names->patterns[i], interpreters[i]) == 0)
        i++;
    return i == names->count && !interpreters[i];
}

static bool is_interpreter(const struct program_names *names, const char *base)
{
    for (size_t i = 0; i < names->count; i++)
        if (text_matches_glob(names->patterns[i], base))
            return true;
    return false;
}

bool name_needs_more(const struct program_names *names, const char *comm)
{
    return strlen(comm) == COMM_CUT || is_interpreter(names, comm);
}

/* A name that is too long becomes "": it is not cut, because a pattern may match its end.
 */
static void set_name(char *ret_name, const char *text, size_t len)
{
    size_t n = len < NAME_SIZE ? len : 0;
    memcpy(ret_name, text, n);
    ret_name[n] = '\0';
}

/* Whether comm is this name as the kernel cuts it. */
static bool restores(const char *comm, const char *name)
{
    return strlen(comm) == COMM_CUT && strncmp(name, comm, COMM_CUT) == 0;
}

/* The name in argv[0]: a path, "-shell" of a login, or a title such as
 * "name: worker process /etc/x", which ends at ": " or at a blank after the end of comm.
 */
static bool restore_from_argv0(const char *comm, const char *argv0, char *ret_name)
{
    const char *whole = argv0 + (*argv0 == '-');
    size_t head_len = strcspn(whole, " ");
    const char *head = whole;
    for (size_t i = 0; i < head_len; i++)
        if (whole[i] == '/')
            head = whole + i + 1;
    const char *base = text_basename(whole);
    if (!restores(comm, base))
        base = head;
    if (!restores(comm, base))
        return false;
    size_t len = COMM_CUT + strcspn(base + COMM_CUT, " ");
    if (base[len] == ' ' && len > COMM_CUT && base[len - 1] == ':')
        len--;
    set_name(ret_name, base, len);
    return true;
}

/* The name of the script; if that is an interpreter (an emulated program), of its script,
 * and so on. */
static bool find_script(const struct program_names *names, const char *program,
                        const struct name_clues *c, char *ret_name)
{
    const char *vector = c->cmdline;
    size_t len = c->cmdline_len;
    struct script script;
    bool found = false;
    for (int i = 0; i < MAX_NESTING && script_find(program, vector, len, &script); i++) {
        const char *name = script.is_module ? script.text : text_basename(script.text);
        if (*name == '\0')
            break;
        found = true;
        set_name(ret_name, name, strlen(name));
        if (script.is_module || !is_interpreter(names, name))
            break;
        program = name;
        vector = script.rest;
        len = script.rest_len;
    }
    return found;
}

/* The interpreter that runs here, NULL = none. `exe` is a base name, "" = unknown. */
static const char *find_interpreter(const struct program_names *names, const char *comm,
                                    const char *exe)
{
    bool named = is_interpreter(names, comm);
    if (*exe == '\0')
        return named ? comm : NULL;
    return (named || restores(comm, exe)) && is_interpreter(names, exe) ? exe : NULL;
}

/* The whole name of which comm is the beginning. */
static bool restore(const struct program_names *names, const struct name_clues *c,
                    const char *exe, char *ret_name)
{
    if (restores(c->comm, exe)) {
        set_name(ret_name, exe, strlen(exe));
        return true;
    }
    if (!c->cmdline || c->cmdline_len == 0)
        return false;
    char script[NAME_SIZE];
    const char *program = *exe != '\0' ? exe : text_basename(c->cmdline);
    if (is_interpreter(names, program) && find_script(names, program, c, script) &&
        restores(c->comm, script)) {
        set_name(ret_name, script, strlen(script));
        return true;
    }
    return restore_from_argv0(c->comm, c->cmdline, ret_name);
}

static bool find_name(const struct program_names *names, const struct name_clues *c,
                      char ret_name[NAME_SIZE])
{
    const char *exe = c->path ? text_basename(c->path) : "";
    set_name(ret_name, c->comm, strlen(c->comm));
    if (!name_needs_more(names, c->comm))
        return true;
    const char *interpreter = find_interpreter(names, c->comm, exe);
    if (interpreter) {
        bool found = c->cmdline && find_script(names, interpreter, c, ret_name);
        if (!found)
            restore(names, c, exe, ret_name);
        return c->cmdline;
    }
    if (strlen(c->comm) < COMM_CUT)
        return true; /* has the name of an interpreter, but exe is another program */
    return restore(names, c, exe, ret_name) || c->cmdline;
}

bool name_find(const struct program_names *names, const struct name_clues *c,
               char ret_name[NAME_SIZE])
{
    return find_name(names, c, ret_name) && (*ret_name != '\0' || *c->comm == '\0');
}
