#include "base/buf.h"
#include "base/diag.h"
#include "check/command.h"
#include "check/look.h"
#include "check/report.h"
#include "check/verdict.h"
#include "rule/config.h"
#include "rule/spec.h"
#include "watch/board.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct usage usage = {
    .command = "check",
    .letters = ":hc:f:P:r:w:",
    .help =
        "usage: procgroup check [-r SECONDS] [-w SECONDS] [-c FILE]\n"
        "                       [-f mon|nagios|json] [-P PROC_ROOT] [SPEC...]\n\n"
        "Looks once and judges. SPEC is NAME:MIN-MAX, /full/path:MIN-MAX, or criteria:\n"
        "sshd,user=root:1-1   ,gid=0,uid!=0:0-0   ,domain=init_t:1-1\n\n"
        "  -c FILE     judge the groups of a configuration (too)\n"
        "  -r SECONDS  look again after that time, and tell only what still fails\n"
        "  -w SECONDS  the time that rates such as cpu are taken over [1]\n"
        "  -f FACE     mon (first line: failing names), nagios, json [mon]\n"
        "  -P FOLDER   another /proc\n\n"
        "Exit status: 0 all is fine, 1 it is not or a SPEC is wrong, 2 a wrong call;\n"
        "with -f nagios 0, 1, 2, 3 by the rules of plugins.",
};

struct call {
    struct places places;
    double recheck;
    double window;
    const struct report *report;
    struct buf out; /* for stdout */
};

static int set_option(struct call *call, int letter)
{
    const struct report *report = letter == 'f' ? report_by_name(optarg) : NULL;
    if (letter == 'r')
        return usage_seconds(&usage, optarg, 0, &call->recheck);
    if (letter == 'w')
        return usage_seconds(&usage, optarg, 0.01, &call->window);
    if (letter == 'f' && !report)
        usage_complain(&usage, "-f is mon, nagios or json", optarg);
    if (!report)
        return -EINVAL;
    call->report = report;
    return 0;
}

static int refuse(struct call *call, const char *why, int status)
{
    if (call->report->refuse)
        call->report->refuse(why, &call->out);
    return status;
}

/* All options are read though one is wrong: the exit status depends on -f. Returns -1 to
 * go on, else an exit status. */
static int read_options(int argc, char **argv, struct call *call)
{
    bool wrong = false;
    int letter;
    while ((letter = usage_next(&usage, argc, argv, &call->places)) > 0)
        if (letter == '?' || set_option(call, letter) < 0)
            wrong = true;
    if (letter == 0)
        return 0;
    if (!wrong && optind == argc && !call->places.config) {
        usage_complain(&usage, "nothing to check: give a SPEC, or -c FILE", "");
        wrong = true;
    }
    return wrong ? refuse(call, "wrong call", call->report->usage_status) : -1;
}

static int add_specs(char **specs, struct rules *rules, struct buf *ret_why)
{
    struct diag *diag = diag_create();
    int r = diag ? 0 : -ENOMEM;
    for (; r == 0 && *specs; specs++)
        if (spec_add(*specs, rules, diag) == -ENOMEM)
            r = -ENOMEM;
    if (r < 0)
        command_tell("no memory", "");
    if (diag && diag_count(diag))
        r = -EINVAL;
    if (diag)
        command_tell_all(diag, ret_why);
    diag_destroy(diag);
    return r;
}

/* NULL where something is wrong with them; all of it is told, and the first in `why`. */
static struct rules *load_rules(const struct call *call, char **specs, struct buf *why)
{
    const char *file = call->places.config;
    struct rules *rules = file ? command_load(file, why) : rules_create();
    if (!rules)
        return NULL;
    int r = add_specs(specs, rules, why);
    if (r == 0 && rules->n_groups)
        return rules;
    if (r == 0) {
        command_tell("there is no group in it", file);
        buf_append_text(why, "no groups to check");
    }
    rules_destroy(rules);
    return NULL;
}

static int report(struct call *call, const struct board *board)
{
    struct verdict verdict;
    if (verdict_reach(board, &verdict) < 0) {
        command_tell("no memory", "");
        return refuse(call, "no memory", call->report->input_status);
    }
    int status = call->report->write(&verdict, &call->out);
    verdict_free(&verdict);
    return status;
}

static int judge(struct call *call, struct rules *rules)
{
    struct look *look;
    struct board *board;
    double window = look_needs_window(rules) ? call->window : 0;
    if (look_open(rules, call->places.proc_root, call->recheck, &look) < 0)
        return refuse(call, "cannot look", call->report->input_status);
    int status;
    if (look_judge(look, window, &board) < 0) {
        status = refuse(call, "cannot look", call->report->input_status);
    } else {
        status = report(call, board);
        board_destroy(board);
    }
    look_close(look);
    return status;
}

static int check(int argc, char **argv, struct call *call)
{
    struct buf why = {0};
    int status = read_options(argc, argv, call);
    if (status >= 0)
        return status;
    struct rules *rules = load_rules(call, argv + optind, &why);
    status = rules ? judge(call, rules)
                   : refuse(call, buf_text(&why), call->report->input_status);
    buf_free(&why);
    return status;
}

int check_main(int argc, char **argv)
{
    struct call call = {
        .places = COMMAND_PLACES, .window = 1, .report = report_by_name("mon")};
    int status = check(argc, argv, &call);
    fputs(buf_text(&call.out), stdout);
    if (call.out.error) {
        command_tell("no memory", "");
        status = call.report->input_status;
    }
    buf_free(&call.out);
    return status;
}
