#include "config/files.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/source_location.h"
#include "base/text.h"
#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX  ((size_t)16 << 20)
#define DEPTH_MAX 8

/* The files that are being read, the innermost first: none may include itself. */
struct chain {
    const char *path;
    dev_t dev;
    ino_t ino;
    unsigned depth;
    const struct chain *up;
};

struct reader {
    struct files *files;
    struct diag *diag;
    int result; /* the first failure that does not end the reading */
};

static int read_file(struct reader *reader, const char *path, const struct chain *up,
                     const struct source_location *from);

void files_free(struct files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->list[i].path);
        tree_destroy(files->list[i].root);
    }
    free(files->list);
    *files = (struct files){0};
}

/* Owns `root` after success. */
static int keep_file(struct files *files, const char *path, struct tree_section *root)
{
    void *list = reallocarray(files->list, files->n + 1, sizeof(files->list[0]));
    if (list == NULL)
        return -ENOMEM;
    files->list = list;
    files->list[files->n].path = text_copy(path, strlen(path));
    if (files->list[files->n].path == NULL)
        return -ENOMEM;
    files->list[files->n++].root = root;
    return 0;
}

static bool is_in_chain(const struct chain *chain, const struct stat *st)
{
    for (; chain != NULL; chain = chain->up) {
        if (chain->dev == st->st_dev && chain->ino == st->st_ino)
            return true;
    }
    return false;
}

/* The pattern as seen from the folder of the file that it stands in. NULL = no memory. */
static char *resolve(const char *pattern, const char *including)
{
    struct buf path = {0};
    if (pattern[0] != '/') {
        size_t folder = (size_t)(text_basename(including) - including);
        buf_append(&path, including, folder);
    }
    buf_append_text(&path, pattern);
    return buf_take(&path);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int include_all(struct reader *reader, glob_t *found, const struct chain *chain,
                       const struct source_location *at)
{
    int r = 0;
    /* glob(3) sorts by the locale. */
    qsort(found->gl_pathv, found->gl_pathc, sizeof(char *), compare_paths);
    for (size_t i = 0; i < found->gl_pathc && r == 0; i++)
        r = read_file(reader, found->gl_pathv[i], chain, at);
    return r;
}

/* A folder that is not there is an empty one. */
static int on_glob_error(const char *path, int error)
{
    (void)path;
    return error != ENOENT && error != ENOTDIR;
}

static int include_glob(struct reader *reader, const char *pattern,
                        const struct chain *chain, const struct source_location *at)
{
    glob_t found = {0};
    int r = glob(pattern, GLOB_NOSORT, on_glob_error, &found);
    if (r == 0) {
        r = include_all(reader, &found, chain, at);
    } else if (r == GLOB_NOMATCH) {
        r = 0;
    } else if (r == GLOB_NOSPACE) {
        r = -ENOMEM;
    } else {
        reader->result = location_error(at, pattern, "can't list: %s", strerror(errno));
        r = 0;
    }
    globfree(&found);
    return r;
}

static int include(struct reader *reader, const char *pattern, const struct chain *chain,
                   const struct source_location *at)
{
    if (pattern[0] == '\0') {
        reader->result = location_error(at, "include", "empty value");
        return 0;
    }
    CLEANUP_FREE char *path = resolve(pattern, chain->path);
    if (path == NULL)
        return -ENOMEM;
    if (text_is_glob(pattern))
        return include_glob(reader, path, chain, at);
    return read_file(reader, path, chain, at);
}

static int include_from(struct reader *reader, const struct tree_section *root,
                        const struct chain *chain)
{
    int r = 0;
    for (size_t i = 0; i < root->n_options; i++) {
        const struct tree_option *option = &root->options[i];
        if (strcmp(option->key, "include") != 0)
            continue;
        const struct source_location at = {chain->path, option->line, reader->diag};
        for (size_t k = 0; k < option->n_values && r == 0; k++)
            r = include(reader, option->values[k], chain, &at);
    }
    return r;
}

/* What is wrong with the file as a file; told where it is included. */
static int check_file(const char *path, const struct chain *up,
                      const struct source_location *from, struct stat *ret_st)
{
    if (stat(path, ret_st) < 0) {
        int error = errno;
        (void)location_error(from, up != NULL ? path : "", "can't be read: %s",
                             strerror(error));
        return -error;
    }
    if (is_in_chain(up, ret_st))
        return location_error(from, path, "a file includes itself");
    if (up != NULL && up->depth >= DEPTH_MAX)
        return location_error(
            from, path, "files include each other too deeply (%d levels)", DEPTH_MAX);
    return 0;
}

static int load_text(const char *path, const struct chain *up,
                     const struct source_location *from, struct buf *out)
{
    int r = file_read_named(path, FILE_MAX, out);
    if (r < 0 && r != -ENOMEM)
        (void)location_error(from, up != NULL ? path : "", "can't be read: %s",
                             strerror(-r));
    return r;
}

static int parse_file(struct reader *reader, const char *path, struct buf *text)
{
    struct tree_section *root = NULL;
    char *data = text->len > 0 ? text->data : NULL;
    int r = data != NULL ? source_clean(data, text->len, path, reader->diag) : 0;
    if (r == 0)
        r = tree_parse(path, data, text->len, reader->diag, &root);
    if (r == 0)
        r = keep_file(reader->files, path, root);
    if (r < 0)
        tree_destroy(root);
    return r;
}

/* Not to find or read an included file is told with all else; a syntax error ends it. */
static int read_file(struct reader *reader, const char *path, const struct chain *up,
                     const struct source_location *from)
{
    CLEANUP_BUF struct buf text = {0};
    struct stat st;
    int r = check_file(path, up, from, &st);
    if (r == 0)
        r = load_text(path, up, from, &text);
    if (r < 0 && r != -ENOMEM && up != NULL) {
        reader->result = -EINVAL;
        return 0;
    }
    if (r == 0)
        r = parse_file(reader, path, &text);
    if (r < 0)
        return r;
    const struct chain chain = {path, st.st_dev, st.st_ino,
                                up != NULL ? up->depth + 1 : 1, up};
    return include_from(reader, reader->files->list[reader->files->n - 1].root, &chain);
}

int files_read(struct files *files, const char *path, struct diag *diag,
               bool *ret_complete)
{
    struct reader reader = {files, diag, 0};
    const struct source_location at = {path, 0, diag};
    int r = read_file(&reader, path, NULL, &at);
    *ret_complete = r == 0;
    return r < 0 ? r : reader.result;
}
