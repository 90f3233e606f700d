#include "agent/daemon/daemon_options.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/options.h"
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIG CONFIG_SYSCONFDIR "/procgroup/procgroup.conf"
#define DEFAULT_STATE  CONFIG_STATEDIR "/procgroup/state"
#define DEFAULT_RUN    CONFIG_RUNDIR "/procgroup"

static void take_source(void *at, const struct option_row *row, char *text,
                        struct buf *errors)
{
    if (strcmp(text, "auto") != 0 && strcmp(text, "procfs") != 0 &&
        strcmp(text, "bpf") != 0)
        options_invalid(errors, row, text, "auto, procfs or bpf");
    *(const char **)at = text;
}

#define AT(member) offsetof(struct daemon_options, member)
static const struct option_row rows[] = {
    {'c', NULL, "FILE", options_take_text, AT(config), "Read this configuration file.",
     DEFAULT_CONFIG, 0, 0},
    {'t', NULL, NULL, options_take_flag, AT(test),
     "Check the configuration, report all errors, and exit.", NULL, 0, 0},
    {'s', NULL, "FILE", options_take_text, AT(state),
     "Keep row indexes and admin status in this state file.", DEFAULT_STATE, 0, 0},
    {'x', NULL, "ADDRESS", options_take_text, AT(agentx), "AgentX address of snmpd.",
     "that of net-snmp", 0, 0},
    {'L', NULL, "ADDRESS", options_take_text, AT(listen),
     "Be an SNMP agent without snmpd, at this address (udp:127.0.0.1:1161). Needs -C.",
     "be a subagent of snmpd", 0, 0},
    {'C', NULL, "FILE", options_take_text, AT(snmpd_conf),
     "Access control and trap sinks for -L, in the syntax of snmpd.conf(5).", NULL, 0, 0},
    {'P', NULL, "FOLDER", options_take_text, AT(proc_root),
     "Read processes from this procfs mount.", "/proc", 0, 0},
    {'R', NULL, "FOLDER", options_take_text, AT(run_folder),
     "Show the tables to `procgroup status` in this folder.", DEFAULT_RUN, 0, 0},
    {0, "collector", "NAME", take_source, AT(source),
     "Source of processes: auto, procfs or bpf.", "auto", 0, 0},
    {'f', NULL, NULL, options_take_flag, AT(foreground),
     "Stay in the foreground and log to stderr.", NULL, 0, 0},
    {'v', NULL, NULL, options_take_flag, AT(verbose), "Log debug messages too.", NULL, 0,
     0},
};
static const struct option_set set = {
    "procgroupd",
    "[OPTION...]",
    "Watch groups of processes and publish them over SNMP, through snmpd or without it.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "",
};

static void find_conflicts(const struct daemon_options *o, const char *argument,
                           struct buf *errors)
{
    if (argument)
        options_error(errors, "no arguments are taken", argument);
    if (!o->listen != !o->snmpd_conf)
        options_error(errors, "-L and -C need each other", "");
    if (o->listen && o->agentx)
        options_error(errors, "-x (subagent) cannot be combined with -L (agent)", "");
}

int daemon_options_read(int argc, char **argv, struct daemon_options *ret_options)
{
    struct daemon_options o = {
        .config = DEFAULT_CONFIG,
        .state = DEFAULT_STATE,
        .proc_root = "/proc",
        .run_folder = DEFAULT_RUN,
        .source = "auto",
    };
    CLEANUP_BUF struct buf errors = {0};
    int r = options_read(&set, argc, argv, &o, &errors);
    if (r == 0)
        return fflush(stdout) != 0 || ferror(stdout);
    if (r > 0)
        find_conflicts(&o, argv[optind], &errors);
    if (r < 0 || errors.len) {
        options_print_errors(&set, &errors);
        return 2;
    }
    *ret_options = o;
    return -1;
}

int daemon_options_make_absolute(struct daemon_options *options)
{
    const char **paths[] = {&options->config, &options->state, &options->snmpd_conf,
                            &options->proc_root, &options->run_folder};
    CLEANUP_FREE char *folder = getcwd(NULL, 0);
    if (!folder)
        return -errno;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (!*paths[i] || **paths[i] == '/')
            continue;
        if (asprintf(&options->made[i], "%s/%s", folder, *paths[i]) < 0) {
            options->made[i] = NULL;
            return -ENOMEM;
        }
        *paths[i] = options->made[i];
    }
    return 0;
}

void daemon_options_clear(struct daemon_options *options)
{
    for (size_t i = 0; i < sizeof(options->made) / sizeof(options->made[0]); i++)
        free(options->made[i]);
    *options = (struct daemon_options){0};
}
