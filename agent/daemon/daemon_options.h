/* The options of procgroupd. */
#ifndef AGENT_DAEMON_DAEMON_OPTIONS_H
#define AGENT_DAEMON_DAEMON_OPTIONS_H

#include <stdbool.h>

struct daemon_options {
    const char *config;     /* -c */
    const char *state;      /* -s */
    const char *agentx;     /* -x, NULL = net-snmp's default */
    const char *listen;     /* -L, NULL = subagent */
    const char *snmpd_conf; /* -C */
    const char *source;     /* --collector: "auto", "procfs", "bpf" */
    const char *proc_root;  /* -P */
    const char *run_folder; /* -R */
    bool foreground, test, verbose;
    char *made[5]; /* by daemon_options_make_absolute() */
};

/* Returns -1 with the options, or an exit status: 2 with the errors on stderr, 0 or 1
 * after
 * --help or --version. */
int daemon_options_read(int argc, char **argv, struct daemon_options *ret_options);
/* Makes the paths of files absolute, because a daemon leaves its working directory.
 * Returns 0 or -errno; daemon_options_clear() frees them. */
int daemon_options_make_absolute(struct daemon_options *options);
void daemon_options_clear(struct daemon_options *options);

#endif
