#include "agent/daemon/state_file.h"

#include "agent/daemon/lock_file.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/log.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define STATE_MAX ((size_t)64 << 20)

static void make_folder(const char *path)
{
    CLEANUP_FREE char *folder = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (!slash || slash == folder)
        return;
    *slash = '\0';
    (void)mkdir(folder, 0755); /* an error shows when the lock is opened */
}

/* -EINVAL for a folder or a device (/dev/null): replacing it would remove it. */
static int check_type(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) ? -EINVAL : 0;
}

int state_file_lock(const char *path, struct log *log)
{
    CLEANUP_FREE char *name = NULL;
    int r = check_type(path);
    if (r < 0) {
        log_err(log, "%s: not a regular file", path);
        return r;
    }
    if (asprintf(&name, "%s.lock", path) < 0) {
        name = NULL;
        return -ENOMEM;
    }
    make_folder(path);
    return lock_file_take(name, "state file", log);
}

static void move_damaged(const char *path, const struct diag *diag, struct log *log,
                         struct moment now)
{
    CLEANUP_FREE char *aside = NULL;
    CLEANUP_BUF struct buf why = {0};
    diag_format(diag, 0, &why);
    int r = file_set_aside(path, now.wall_ms, &aside);
    if (r == 0)
        log_err(log, "%s; renamed to %s, rows get new indexes", buf_text(&why), aside);
    else
        log_err(log, "%s; cannot rename the file: %s", buf_text(&why), strerror(-r));
}

int state_file_load(const char *path, struct state_store *store, struct log *log,
                    struct moment now)
{
    CLEANUP_BUF struct buf text = {0};
    int r = check_type(path);
    if (r < 0)
        return r;
    file_sweep(path);
    r = file_read_named(path, STATE_MAX, &text);
    if (r == -ENOENT)
        return 0;
    if (r < 0 && r != -EFBIG)
        return r;
    struct diag *diag = diag_create();
    if (!diag)
        return -ENOMEM;
    r = state_parse(store, buf_text(&text), text.len, path, diag);
    if (r == -EINVAL) {
        move_damaged(path, diag, log, now);
        r = 0;
    }
    diag_destroy(diag);
    return r;
}

int state_file_format(struct state_store *store, bool final, struct buf *out)
{
    int r = state_format(store, final, out);
    return r == 0 && out->len > STATE_MAX ? -EFBIG : r;
}

int state_file_save(const char *path, struct state_store *store, int final)
{
    CLEANUP_BUF struct buf text = {0};
    int r = state_file_format(store, final, &text);
    if (r == 0)
        r = file_replace(path, text.data, text.len, 0644);
    if (r < 0)
        state_set_dirty(store); /* to be tried again */
    return r;
}
