#include "cli/status.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/daemon_view.h"
#include "cli/terminal.h"

#include <errno.h>
#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATUS_UNKNOWN 3 /* exit status of the text */
#define EVENTS         5

struct status_call {
    const char *folder;
    const struct report_format *format; /* NULL = text */
    unsigned events;
    struct status_options options;
};

static const struct option_row rows[] = {
    {'f', NULL, "FORMAT", report_take_format, offsetof(struct status_call, format),
     "Output format: mon, nagios, json or prometheus.", "a table", 0, 0},
    {'n', NULL, "NUMBER", options_take_whole, offsetof(struct status_call, events),
     "Show this many of the last events.", "5", 0, TABLE_FILE_EVENTS},
    {'R', NULL, "FOLDER", options_take_text, offsetof(struct status_call, folder),
     "Read what the procgroupd with this folder says.", CONFIG_RUNDIR DAEMON_VIEW_FOLDER,
     0, 0},
};
static const struct option_set options = {
    "procgroup status",
    "[OPTION...] [GROUP...]",
    "Show what procgroupd says now, without SNMP. GROUP is a name or a pattern.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Exit status: 0 all groups are ok, 1 a group is not, 2 wrong call, 3 unknown: "
    "procgroupd is not running or does not scan; with -f that of 'procgroup check'.",
};

static int refuse(const struct status_call *call, const char *why, int status,
                  struct buf *out)
{
    if (call->format)
        call->format->refuse(&report_of_groups, why, out);
    return status;
}

static int print_report(const struct status_call *call, const struct daemon_view *view,
                        struct buf *out)
{
    struct report report;
    struct report_agent agent;
    int status = -1;
    if (status_report(view, &call->options, &agent, &report) == 0 && call->format)
        status = report_write(&report, call->format, out);
    else if (!report.error &&
             status_format(view, &call->options, terminal_width(), out) == 0)
        status = view->age.stale ? STATUS_UNKNOWN : report.severity != SEVERITY_OK;
    report_free(&report);
    if (status >= 0 && !out->error)
        return status;
    command_print("no memory", "");
    buf_clear(out);
    return call->format ? call->format->input_status : STATUS_UNKNOWN;
}

static int print(const struct status_call *call, struct buf *out)
{
    CLEANUP_BUF struct buf why = {0};
    struct daemon_view view;
    if (daemon_view_read(call->folder, clock_now(), &view, &why) < 0) {
        command_print(buf_text(&why), "");
        if (!call->format)
            return STATUS_UNKNOWN;
        /* procgroup_up is 0 then, which is a result. */
        return refuse(call, buf_text(&why),
                      call->format->is_metrics ? 0 : call->format->input_status, out);
    }
    const char *unknown = status_unknown_word(&view, &call->options);
    int status = unknown ? refuse(call, "no such group",
                                  call->format ? call->format->usage_status : 0, out)
                         : print_report(call, &view, out);
    if (unknown) {
        command_refuse(&options, "no such group", unknown);
        status = call->format ? status : COMMAND_USAGE;
    }
    daemon_view_free(&view);
    return status;
}

int status_main(int argc, char **argv)
{
    struct status_call call = {.folder = CONFIG_RUNDIR DAEMON_VIEW_FOLDER,
                               .events = EVENTS};
    CLEANUP_BUF struct buf errors = {0};
    CLEANUP_BUF struct buf out = {0};
    setlocale(LC_CTYPE, ""); /* for the widths of characters */
    int r = options_read(&options, argc, argv, &call, &errors);
    if (r == 0)
        return 0;
    int status = COMMAND_USAGE;
    call.options = (struct status_options){argv + optind, call.events,
                                           clock_now().wall_ms, terminal_has_colors()};
    if (r > 0) {
        status = print(&call, &out);
    } else {
        char first[300];
        options_print_errors(&options, &errors);
        options_first_error(&errors, first, sizeof(first));
        if (call.format)
            status = refuse(&call, first, call.format->usage_status, &out);
    }
    fputs(buf_text(&out), stdout);
    return status;
}
