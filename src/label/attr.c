#include "label/attr.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "label/providers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int attr_read(int proc_dirfd, const char *name, struct buf *out)
{
    size_t before = out->len;
    int r = file_read_record(proc_dirfd, name, LABEL_TEXT_MAX, out);
    if (r == -EINVAL)
        return 0;
    if (r < 0)
        return r;
    while (out->len > before &&
           (out->data[out->len - 1] == '\0' || out->data[out->len - 1] == '\n'))
        out->data[--out->len] = '\0';
    return 0;
}

int attr_read_of(int proc_dirfd, const char *module, struct buf *out)
{
    char name[64];
    snprintf(name, sizeof(name), "attr/%s/current", module);
    int r = attr_read(proc_dirfd, name, out);
    return r == -ENOENT ? attr_read(proc_dirfd, "attr/current", out) : r;
}

bool attr_is_there(const char *fs_root, const char *path)
{
    CLEANUP_BUF struct buf full = {0};
    struct stat st;
    if (buf_printf(&full, "%s%s", fs_root, path) < 0)
        return false;
    return stat(buf_text(&full), &st) == 0 || errno == EACCES || errno == EPERM;
}

int attr_first_character(const char *fs_root, const char *path)
{
    CLEANUP_BUF struct buf full = {0};
    CLEANUP_BUF struct buf text = {0};
    if (buf_printf(&full, "%s%s", fs_root, path) < 0)
        return -ENOMEM;
    int r = file_read_at(AT_FDCWD, buf_text(&full), 64, &text);
    return r < 0 ? r : (unsigned char)buf_text(&text)[0];
}
