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
    char *made[4]; /* by options_make_absolute() */
};

/* Returns -1 with the options, or an exit status: it has said why on stderr, or what was
 * asked for (--help, --version) on stdout. */
int options_read(int argc, char **argv, struct options *ret_options);
/* The paths of files as seen from everywhere: a daemon leaves its folder. Returns 0 or
 * -errno; options_clear() frees what it made. */
int options_make_absolute(struct options *options);
void options_clear(struct options *options);

#endif
