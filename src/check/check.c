#include "base/buf.h"
#include "base/text.h"
#include "check/command.h"
#include "check/look.h"
#include "check/report.h"
#include "check/request.h"
#include "check/verdict.h"
#include "rule/config.h"
#include "watch/board.h"

#include <stdio.h>
#include <string.h>

struct check {
    struct request request;
    struct buf out; /* for stdout */
};

static int refuse(struct check *check, const char *why, int status)
{
    const struct report *report = check->request.report;
    report->refuse(why, &check->out);
    return status;
}

static int report(struct check *check, const struct board *board)
{
    const struct report *face = check->request.report;
    struct verdict verdict;
    if (verdict_reach(board, &verdict) < 0) {
        command_tell("no memory", "");
        return refuse(check, "no memory", face->input_status);
    }
    int status = face->write(&verdict, &check->out);
    verdict_free(&verdict);
    return status;
}

static int judge(struct check *check, struct rules *rules)
{
    const struct request *q = &check->request;
    struct look *look;
    struct board *board;
    double window = look_needs_window(rules) ? q->window : 0;
    if (look_open(rules, q->places.proc_root, q->recheck, &look) < 0)
        return refuse(check, "cannot look", q->report->input_status);
    int status;
    if (look_judge(look, window, &board) < 0) {
        status = refuse(check, "cannot look", q->report->input_status);
    } else {
        status = report(check, board);
        board_destroy(board);
    }
    look_close(look);
    return status;
}

/* ------------------------------------------------------------ -x */

/* As ps.monitor has the line. */
static int add_name(struct look *look, pid_t pid, struct buf *out)
{
    struct board *board;
    if (look_now(look, &board) < 0)
        return COMMAND_FAILED;
    struct process *p = snapshot_find(look_snapshot(look), pid);
    if (p)
        look_detail(look, p, PROCESS_NAME); /* gone by now: comm is known */
    if (p) {
        const char *name = p->have & PROCESS_NAME ? p->name : p->comm;
        buf_printf(out, "PID:%d has name \"", (int)pid);
        text_escape(out, name, strlen(name), BOARD_TEXT_MAX);
        buf_append_text(out, "\"\n");
    } else {
        char text[40];
        snprintf(text, sizeof(text), "%d", (int)pid);
        command_tell("no such process", text);
    }
    board_destroy(board);
    return p ? 0 : COMMAND_FAILED;
}

static int tell_name(struct check *check)
{
    struct rules *rules = rules_create();
    struct look *look;
    if (!rules) {
        command_tell("no memory", "");
        return COMMAND_FAILED;
    }
    if (look_open(rules, check->request.places.proc_root, 0, &look) < 0)
        return COMMAND_FAILED;
    int status = add_name(look, check->request.pid, &check->out);
    look_close(look);
    return status;
}

/* ------------------------------------------------------------ the command */

static int run(int argc, char **argv, struct check *check)
{
    int r = request_read(argc, argv, &check->request);
    const struct report *face = check->request.report;
    if (r <= 0)
        return r ? refuse(check, buf_text(&check->request.why), face->usage_status) : 0;
    if (check->request.pid)
        return tell_name(check);
    struct buf why = {0};
    struct rules *rules = request_rules(&check->request, &why);
    int status =
        rules ? judge(check, rules) : refuse(check, buf_text(&why), face->input_status);
    buf_free(&why);
    return status;
}

int check_main(int argc, char **argv)
{
    struct check check = {0};
    int status = run(argc, argv, &check);
    fputs(buf_text(&check.out), stdout);
    if (check.out.error) {
        command_tell("no memory", "");
        status = check.request.report->input_status;
    }
    /* An answer that nobody got is none: a full disk, a closed pipe. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && check.request.report)
        status = check.request.report->input_status;
    buf_free(&check.out);
    request_free(&check.request);
    return status;
}
