#include "base/buf.h"
#include "base/diag.h"
#include "base/num.h"
#include "check/command.h"
#include "check/verdict.h"
#include "config.h"
#include "rule/config.h"
#include "rule/metrics.h"
#include "rule/spec.h"
#include "watch/board.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "usage: procgroup check [-r SECONDS] [-w SECONDS] [-c FILE] [-f mon|nagios|json]\n"
    "                       [-P PROC_ROOT] [SPEC...]\n"
    "\n"
    "Looks once and judges. SPEC is NAME:MIN-MAX, /full/path:MIN-MAX, or criteria:\n"
    "sshd,user=root:1-1   ,gid=0,uid!=0:0-0   ,domain=init_t:1-1\n"
    "\n"
    "  -c FILE     judge the groups of a configuration (too)\n"
    "  -r SECONDS  look again after that time before complaining\n"
    "  -w SECONDS  the window of rates such as cpu\n"
    "  -f FACE     mon (first line: failing names), nagios, json [mon]\n"
    "\n"
    "Exit status 0: all fine; 1: something is not (nagios: 1, 2, 3 by its rules).";

struct call {
    const char *config, *proc_root;
    double recheck, window;
    const struct report *report;
};

static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};

static void wait_seconds(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds,
                         .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    while (t.tv_sec + t.tv_nsec && nanosleep(&t, &t) < 0)
        continue;
}

/* -1 to go on, else an exit status. */
static int read_options(int argc, char **argv, struct call *ret_call)
{
    int letter;
    while ((letter = getopt_long(argc, argv, "r:w:c:f:P:", options, NULL)) != -1) {
        if (letter == 'h')
            return puts(help) < 0;
        if (letter == 'V')
            return puts("procgroup " CONFIG_VERSION) < 0;
        double *seconds = letter == 'r' ? &ret_call->recheck : &ret_call->window;
        if (letter == 'c')
            ret_call->config = optarg;
        else if (letter == 'P')
            ret_call->proc_root = optarg;
        else if (letter == 'f' && report_by_name(optarg))
            ret_call->report = report_by_name(optarg);
        else if (letter == 'f')
            return command_complain("-f is mon, nagios or json", optarg);
        else if (letter == '?')
            return command_complain("that is not how check is called", "");
        else if (num_parse_decimal(optarg, seconds) < 0 || *seconds > 3600)
            return command_complain("not a number of seconds up to 3600", optarg);
    }
    return -1;
}

static struct rules *rules_of(const struct call *call, char **specs)
{
    struct diag *diag = diag_create();
    struct rules *rules = call->config ? command_load(call->config) : rules_create();
    int bad = !diag || !rules;
    for (; !bad && *specs; specs++)
        (void)spec_add(*specs, rules, diag);
    for (size_t i = 0; diag && i < diag_count(diag); i++) {
        struct buf line = {0};
        diag_format(diag, i, &line);
        fprintf(stderr, "procgroup: %s\n", buf_text(&line));
        buf_free(&line);
    }
    bad = bad || diag_count(diag);
    diag_destroy(diag);
    if (!bad)
        return rules;
    rules_destroy(rules);
    return NULL;
}

/* Rates want two looks; without -w the second one comes after a second. */
static double window_of(const struct call *call, const struct rules *rules)
{
    if (call->window > 0)
        return call->window;
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++)
            if (metric_info(rules->groups[g].conditions[c].metric)->kind == METRIC_RATE)
                return 1;
    return 0;
}

static int judge(const struct call *call, struct look *look, struct buf *out)
{
    struct board *board;
    double window = window_of(call, look_rules(look));
    if (look_now(look, &board) < 0)
        return call->report->usage_status;
    if (window > 0) {
        board_destroy(board);
        wait_seconds(window);
        if (look_now(look, &board) < 0)
            return call->report->usage_status;
    }
    if (call->recheck > 0 && verdict_worst(board) != SEVERITY_OK) {
        board_destroy(board);
        wait_seconds(call->recheck);
        if (look_now(look, &board) < 0)
            return call->report->usage_status;
    }
    int status = call->report->write(board, out);
    board_destroy(board);
    return status;
}

int check_main(int argc, char **argv)
{
    struct call call = {.proc_root = "/proc", .report = report_by_name("mon")};
    struct buf out = {0};
    struct look *look;
    int status = read_options(argc, argv, &call);
    if (status >= 0)
        return status == COMMAND_USAGE ? call.report->usage_status : status;
    if (optind == argc && !call.config) {
        command_complain("nothing to check: a SPEC or -c FILE", "");
        return call.report->usage_status;
    }
    struct rules *rules = rules_of(&call, argv + optind);
    if (!rules || look_open(rules, call.proc_root, &look) < 0)
        return call.report->usage_status;
    status = judge(&call, look, &out);
    fputs(buf_text(&out), stdout);
    buf_free(&out);
    look_close(look);
    return status;
}
