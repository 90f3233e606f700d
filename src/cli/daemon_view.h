/* What procgroupd leaves for programs of this host: its tables and last events, and
 * whether it runs. */
#ifndef CLI_DAEMON_VIEW_H
#define CLI_DAEMON_VIEW_H

#include "base/clock.h"
#include "table/table_age.h"
#include "table/table_file.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct table_image;

#define DAEMON_VIEW_FOLDER "/procgroup" /* below CONFIG_RUNDIR */

struct daemon_view {
    struct table_file file;
    struct table_age age; /* at the time of the call */
    char *bytes;          /* of the file */
};

/* Reads what the daemon with this folder says at `now`; never waits for it. 0, or -errno
 * with the reason in `ret_why` and nothing to be freed: -ESRCH (it does not run),
 * -EACCES, -ENODATA (it runs, and there is no table), -EPROTONOSUPPORT, -EBADMSG and
 * others. */
int daemon_view_read(const char *folder, struct moment now, struct daemon_view *ret_view,
                     struct buf *ret_why);
void daemon_view_free(struct daemon_view *view);
/* A connection to its control socket: at once, or after waiting up to 5 s, which its
 * sends and receives do too. Returns the descriptor, -ESRCH (it does not run), -EAGAIN
 * (it runs, and takes no connection now), -ETIMEDOUT (the same after waiting), or another
 * -errno. */
int daemon_view_connect(const char *folder, bool at_once);
/* Appends why the daemon cannot be read, or cannot be sent a request; `last` is its last
 * table, or NULL. */
void daemon_view_explain(const char *folder, int error, const struct table_image *last,
                         struct buf *out);

#endif
