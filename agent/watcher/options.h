/* What procgroupd was asked to do on its command line. */
#ifndef AGENT_WATCHER_OPTIONS_H
#define AGENT_WATCHER_OPTIONS_H

#include <stdbool.h>

struct options {
    const char *config;     /* -c */
    const char *state;      /* -s */
    const char *agentx;     /* -x, NULL = net-snmp's default */
    const char *listen;     /* -L, NULL = subagent */
    const char *snmpd_conf; /* -C */
    const char *proc_root;  /* -P */
    bool foreground, test, verbose;
};

/* Returns -1 with the options, or an exit status: it has said why on stderr, or what was
 * asked for (--help, --version) on stdout. */
int options_read(int argc, char **argv, struct options *ret_options);

#endif
