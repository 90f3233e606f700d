#include "agent/daemon/local_view.h"

#include "agent/daemon/run_folder.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "table/table.h"
#include "table/table_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_TABLE ".table.new"
/* A reader puts each change of rows into the whole image, which takes as long as copying
 * it. */
#define CHANGES_MAX 64
#define SLACK       ((size_t)256 << 10) /* of the file, over twice its whole image */

struct local_view {
    struct run_folder folder;
    struct log *log;
    int fd;           /* of the file, -1 = a new one is to be made */
    size_t whole_len; /* of its whole image */
    size_t len;       /* of the file */
    unsigned changes; /* images with rows in it */
    int error;        /* that was logged last; 0 = the file can be written */
    struct table_image *events[TABLE_FILE_EVENTS]; /* the last ones, oldest first */
    size_t n_events;
    struct buf out; /* events that are not in the file */
};

struct local_view *local_view_open(const char *folder, struct log *log)
{
    struct local_view *view = calloc(1, sizeof(*view));
    int r = view ? run_folder_open(folder, log, &view->folder) : -ENOMEM;
    if (r == 0) {
        view->log = log;
        view->fd = -1;
        return view;
    }
    log_warn(log, "%s is not used: `procgroup status` does not see this procgroupd",
             folder);
    free(view);
    return NULL;
}

void local_view_close(struct local_view *view)
{
    if (!view)
        return;
    (void)unlinkat(view->folder.fd, RUN_FOLDER_TABLE, 0);
    run_folder_close(&view->folder);
    cleanup_close_fd(&view->fd);
    for (size_t i = 0; i < view->n_events; i++)
        table_destroy(view->events[i]);
    buf_free(&view->out);
    free(view);
}

int local_view_socket(const struct local_view *view)
{
    return view ? view->folder.socket_fd : -1;
}

gid_t local_view_group(const struct local_view *view)
{
    return view->folder.gid;
}

static int add_image(struct buf *out, const struct table_image *image)
{
    size_t len;
    const void *bytes = table_bytes(image, &len);
    return buf_append(out, bytes, len);
}

void local_view_add_event(struct local_view *view, const struct table_image *event)
{
    struct table_image *copy = view ? table_copy(event) : NULL;
    if (!copy)
        return;
    if (view->n_events == TABLE_FILE_EVENTS) {
        table_destroy(view->events[0]);
        memmove(view->events, view->events + 1,
                --view->n_events * sizeof(struct table_image *));
    }
    view->events[view->n_events++] = copy;
    if (view->out.len < SLACK) {
        add_image(&view->out, copy);
    } else { /* the last ones are enough: they are in the next file */
        buf_clear(&view->out);
        cleanup_close_fd(&view->fd);
    }
}

bool local_view_wants_whole(const struct local_view *view)
{
    return view && (view->fd < 0 || view->changes >= CHANGES_MAX ||
                    view->len > 2 * view->whole_len + SLACK);
}

/* Replaces the file by `out`. */
static int replace(struct local_view *view, const struct buf *out)
{
    int dir = view->folder.fd;
    (void)unlinkat(dir, NEW_TABLE, 0);
    CLEANUP_FD int fd =
        openat(dir, NEW_TABLE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int r = fchmod(fd, 0640) < 0 ? -errno : file_write_all(fd, out->data, out->len);
    if (r == 0 && renameat(dir, NEW_TABLE, dir, RUN_FOLDER_TABLE) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlinkat(dir, NEW_TABLE, 0);
        return r;
    }
    view->fd = TAKE_FD(fd);
    return 0;
}

static int publish_whole(struct local_view *view, const struct table_image *image)
{
    CLEANUP_BUF struct buf out = {0};
    int r = 0;
    for (size_t i = 0; i < view->n_events; i++)
        add_image(&out, view->events[i]);
    add_image(&out, image);
    cleanup_close_fd(&view->fd);
    if (out.error)
        return -ENOMEM;
    r = replace(view, &out);
    if (r == -ENOSPC || r == -EDQUOT) { /* it may fit in the place of the old one */
        (void)unlinkat(view->folder.fd, RUN_FOLDER_TABLE, 0);
        r = replace(view, &out);
    }
    if (r < 0)
        return r;
    table_bytes(image, &view->whole_len);
    view->len = out.len;
    view->changes = 0;
    return 0;
}

static int publish_changes(struct local_view *view, const struct table_image *image)
{
    size_t n;
    if (view->fd < 0)
        return -EAGAIN; /* a whole one comes next */
    add_image(&view->out, image);
    int r = view->out.error ? -ENOMEM
                            : file_write_all(view->fd, view->out.data, view->out.len);
    table_groups(image, &n);
    view->changes += n > 0;
    view->len += view->out.len;
    if (r == 0)
        return 0;
    /* A part of it may be in the file. Whether a whole one can be written says if the
     * disk is full. */
    cleanup_close_fd(&view->fd);
    (void)unlinkat(view->folder.fd, RUN_FOLDER_TABLE, 0);
    return -EAGAIN;
}

void local_view_publish(struct local_view *view, const struct table_image *image,
                        bool is_whole)
{
    if (!view)
        return;
    int r = is_whole ? publish_whole(view, image) : publish_changes(view, image);
    buf_clear(&view->out);
    if (r == -EAGAIN)
        return;
    if (r < 0) /* no old table */
        (void)unlinkat(view->folder.fd, RUN_FOLDER_TABLE, 0);
    if (r < 0 && r != view->error)
        log_warn(view->log, "%s/" RUN_FOLDER_TABLE ": cannot write: %s",
                 view->folder.path, strerror(-r));
    else if (r == 0 && view->error)
        log_notice(view->log, "%s/" RUN_FOLDER_TABLE ": saving works again",
                   view->folder.path);
    view->error = r;
}
