/* procgroup maintenance: requests it of the daemon, or lists the groups that are in it.
 */
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/daemon_view.h"
#include "cli/grid.h"
#include "cli/terminal.h"
#include "cli/when.h"
#include "model/control.h"
#include "select/duration.h"
#include "table/table.h"

#include <errno.h>
#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct maintenance_call {
    const char *folder;
    int64_t for_ms; /* 0 = without an end */
    const char *reason;
};

static void take_duration(void *at, const struct option_row *row, char *text,
                          struct buf *errors)
{
    int64_t ms;
    if (duration_parse(text, &ms) == 0 && ms >= 1000 && ms <= CONTROL_FOR_MAX_MS)
        *(int64_t *)at = ms;
    else
        options_invalid(errors, row, text,
                        "a duration from 1s to 366d, such as 30m or 2h");
}

static const struct option_row rows[] = {
    {0, "for", "DURATION", take_duration, offsetof(struct maintenance_call, for_ms),
     "End the maintenance after this time, such as 30m or 2h.", NULL, 0, 0},
    {0, "reason", "TEXT", options_take_text, offsetof(struct maintenance_call, reason),
     "Show this reason with the maintenance.", NULL, 0, 0},
    {'R', NULL, "FOLDER", options_take_text, offsetof(struct maintenance_call, folder),
     "Send the request to the procgroupd with this folder.",
     CONFIG_RUNDIR DAEMON_VIEW_FOLDER, 0, 0},
};
static const struct option_set options = {
    "procgroup maintenance",
    "[OPTION...] GROUP on|off\n[-R FOLDER]",
    "Set a group to maintenance: it is evaluated, but new violations are not notified. "
    "Without arguments, list the groups that are in maintenance, or off.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Root and members of the group procgroup may use it. It is kept over restarts.",
};

/* ------------------------------------------------------------ the request */

