#include "agent/daemon/daemon_options.h"

#include "base/cleanup.h"
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIG CONFIG_SYSCONFDIR "/procgroup/procgroup.conf"
#define DEFAULT_STATE  CONFIG_STATEDIR "/procgroup/state"

static const char help[] =
    "usage: procgroupd [-f] [-c FILE] [-t] [-s STATE_FILE] [-x AGENTX_ADDRESS]\n"
    "                  [-L ADDRESS -C SNMPD_CONF] [-P PROC_ROOT]\n"
    "                  [--collector=NAME] [-v]\n"
    "\n"
    "Watches groups of processes and publishes them through snmpd, or by itself.\n"
    "\n"
    "  -c FILE           configuration [" DEFAULT_CONFIG "]\n"
    "  -t                test the configuration and end\n"
    "  -s STATE_FILE     row indexes and admin status [" DEFAULT_STATE "]\n"
    "  -x ADDRESS        AgentX address of snmpd [net-snmp's default]\n"
    "  -L ADDRESS        be the SNMP agent itself, at udp:127.0.0.1:1161 for example;\n"
    "  -C SNMPD_CONF     its access control and trap sinks, in snmpd.conf's syntax\n"
    "  -P PROC_ROOT      another folder instead of /proc\n"
    "  --collector=NAME  auto or procfs [auto]\n"
    "  -f                stay in the foreground, log to stderr\n"
    "  -v                log more\n"
    "  --help, --version\n";

static const struct option long_options[] = {
    {"collector", required_argument, NULL, 'k'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int complain(const char *text, const char *word)
{
    fprintf(stderr, "procgroupd: %s%s%s\nTry 'procgroupd --help'.\n", text,
            *word ? ": " : "", word);
    return 2;
}

static int check_collector(const char *name)
{
    if (strcmp(name, "auto") == 0 || strcmp(name, "procfs") == 0)
        return -1;
    if (strcmp(name, "connector") == 0 || strcmp(name, "bpf") == 0)
        return complain("this version has no such collector, only procfs (auto)", name);
    return complain("no such collector (auto or procfs)", name);
}

static const char **location_of(struct daemon_options *o, int letter)
{
    switch (letter) {
    case 'c':
        return &o->config;
    case 's':
        return &o->state;
    case 'x':
        return &o->agentx;
    case 'L':
        return &o->listen;
    case 'C':
        return &o->snmpd_conf;
    case 'P':
        return &o->proc_root;
    default:
        return NULL;
    }
}

/* By getopt(3)'s letter for it; `last` is the word that it was at. */
static int complain_of_option(int letter, const char *last)
{
    const char word[] = {'-', (char)optopt, '\0'};
    return complain(letter == ':' ? "a value is missing after" : "no such option",
                    strncmp(last, "--", 2) == 0 ? last : word);
}

static int take(struct daemon_options *o, int letter, const char *last)
{
    const char **at = location_of(o, letter);
    if (at)
        *at = optarg;
    else if (letter == 'f')
        o->foreground = true;
    else if (letter == 't')
        o->test = true;
    else if (letter == 'v')
        o->verbose = true;
    else if (letter == 'k')
        return check_collector(optarg);
    else if (letter == 'h')
        return fputs(help, stdout) < 0;
    else if (letter == 'V')
        return puts("procgroupd " CONFIG_VERSION) < 0;
    else
        return complain_of_option(letter, last);
    return -1;
}

int daemon_options_read(int argc, char **argv, struct daemon_options *ret_options)
{
    struct daemon_options o = {
        .config = DEFAULT_CONFIG, .state = DEFAULT_STATE, .proc_root = "/proc"};
    int letter;
    while ((letter = getopt_long(argc, argv, ":hVfc:ts:x:L:C:P:v", long_options, NULL)) !=
           -1) {
        int status = take(&o, letter, argv[optind - 1]);
        if (status >= 0)
            return status;
    }
    if (optind < argc)
        return complain("no arguments are taken", argv[optind]);
    if (!o.listen != !o.snmpd_conf)
        return complain("-L and -C go together", "");
    if (o.listen && o.agentx)
        return complain("-x is for a subagent, -L for standalone: one of them", "");
    *ret_options = o;
    return -1;
}

int daemon_options_make_absolute(struct daemon_options *options)
{
    const char **paths[] = {&options->config, &options->state, &options->snmpd_conf,
                            &options->proc_root};
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
