#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/image_findings.h"
#include "cli/local.h"
#include "cli/request.h"
#include "report/report.h"
#include "rule/rules.h"
#include "table/table.h"

#include <stdio.h>
#include <string.h>

#define WHY_SIZE    300
#define SCAN_FAILED "cannot scan the processes"

struct check {
    struct request request;
    struct buf out; /* for stdout */
};

static int refuse(struct check *check, const char *why, int status)
{
    check->request.format->refuse(&report_of_groups, why, &check->out);
    return status;
}

static int print_report(struct check *check, const struct table_image *image)
{
    const struct report_format *format = check->request.format;
    struct report report;
    int status;
    if (image_findings(image, &report) == 0) {
        status = report_write(&report, format, &check->out);
    } else {
        command_print("no memory", "");
        status = refuse(check, "no memory", format->input_status);
    }
    report_free(&report);
    return status;
}

static int judge(struct check *check, struct rules *rules)
{
    const struct request *q = &check->request;
    struct local *local;
    struct table_image *image;
    double window = local_needs_window(rules) ? q->window : 0;
    const struct local_options options = {q->paths.proc_root, q->recheck, q->include_self,
                                          true};
    if (local_open(rules, &options, &local) < 0)
        return refuse(check, SCAN_FAILED, q->format->input_status);
    int status;
    if (local_check(local, window, &image) < 0) {
        status = refuse(check, SCAN_FAILED, q->format->input_status);
    } else {
        status = print_report(check, image);
        table_destroy(image);
    }
    local_close(local);
    return status;
}

/* ------------------------------------------------------------ -x */

/* The line has the form that ps.monitor gives it. */
static int add_name(struct local *local, pid_t pid, struct buf *out)
{
    struct table_image *image;
    if (local_scan(local, &image) < 0)
        return COMMAND_FAILED;
    struct process *p = snapshot_find(local_snapshot(local), pid);
    if (p)
        local_read(local, p, PROCESS_NAME); /* if it has exited, comm is known */
    if (p) {
        const char *name = process_name(p);
        buf_printf(out, "PID:%d has name \"", (int)pid);
        text_escape(out, name, strlen(name), TABLE_TEXT_MAX);
        buf_append_text(out, "\"\n");
    } else {
        char text[40];
        snprintf(text, sizeof(text), "%d", (int)pid);
        command_print("no such process", text);
    }
    table_destroy(image);
    return p ? 0 : COMMAND_FAILED;
}

static int print_name(struct check *check)
{
    struct rules *rules = rules_create();
    struct local *local;
    if (!rules) {
        command_print("no memory", "");
        return COMMAND_FAILED;
    }
    const struct local_options options = {.proc_root = check->request.paths.proc_root};
    if (local_open(rules, &options, &local) < 0)
        return COMMAND_FAILED;
    int status = add_name(local, check->request.pid, &check->out);
    local_close(local);
    return status;
}

/* ------------------------------------------------------------ the command */

static int run(int argc, char **argv, struct check *check)
{
    int r = request_read(argc, argv, &check->request);
    const struct report_format *format = check->request.format;
    if (r == 0)
        return 0;
    if (r < 0) {
        char first[WHY_SIZE];
        options_first_error(&check->request.why, first, sizeof(first));
        return refuse(check, first, format->usage_status);
    }
    if (check->request.pid)
        return print_name(check);
    CLEANUP_BUF struct buf why = {0};
    struct rules *rules = request_rules(&check->request, &why);
    return rules ? judge(check, rules)
                 : refuse(check, buf_text(&why), format->input_status);
}

int check_main(int argc, char **argv)
{
    struct check check = {0};
    int status = run(argc, argv, &check);
    fputs(buf_text(&check.out), stdout);
    if (check.out.error) {
        command_print("no memory", "");
        status = check.request.format->input_status;
    }
    /* Output that could not be written (full disk, closed pipe) is a failure. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && check.request.format)
        status = check.request.format->input_status;
    buf_free(&check.out);
    request_free(&check.request);
    return status;
}