/* 0 or -errno; -ETIMEDOUT: there was no reply in time. */
static int exchange(int fd, const struct control_request *request,
                    struct control_reply *ret_reply)
{
    if (send(fd, request, sizeof(*request), MSG_NOSIGNAL) < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    ssize_t n = recv(fd, ret_reply, sizeof(*ret_reply), 0);
    if (n < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    if ((size_t)n != sizeof(*ret_reply) || ret_reply->version != CONTROL_VERSION)
        return n == 0 ? -ECONNRESET : -EPROTO;
    ret_reply->text[sizeof(ret_reply->text) - 1] = '\0';
    return 0;
}

static int print_failure(const char *folder, int error)
{
    CLEANUP_BUF struct buf why = {0};
    if (error == -ETIMEDOUT)
        buf_append_text(&why, "procgroupd does not respond");
    else
        daemon_view_explain(folder, error, NULL, &why);
    command_print(buf_text(&why), "");
    return COMMAND_FAILED;
}

static int request_change(const struct maintenance_call *call,
                          const struct control_request *request)
{
    struct control_reply reply;
    char when[32];
    CLEANUP_FD int fd = daemon_view_connect(call->folder, false);
    int r = fd < 0 ? fd : exchange(fd, request, &reply);
    if (r < 0)
        return print_failure(call->folder, r);
    if (reply.error) {
        char text[2 * sizeof(reply.text)];
        text_escape_to(text, sizeof(text), reply.text, strlen(reply.text));
        command_print(text, request->group);
        return COMMAND_FAILED;
    }
    if (request->admin == GROUP_MONITORED)
        printf("%s: monitored\n", request->group);
    else if (reply.until_ms)
        printf("%s: in maintenance until %s\n", request->group,
               clock_format_wall(reply.until_ms, when, sizeof(when)));
    else
        printf("%s: in maintenance\n", request->group);
    return 0;
}

/* ------------------------------------------------------------ the list */

static const struct grid_column columns[] = {
    {"GROUP", false, 24, 0},
    {"ADMIN", false, 0, 0},
    {"UNTIL", false, 0, 0},
    {"REASON", false, 0, 0},
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int add_group(struct grid *grid, const struct table_image *image,
                     const struct table_group *g, int64_t wall_ms)
{
    char until[WHEN_SIZE] = "-";
    if (g->admin == GROUP_MONITORED)
        return 0;
    if (g->until_ms)
        when_format(g->until_ms, wall_ms, until);
    const char *const cells[] = {
        table_text(image, g->name, NULL),
        g->admin == GROUP_OFF ? "off" : "maintenance",
        until,
        table_text(image, g->reason, NULL),
    };
    return grid_add(grid, cells);
}

static int print_list(const struct maintenance_call *call)
{
    CLEANUP_BUF struct buf out = {0};
    struct daemon_view view;
    size_t n;
    if (daemon_view_read(call->folder, clock_now(), &view, &out) < 0) {
        command_print(buf_text(&out), "");
        return COMMAND_FAILED;
    }
    const struct table_group *g = table_groups(view.file.image, &n);
    struct grid *grid = grid_create(columns, N_COLUMNS);
    int r = grid ? 0 : -ENOMEM;
    for (size_t i = 0; i < n && r == 0; i++)
        r = add_group(grid, view.file.image, &g[i], clock_now().wall_ms);
    if (r == 0 && !grid_rows(grid))
        buf_append_text(&out, "no group is in maintenance or off\n");
    for (int i = -1; r == 0 && grid_rows(grid) && i < (int)grid_rows(grid); i++)
        r = grid_format(grid, i, 0, terminal_width(), &out);
    grid_destroy(grid);
    daemon_view_free(&view);
    if (r < 0)
        command_print("no memory", "");
    fputs(buf_text(&out), stdout);
    return r < 0 ? COMMAND_FAILED : 0;
}

/* ------------------------------------------------------------ the command */

/* What is wrong with the arguments; NULL = nothing. */
static const char *find_mistake(const struct maintenance_call *call, char *const *words,
                                size_t n)
{
    bool on = n == 2 && strcmp(words[1], "on") == 0;
    if (n != 0 && n != 2)
        return "expected GROUP on, or GROUP off";
    if (n == 2 && !on && strcmp(words[1], "off") != 0)
        return "expected \"on\" or \"off\" after the group";
    if (!on && (call->for_ms || call->reason))
        return "--for and --reason need GROUP on";
    if (n && strlen(words[0]) > CONTROL_TEXT_MAX)
        return "the name of the group is too long";
    return NULL;
}

int maintenance_main(int argc, char **argv)
{
    struct maintenance_call call = {.folder = CONFIG_RUNDIR DAEMON_VIEW_FOLDER};
    struct control_request request = {.version = CONTROL_VERSION};
    char reason[4 * GROUP_REASON_MAX];
    setlocale(LC_CTYPE, ""); /* for the widths of characters */
    int r = command_read_options(&options, argc, argv, &call);
    if (r <= 0)
        return r ? COMMAND_USAGE : 0;
    char *const *words = argv + optind;
    const char *mistake = find_mistake(&call, words, (size_t)(argc - optind));
    if (mistake)
        return command_refuse(&options, mistake, "");
    if (argc == optind)
        return print_list(&call);
    text_escape_to(reason, sizeof(reason), call.reason ? call.reason : "",
                   call.reason ? strlen(call.reason) : 0);
    if (strlen(reason) > GROUP_REASON_MAX)
        return command_refuse(&options, "the reason is longer than 120 bytes", "");
    request.admin = strcmp(words[1], "on") == 0 ? GROUP_MAINTENANCE : GROUP_MONITORED;
    request.for_ms = call.for_ms;
    snprintf(request.group, sizeof(request.group), "%s", words[0]);
    snprintf(request.reason, sizeof(request.reason), "%s", reason);
    return request_change(&call, &request);
}
