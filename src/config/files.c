#include "config/files.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/source_location.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX  ((size_t)16 << 20)
#define DEPTH_MAX 8
#define FILES_MAX 10000

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
    bool is_stopped; /* a limit was reported: a few files may include each other without
                        end, and more of them would only repeat the error */
};

static int read_file(struct reader *reader, const char *path, const struct chain *up,
                     const struct source_location *from);

void files_free(struct files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->list[i].path);
        parser_free(&files->list[i].text);
    }
    free(files->list);
    *files = (struct files){0};
}

static bool is_in_chain(const struct chain *chain, const struct stat *st)
{
    for (; chain; chain = chain->up) {
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
    int r = glob(pattern, GLOB_NOSORT | GLOB_NOESCAPE, on_glob_error, &found);
    if (r == 0) {
        r = include_all(reader, &found, chain, at);
    } else if (r == GLOB_NOMATCH) {
        r = 0;
    } else if (r == GLOB_NOSPACE) {
        r = -ENOMEM;
    } else {
        (void)location_error(at, pattern, "cannot list the files: %s", strerror(errno));
        r = 0;
    }
    globfree(&found);
    return r;
}

static int include(struct reader *reader, const char *pattern, const struct chain *chain,
                   const struct source_location *at)
{
    if (pattern[0] == '\0') {
        (void)location_error(at, "include", "empty value");
        return 0;
    }
    CLEANUP_FREE char *path = resolve(pattern, chain->path);
    if (!path)
        return -ENOMEM;
    /* A file with exactly this name is used, and not those that match it as a pattern. */
    if (text_is_glob(pattern) && access(path, F_OK) < 0)
        return include_glob(reader, path, chain, at);
    return read_file(reader, path, chain, at);
}

static int include_from(struct reader *reader, const struct config_section *root,
                        const struct chain *chain)
{
    int r = 0;
    for (size_t i = 0; i < root->n_options; i++) {
        const struct config_option *option = &root->options[i];
        if (strcmp(option->key.text, "include") != 0)
            continue;
        for (size_t k = 0; k < option->n_values && r == 0; k++) {
            const struct source_location at = {chain->path, option->values[k].position,
                                               reader->diag};
            r = include(reader, option->values[k].text, chain, &at);
        }
    }
    return r;
}

/* What is wrong with the file as a file; reported where it is included. */
static int check_file(struct reader *reader, const char *path, const struct chain *up,
                      const struct source_location *from, struct stat *ret_st)
{
    if (stat(path, ret_st) < 0) {
        int error = errno;
        (void)location_error(from, up ? path : "", "cannot read: %s", strerror(error));
        return -error;
    }
    if (is_in_chain(up, ret_st))
        return location_error(from, path, "the file includes itself");
    if (!up || up->depth < DEPTH_MAX)
        return 0;
    reader->is_stopped = true;
    return location_error(from, path, "included too deeply (more than %d levels)",
                          DEPTH_MAX);
}

static int load_text(const char *path, const struct chain *up,
                     const struct source_location *from, struct buf *out)
{
    int r = file_read_named(path, FILE_MAX, out);
    if (r < 0 && r != -ENOMEM)
        (void)location_error(from, up ? path : "", "cannot read: %s", strerror(-r));
    return r;
}

static int parse_file(struct reader *reader, const char *path, struct buf *text)
{
    struct files *files = reader->files;
    void *list = array_grow(files->list, files->n, sizeof(files->list[0]));
    if (!list)
        return -ENOMEM;
    files->list = list;
    size_t len = text->len;
    char *copy = text_copy(path, strlen(path));
    char *data = buf_take(text);
    if (!copy || !data) {
        free(copy);
        free(data);
        return -ENOMEM;
    }
    files->list[files->n].path = copy;
    return parser_read(copy, data, len, reader->diag, &files->list[files->n++].text);
}

/* That an included file cannot be read is reported with all other errors. */
static int read_file(struct reader *reader, const char *path, const struct chain *up,
                     const struct source_location *from)
{
    CLEANUP_BUF struct buf text = {0};
    struct stat st;
    if (!reader->is_stopped && reader->files->n >= FILES_MAX) {
        reader->is_stopped = true;
        (void)location_error(from, "", "more than %d files are included", FILES_MAX);
    }
    if (reader->is_stopped)
        return 0;
    int r = check_file(reader, path, up, from, &st);
    if (r == 0)
        r = load_text(path, up, from, &text);
    if (r < 0 && r != -ENOMEM && up)
        return 0;
    if (r == 0)
        r = parse_file(reader, path, &text);
    if (r < 0)
        return r;
    /* The list may move while other files are read; the tree does not. */
    const struct config_section root =
        reader->files->list[reader->files->n - 1].text.root;
    const struct chain chain = {path, st.st_dev, st.st_ino, up ? up->depth + 1 : 1, up};
    return include_from(reader, &root, &chain);
}

int files_read(struct files *files, const char *path, struct diag *diag)
{
    struct reader reader = {files, diag, false};
    const struct source_location at = {.file = path, .diag = diag};
    return read_file(&reader, path, NULL, &at);
}
